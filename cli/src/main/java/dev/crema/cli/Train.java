package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.data.Size;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.Run;
import dev.crema.train.Training;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema train}: trains a network of the zoo, or the experiment of a file. */
@Command(
    name = "train",
    description = "Train a network and test it, in a run directory of its own.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Train implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ThreadsOption threads;
  @Mixin private SavingOption saving;
  @Mixin private WatchOptions watch;

  @Parameters(
      paramLabel = "NET|FILE",
      description = "A network of the zoo, an experiment file, or a Java file with a network.")
  private String net;

  @Option(
      names = "--data",
      paramLabel = "NAME|FOLDER",
      description = "What to learn from (default: fashion-mnist, or as the file says).")
  private @Nullable String data;

  @Option(
      names = "--resize",
      paramLabel = "SIZE",
      description =
          "Bring all images to this size, such as 224, or 224x192 (height x width); none: leave them as they are (default: what the network was made for, or as the file says).")
  private @Nullable String resize;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Train on at most N images and test on at most N, drawn at random by the seed.")
  private @Nullable Integer limit;

  @Option(names = "--epochs", paramLabel = "N", description = "How often to see every image.")
  private @Nullable Integer epochs;

  @Option(names = "--batch", paramLabel = "N", description = "Images in a step.")
  private @Nullable Integer batch;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of all randomness (default: 1, or as the file says).")
  private @Nullable Long seed;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      description = "The run's directory (default: a new one in runs/).")
  private @Nullable Path out;

  @Override
  public Integer call() {
    Experiment experiment = experiment();
    int workers = threads.count();
    double seconds = saving.seconds();
    Dataset dataset = Session.load(experiment.feed().data(), spec.commandLine().getErr());
    return Job.of(net, experiment, dataset, workers, seconds)
        .run(() -> create(experiment), watch, spec.commandLine().getErr(), json.output());
  }

  private Run create(Experiment experiment) {
    Path folder =
        out != null
            ? out
            : Run.name(
                Path.of("runs"), Instant.now(), experiment.name(), experiment.training().seed());
    return Run.create(folder, experiment);
  }

  private static Optional<Size> size(String text) {
    try {
      return Feed.parseResize(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--resize: " + e.getMessage(), e);
    }
  }

  private Experiment experiment() {
    Experiment base = Session.named(spec, net);
    String from =
        data == null
            ? Names.datasetOrFolder(net, base.feed().data())
            : Names.datasetOrFolder(spec, data);
    Feed feed = base.feed().data(from);
    Training training = base.training();
    try {
      feed = resize == null ? feed : feed.resize(size(resize));
      feed = limit == null ? feed : feed.limit(limit);
      training = epochs == null ? training : training.epochs(epochs);
      training = batch == null ? training : training.batch(batch);
      training = seed == null ? training : training.seed(seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    return new Experiment(base.name(), base.net(), base.description(), feed, base.loss(), training);
  }
}
