package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.nn.Graph;
import dev.crema.train.AtomicFile;
import dev.crema.train.Experiment;
import dev.crema.train.RunFolder;
import dev.crema.train.Table;
import dev.crema.zoo.reports.Attempt;
import dev.crema.zoo.reports.Entry;
import dev.crema.zoo.reports.Page;
import dev.crema.zoo.reports.Report;
import dev.crema.zoo.reports.Reports;
import dev.crema.zoo.reports.Result;
import dev.crema.zoo.reports.Terms;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema reproduce}: puts measured figures beside those that reports published. */
@Command(
    name = "reproduce",
    description = {
      "Train as five reports on image classification did, and print what is measured beside what"
          + " they published.",
      "Without a name: list the reports and their recipes, and about how long they take.",
      "The same command goes on where it was interrupted, and trains nothing twice."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Reproduce implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ThreadsOption threads;
  @Mixin private SavingOption saving;

  @Parameters(
      arity = "0..*",
      paramLabel = "REPORT|RECIPE",
      description = "Reports, R1 to R5, and recipes of theirs.")
  private List<String> names = List.of();

  @Option(
      names = "--quick",
      description =
          "See that all works: few images, 2 epochs and one seed. No figure counts as reached then.")
  private boolean quick;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Train with the seeds 1 to N (default: as the recipes say, 1 or 5).")
  private @Nullable Integer seeds;

  @Option(
      names = "--data",
      paramLabel = "NAME|FOLDER",
      description = "Learn from other data. No figure counts as reached then.")
  private @Nullable String data;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Train nothing: write a page about the runs that are there.")
  private @Nullable Path markdown;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "Where the runs are kept, and found again (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("runs", "reproduce");

  @Override
  public Integer call() {
    List<Attempt> attempts = attempts(terms());
    var means = new RunFolder.Means(threads.count(), saving.seconds());
    RunFolder runs = new RunFolder(out);
    if (markdown != null) {
      write(markdown, attempts, runs);
      return ExitCodes.DONE;
    }
    if (names.isEmpty()) {
      list(attempts, runs, means.threads());
      return ExitCodes.DONE;
    }
    PrintWriter err = spec.commandLine().getErr();
    Map<String, Dataset> datasets = new LinkedHashMap<>();
    for (Attempt attempt : attempts) {
      datasets.computeIfAbsent(attempt.experiment().feed().data(), name -> Session.load(name, err));
    }
    return Interrupt.during(
        interrupt -> reproduce(attempts, datasets, runs, means, interrupt), err);
  }

  private Terms terms() {
    if (seeds != null && seeds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seeds: expected a number from 1 on, got " + seeds);
    }
    return new Terms(
        quick,
        Optional.ofNullable(data).map(given -> Names.datasetOrFolder(spec, given)),
        seeds == null ? OptionalInt.empty() : OptionalInt.of(seeds));
  }

  /** What the names name, in the order of the reports; all without names. */
  private List<Attempt> attempts(Terms terms) {
    List<String> known =
        Reports.all().stream()
            .flatMap(report ->
                Stream.concat(
                    Stream.of(report.name(), report.title()),
                    report.entries().stream().map(Entry::name)))
            .toList();
    List<String> wanted =
        names.stream()
            .map(name -> name.matches("r\\d+") ? name.toUpperCase(Locale.ROOT) : name)
            .map(name -> Names.known(spec, "a report or recipe", name, known))
            .toList();
    List<Attempt> attempts = new ArrayList<>();
    for (Report report : Reports.all()) {
      boolean whole =
          wanted.isEmpty() || wanted.contains(report.name()) || wanted.contains(report.title());
      report.entries().stream()
          .filter(entry -> whole || wanted.contains(entry.name()))
          .forEach(entry -> attempts.add(Attempt.of(report, entry, terms)));
    }
    return attempts;
  }

  private int reproduce(
      List<Attempt> attempts,
      Map<String, Dataset> datasets,
      RunFolder runs,
      RunFolder.Means means,
      Interrupt interrupt) {
    List<Result> results = new ArrayList<>();
    for (Attempt attempt : attempts) {
      Experiment experiment = attempt.experiment();
      Dataset dataset = Objects.requireNonNull(datasets.get(experiment.feed().data()));
      Graph graph = Session.trainable(attempt.entry().name(), experiment, dataset);
      try (Progress progress = new Progress(spec.commandLine().getErr())) {
        for (long seed : attempt.seeds()) {
          Experiment wanted = attempt.experiment(seed);
          if (runs.ended(wanted, dataset).isEmpty()
              && (interrupt.asked()
                  || !runs.train(
                      wanted,
                      graph,
                      dataset,
                      means,
                      progress,
                      interrupt::asked,
                      what(attempt, seed),
                      line -> Terminal.say(spec, line)))) {
            interrupted(results.size(), attempts.size());
            return ExitCodes.INTERRUPTED;
          }
        }
      }
      results.add(Result.of(attempt, runs));
      json.output().object(results.getLast().toMap());
    }
    json.output().text(Page.text(results));
    return results.stream().anyMatch(result -> result.diverged() > 0)
        ? ExitCodes.DIVERGED
        : ExitCodes.DONE;
  }

  private static String what(Attempt attempt, long seed) {
    return "%s %s%s, seed %s"
        .formatted(
            attempt.report().name(),
            attempt.entry().name(),
            String.join("", attempt.departures().stream().map(each -> ", " + each.tag()).toList()),
            seed);
  }

  private void interrupted(int done, int all) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("interrupted", true);
    result.put("done", done);
    result.put("recipes", all);
    json.output()
        .result(
            result,
            "interrupted, and saved, with %s of %s recipes done; go on with: %s"
                .formatted(done, all, Terminal.command(spec)));
  }

  private void write(Path file, List<Attempt> attempts, RunFolder runs) {
    List<Result> results = attempts.stream().map(attempt -> Result.of(attempt, runs)).toList();
    AtomicFile.write(file, Page.markdown(results, Terminal.command(spec)));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("file", file.toString());
    result.put("done", results.stream().filter(Result::isDone).count());
    result.put("recipes", results.size());
    json.output().result(result, file.toString());
  }

  private void list(List<Attempt> attempts, RunFolder runs, int workers) {
    double rate = Estimate.rate(workers);
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("report", "recipe", "data", "epochs", "batch", "seeds", "takes", "state"));
    for (Attempt attempt : attempts) {
      Result result = Result.of(attempt, runs);
      double seconds =
          result.seconds().isPresent()
              ? result.seconds().getAsDouble() * attempt.seeds().size()
              : attempt.operations() / rate;
      Map<String, Object> object = new LinkedHashMap<>(result.toMap());
      object.put("expected_seconds", seconds);
      json.output().object(object);
      rows.add(
          List.of(
              attempt.report().name(),
              attempt.entry().name(),
              attempt.experiment().feed().data(),
              String.valueOf(attempt.experiment().training().epochs()),
              String.valueOf(attempt.experiment().training().batch()),
              String.valueOf(attempt.seeds().size()),
              (result.seconds().isPresent() ? "" : "about ") + Estimate.duration(seconds),
              result.state()));
    }
    json.output().text(Table.text(rows, List.of(0, 1, 2, 7)));
    Reports.all()
        .forEach(report ->
            json.output()
                .text("%s %s: %s".formatted(report.name(), report.title(), report.about())));
    attempts.stream()
        .flatMap(attempt -> attempt.departures().stream().limit(1))
        .map(Attempt.Departure::tag)
        .distinct()
        .forEach(tag -> json.output().text("all of it " + tag + ": nothing counts as reached"));
    json.output()
        .text(
            String.format(
                Locale.ROOT,
                "%n`about` is at %.0f GFLOP/s, %.0f %% of this machine's peak, so it may be wrong by a factor of three."
                    + "%nBegin with: crema reproduce R1, or with --quick to see that all works.",
                rate * 1e-9,
                100 * Estimate.USUAL_PART));
  }
}
