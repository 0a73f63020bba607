package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.data.Datasets;
import dev.crema.data.Fetcher;
import dev.crema.engine.Engine;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.train.Experiment;
import dev.crema.train.Outcome;
import dev.crema.train.Run;
import dev.crema.train.Trainer;
import dev.crema.zoo.Recipe;
import dev.crema.zoo.Zoo;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What training, resuming, evaluating and predicting have in common. */
final class Session {
  private static final int SAVE_SECONDS = 60;
  private static final String DEFAULT_DATA = "fashion-mnist";

  private Session() {}

  /** Loads a data set, fetching it first if it is a known one that this machine lacks. */
  static Dataset load(String data, PrintWriter progress) {
    if (Datasets.names().contains(data) && Datasets.locate(data).isEmpty()) {
      new Fetcher(progress::println).fetch(data);
    }
    return Datasets.load(data);
  }

  /** The shape of a data set's images. */
  static Shape shape(Dataset data) {
    return Shape.image(data.train().channels(), data.train().height(), data.train().width());
  }

  /** The experiment that the command line names: a recipe of the zoo, or a file. */
  static Experiment named(CommandSpec spec, String given) {
    if (given.endsWith(".yaml") || given.endsWith(".yml")) {
      Path file = Path.of(given);
      if (!Files.exists(file)) {
        throw new ParameterException(spec.commandLine(), given + ": there is no such file");
      }
      return experiment(file);
    }
    Recipe recipe = Zoo.find(Names.known(spec, "a network", given, Zoo.names())).orElseThrow();
    return new Experiment(
        given, recipe.net(), given, DEFAULT_DATA, Loss.of(recipe.net()), recipe.training());
  }

  /** The experiment of a file or of a run's directory. */
  static Experiment experiment(Path file) {
    return Experiment.read(file, Session::net, Zoo.names());
  }

  private static Optional<Net> net(String name) {
    return Zoo.find(name).map(Recipe::net);
  }

  /** Trains a run to its end, or until Ctrl-C, and prints what came of it. */
  static int train(Experiment experiment, Run run, int threads, PrintWriter err, Output output) {
    AtomicBoolean stop = new AtomicBoolean();
    CountDownLatch saved = new CountDownLatch(1);
    Thread hook = new Thread(() -> stopAndWait(stop, saved), "crema-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    try (Run.Lock lock = run.lock();
        Engine engine = new Engine(threads);
        Progress progress = new Progress(err)) {
      Dataset data = load(experiment.data(), err);
      Graph graph = Graph.of(experiment.net(), shape(data));
      Outcome outcome =
          new Trainer(experiment, graph, data, run, engine, progress, stop::get).train();
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("run", run.folder().toString());
      result.put("net", experiment.name());
      result.put("data", experiment.data());
      result.put("seed", experiment.training().seed());
      result.putAll(outcome.toMap());
      if (!outcome.interrupted()) {
        run.writeResults(result);
      }
      output.result(result, text(run, outcome));
      return outcome.interrupted() ? ExitCodes.INTERRUPTED : ExitCodes.DONE;
    } finally {
      saved.countDown();
      removeHook(hook);
    }
  }

  private static String text(Run run, Outcome outcome) {
    if (outcome.interrupted()) {
      return "interrupted in epoch %d; continue with: crema resume %s"
          .formatted(outcome.epochs() + 1, run.folder());
    }
    String test =
        outcome
            .test()
            .map(score ->
                "test accuracy %.4f, test loss %.4f".formatted(score.accuracy(), score.loss()))
            .orElse("not tested");
    return "%s after %d epochs (%.1f s, %,.0f images/s); run: %s"
        .formatted(
            test, outcome.epochs(), outcome.seconds(), outcome.imagesPerSecond(), run.folder());
  }

  /** On Ctrl-C the JVM ends when this returns: not before the trainer has saved. */
  private static void stopAndWait(AtomicBoolean stop, CountDownLatch saved) {
    stop.set(true);
    try {
      saved.await(SAVE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down: the hook is why we are here.
    }
  }

  /** As many threads as asked for, or as there are processors. */
  static int threads(int asked) {
    return asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
  }
}
