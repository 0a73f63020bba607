package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.RunFolder;
import dev.crema.train.Training;
import dev.crema.train.compare.Budget;
import dev.crema.train.compare.Comparison;
import dev.crema.train.compare.Contender;
import dev.crema.train.compare.Report;
import dev.crema.train.compare.Statistics;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema compare}: says which network is better, and whether the difference is real. */
@Command(
    name = "compare",
    description = {
      "Train networks with the same seeds, and say which is better, by how much, and whether the"
          + " difference is real.",
      "The same command goes on where it was interrupted, and trains nothing twice."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Compare implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ThreadsOption threads;
  @Mixin private SavingOption saving;

  @Parameters(
      arity = "2..*",
      paramLabel = "NET|FILE",
      description = "Networks of the zoo, experiment files and Java files, two or more.")
  private List<String> nets;

  @Option(
      names = "--data",
      paramLabel = "NAME|FOLDER",
      description = "What all learn from (default: fashion-mnist, or as the files say).")
  private @Nullable String data;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "The most images to train on, and to test on (default: as the files say).")
  private @Nullable Integer limit;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How many seeds each is trained with (default: the fewest that can show a difference: 6 for two networks, 7 for three, 8 for four).")
  private @Nullable Integer seeds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "The first seed; the others follow it (default: ${DEFAULT-VALUE}).")
  private long firstSeed = 1;

  @ArgGroup private @Nullable Length length;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description =
          "Where the runs are kept, and those of other comparisons used again (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("runs", "compare");

  /** The budget that all have. */
  static final class Length {
    @Option(
        names = "--epochs",
        paramLabel = "N",
        description = "How often each sees every image (default: as its recipe or file says).")
    private @Nullable Integer epochs;

    @Option(
        names = "--seconds",
        paramLabel = "S",
        description = "Each trains as many whole epochs as fit into S seconds, at least one.")
    private @Nullable Double seconds;
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    var means = new RunFolder.Means(threads.count(), saving.seconds());
    int count = seeds();
    List<Experiment> experiments = experiments();
    Optional<Budget> budget = budget();
    Dataset dataset = Session.load(experiments.getFirst().feed().data(), err);
    List<Contender> contenders =
        contenders(experiments, dataset).stream()
            .map(each -> budget.map(b -> timed(each, b, dataset, means.threads())).orElse(each))
            .toList();
    Comparison comparison = new Comparison(contenders, dataset, firstSeed, count, out);
    return Interrupt.during(interrupt -> compare(comparison, means, interrupt), err);
  }

  private int compare(Comparison comparison, RunFolder.Means means, Interrupt interrupt) {
    int done = comparison.done();
    if (done > 0) {
      Terminal.say(spec, "%s of %s runs are there already".formatted(done, comparison.size()));
    }
    try (Progress progress = new Progress(spec.commandLine().getErr())) {
      if (comparison.train(means, progress, interrupt::asked, line -> Terminal.say(spec, line))) {
        Report report = comparison.report();
        json.output().result(report.toMap(), report.text());
        return ExitCodes.DONE;
      }
    }
    interrupted(comparison);
    return ExitCodes.INTERRUPTED;
  }

  private void interrupted(Comparison comparison) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("interrupted", true);
    result.put("done", comparison.done());
    result.put("runs", comparison.size());
    json.output()
        .result(
            result,
            "interrupted, and saved, with %s of %s runs done; go on with: %s"
                .formatted(comparison.done(), comparison.size(), Terminal.command(spec)));
  }

  /** As many as asked for, with a warning where that is in vain, or as can show a difference. */
  private int seeds() {
    int pairs = nets.size() * (nets.size() - 1) / 2;
    int fewest = Statistics.fewestSeeds(pairs);
    if (seeds == null) {
      return fewest;
    }
    if (seeds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seeds: expected a number from 1 on, got " + seeds);
    }
    if (seeds > 1 && seeds < fewest) {
      Terminal.say(
          spec,
          "warning: with %s seeds no difference between %s networks can be significant; it takes --seeds %s"
              .formatted(seeds, nets.size(), fewest));
    }
    return seeds;
  }

  private List<Experiment> experiments() {
    List<Experiment> experiments = new ArrayList<>();
    for (String net : nets) {
      Experiment base = Session.named(spec, net);
      Feed feed = feed(net, base.feed());
      experiments.add(base.feed(feed).training(training(base)));
      Feed first = experiments.getFirst().feed();
      if (!first.data().equals(feed.data())) {
        throw new ParameterException(
            spec.commandLine(),
            "%s learns from %s, but %s from %s; say with --data what all learn from"
                .formatted(nets.getFirst(), first.data(), net, feed.data()));
      }
      if (!first.limit().equals(feed.limit())) {
        throw new ParameterException(
            spec.commandLine(),
            "%s and %s have different limits to their images; say with --limit what all have"
                .formatted(nets.getFirst(), net));
      }
    }
    return experiments;
  }

  private Feed feed(String net, Feed base) {
    String from =
        data == null ? Names.datasetOrFolder(net, base.data()) : Names.datasetOrFolder(spec, data);
    try {
      return limit == null ? base.data(from) : base.data(from).limit(limit);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  private Training training(Experiment base) {
    try {
      return length == null || length.epochs == null
          ? base.training()
          : base.training().epochs(length.epochs);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--epochs: " + e.getMessage(), e);
    }
  }

  private List<Contender> contenders(List<Experiment> experiments, Dataset dataset) {
    List<String> labels = labels(experiments);
    return IntStream.range(0, nets.size())
        .mapToObj(i ->
            new Contender(
                labels.get(i),
                experiments.get(i),
                Session.trainable(nets.get(i), experiments.get(i), dataset)))
        .toList();
  }

  private Optional<Budget> budget() {
    if (length == null || length.seconds == null) {
      return Optional.empty();
    }
    double seconds = length.seconds;
    if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new ParameterException(
          spec.commandLine(), "--seconds: expected a number above 0, got " + seconds);
    }
    return Optional.of(new Budget(out, seconds));
  }

  private Contender timed(Contender contender, Budget budget, Dataset dataset, int workers) {
    Contender timed = budget.of(contender, dataset, workers);
    Terminal.say(
        spec,
        String.format(
            Locale.ROOT,
            "%s: %d epochs in %.1f s",
            timed.label(),
            timed.experiment().training().epochs(),
            budget.seconds()));
    return timed;
  }

  /** The networks' names; where two have the same, what the command line calls them. */
  private List<String> labels(List<Experiment> experiments) {
    List<String> names = experiments.stream().map(Experiment::name).toList();
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      String label = Collections.frequency(names, names.get(i)) == 1 ? names.get(i) : nets.get(i);
      String free = label;
      for (int n = 2; labels.contains(free); n++) {
        free = label + "#" + n;
      }
      labels.add(free);
    }
    return labels;
  }
}
