package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.nn.Graph;
import dev.crema.nn.Summary;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.Optimizer;
import dev.crema.train.RunFolder;
import dev.crema.train.Training;
import dev.crema.train.compare.Budget;
import dev.crema.train.study.Cell;
import dev.crema.train.study.Chart;
import dev.crema.train.study.Findings;
import dev.crema.train.study.Result;
import dev.crema.train.study.Search;
import dev.crema.train.study.Study;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all studies have in common, to be mixed into their commands. */
final class StudyOptions {
  /** A multiply-add forward, one for the gradient of the inputs and one for that of the weights. */
  private static final int OPERATIONS = 3 * 2;

  /** What a training takes besides its steps: to compile, to warm up, to evaluate and to save. */
  private static final double SECONDS_AROUND = 1;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Mixin private JsonOption json;
  @Mixin private ThreadsOption threads;
  @Mixin private SavingOption saving;

  @Option(
      names = "--data",
      paramLabel = "NAME|FOLDER",
      description = "What all learn from (default: fashion-mnist, or as the file says).")
  private @Nullable String data;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description =
          "The most images to train on, validation included, and to test on (default: ${DEFAULT-VALUE}).")
  private int limit = 12_000;

  @Option(
      names = "--validation",
      paramLabel = "PART",
      description =
          "The part of the training images held out, by which rates are chosen (default: ${DEFAULT-VALUE}).")
  private double validation = 0.1;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "How often each image is seen (default: ${DEFAULT-VALUE}).")
  private int epochs = 5;

  @Option(
      names = "--rates",
      paramLabel = "R",
      split = ",",
      description =
          "Learning rates to try for each cell (default: 0.001,0.003,0.01); up to two beyond, while the best is at an end; one alone is not searched.")
  private List<Double> rates = List.of(0.001, 0.003, 0.01);

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "How many seeds the chosen rate is trained with (default: ${DEFAULT-VALUE}).")
  private int seeds = 1;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "The first seed, with which rates are searched; the others follow it (default: ${DEFAULT-VALUE}).")
  private long firstSeed = 1;

  @Option(
      names = "--charts",
      paramLabel = "png|svg",
      description = "How charts are drawn (default: png).")
  private Chart.Format charts = Chart.Format.PNG;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description =
          "Where the runs are kept, and found again; tables and charts go into a folder of the study's name in it (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("runs", "study");

  /** The data that was asked for. */
  String data(String usual) {
    return Names.datasetOrFolder(spec, data == null ? usual : data);
  }

  /** The images that were asked for. */
  Feed feed(Feed feed) {
    return checked("--", () -> feed.limit(limit));
  }

  Dataset load(Feed feed) {
    return Session.load(feed.data(), spec.commandLine().getErr());
  }

  /** How long is trained, and what is held out. */
  Training training(Optimizer optimizer) {
    if (!(validation > 0 && validation < 1)) {
      throw new ParameterException(
          spec.commandLine(),
          "--validation: expected a part above 0 and below 1, got " + validation);
    }
    return checked("--", () -> new Training(optimizer).epochs(epochs)).validation(validation);
  }

  List<Long> seeds() {
    if (seeds < 1) {
      throw new ParameterException(
          spec.commandLine(), "--seeds: expected a number from 1 on, got " + seeds);
    }
    return LongStream.range(firstSeed, firstSeed + seeds).boxed().toList();
  }

  int testImages(Feed feed, Dataset dataset) {
    return feed.select(dataset, firstSeed).test().count();
  }

  double imagesPerSecond(Experiment experiment, Dataset dataset) {
    return new Budget(out, 1).imagesPerSecond(experiment, dataset, threads.count());
  }

  /**
   * Trains what is missing, and says what came of it.
   *
   * @param name of the study, and of the folder with its tables and charts
   */
  int study(
      String name, List<Cell> cells, Dataset dataset, Function<List<Result>, Findings> findings) {
    Search search = checked("--rates: ", () -> new Search(rates, 2));
    var means = new RunFolder.Means(threads.count(), saving.seconds());
    Study study = new Study(cells, search, seeds(), dataset, out);
    foretell(name, study, cells, dataset);
    return Interrupt.during(
        interrupt -> {
          try (Progress progress = new Progress(spec.commandLine().getErr())) {
            if (!study.train(means, progress, interrupt::asked, line -> Terminal.say(spec, line))) {
              interrupted(study);
              return ExitCodes.INTERRUPTED;
            }
          }
          report(findings.apply(study.results()), out.resolve(name));
          return ExitCodes.DONE;
        },
        spec.commandLine().getErr());
  }

  /** Says what is to be done, and about how long it takes. */
  private void foretell(String name, Study study, List<Cell> cells, Dataset dataset) {
    List<Experiment> missing = study.missing();
    if (missing.isEmpty()) {
      return;
    }
    double rate = Estimate.rate(threads.count());
    double time =
        missing.stream()
            .mapToDouble(experiment -> SECONDS_AROUND + operations(experiment, dataset) / rate)
            .sum();
    Terminal.say(
        spec,
        "study of %s: %s cells, %s trainings to do%s; about %s, give or take a factor of three"
            .formatted(
                name,
                cells.size(),
                missing.size(),
                rates.size() == 1 ? "" : ", and more where the best rate is at an end",
                Estimate.duration(time)));
  }

  private double operations(Experiment experiment, Dataset dataset) {
    Training training = experiment.training();
    double images = Math.min(limit, dataset.train().count()) * (1 - validation) * training.epochs();
    double most = (double) training.steps().orElse(Long.MAX_VALUE) * training.batch();
    Graph graph = Graph.of(experiment.net(), experiment.feed().input(dataset.train()));
    return OPERATIONS * Summary.of(graph).multiplyAdds() * Math.min(images, most);
  }

  private void report(Findings findings, Path folder) {
    List<String> files = findings.write(folder, charts).stream().map(Path::toString).toList();
    Map<String, Object> result = new LinkedHashMap<>(findings.toMap());
    result.put("files", files);
    json.output()
        .result(
            result,
            files.stream()
                .collect(
                    Collectors.joining(
                        ", ", findings.text() + System.lineSeparator() + "written: ", "")));
  }

  private void interrupted(Study study) {
    int left = study.missing().size();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("interrupted", true);
    result.put("missing", left);
    json.output()
        .result(
            result,
            "interrupted, and saved, with %s trainings or more to do; go on with: %s"
                .formatted(left, Terminal.command(spec)));
  }

  private <T> T checked(String option, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), option + e.getMessage(), e);
    }
  }
}
