package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.data.Datasets;
import dev.crema.data.Fetcher;
import dev.crema.engine.Key;
import dev.crema.engine.Warmup;
import dev.crema.nn.Graph;
import dev.crema.nn.Net;
import dev.crema.nn.NetworkException;
import dev.crema.nn.Shape;
import dev.crema.train.Checkpoint;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Experiment;
import dev.crema.train.JavaSource;
import dev.crema.train.Run;
import dev.crema.zoo.Recipe;
import dev.crema.zoo.Zoo;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** What training, resuming, evaluating and predicting have in common. */
final class Session {
  static final String DEFAULT_DATA = "fashion-mnist";

  /** Sizes to try where a network does not fit the one it got. */
  private static final List<Integer> USUAL_SIZES = List.of(28, 32, 64, 96, 128, 224);

  private Session() {}

  /** Loads a data set, fetching it first if it is a known one that this machine lacks. */
  static Dataset load(String data, PrintWriter progress) {
    Warmup.begin(); // the data is for a network
    if (Datasets.names().contains(data) && Datasets.locate(data).isEmpty()) {
      new Fetcher(progress::println).fetch(data);
    }
    return Datasets.load(data);
  }

  /**
   * The experiment's network, laid out for images of this shape.
   *
   * @param where what names the network, for faults: a file, or its name
   * @throws ConfigurationException if its layers do not fit
   */
  static Graph graph(String where, Experiment experiment, Shape input) {
    try {
      return Graph.of(experiment.net(), input);
    } catch (NetworkException e) {
      List<String> faults = new ArrayList<>();
      e.faults().forEach(fault -> faults.add(where + ": layer " + fault));
      largerSize(experiment.net(), input)
          .ifPresent(size ->
              faults.add(
                  "%s: it got images of %d x %d, and takes those of %d x %d: resize them"
                      .formatted(where, input.height(), input.width(), size, size)));
      throw new ConfigurationException(faults);
    }
  }

  /** The least of the usual sizes larger than this one that the network takes. */
  private static Optional<Integer> largerSize(Net net, Shape input) {
    return USUAL_SIZES.stream()
        .filter(size -> size > Math.min(input.height(), input.width()))
        .filter(size -> fits(net, Shape.image(input.channels(), size, size)))
        .findFirst();
  }

  private static boolean fits(Net net, Shape input) {
    try {
      return !Graph.of(net, input).nodes().isEmpty();
    } catch (NetworkException e) {
      return false;
    }
  }

  /** As {@link #graph(String, Experiment, Shape)}, for the data; its classes must fit too. */
  static Graph graph(String where, Experiment experiment, Dataset data) {
    Graph graph = graph(where, experiment, experiment.feed().input(data.train()));
    Shape output = graph.shape(graph.output());
    int classes = data.classes().size();
    if (!output.isFeatures() || output.size() < classes) {
      throw new ConfigurationException(
          "%s: expected a last layer of [%d], one number for each class of %s, got %s; end it with flatten and dense: %d"
              .formatted(where, classes, experiment.feed().data(), output, classes));
    }
    return graph;
  }

  /**
   * As {@link #graph(String, Experiment, Dataset)}, to be trained; what happens to the images of an
   * epoch must fit them too.
   */
  static Graph trainable(String where, Experiment experiment, Dataset data) {
    Graph graph = graph(where, experiment, data);
    try {
      experiment.feed().loader(data.train(), experiment.training().batch(), Key.of(0));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(where + ": `data`: " + e.getMessage());
    }
    return graph;
  }

  /**
   * The experiment that the command line names: a recipe of the zoo, an experiment file, or a Java
   * file, whose code runs.
   */
  static Experiment named(CommandSpec spec, String given) {
    if (isYaml(given) || JavaFile.isOne(given)) {
      Path file = Path.of(given);
      if (!Files.exists(file)) {
        throw new ParameterException(spec.commandLine(), given + ": there is no such file");
      }
      return isYaml(given)
          ? Experiment.read(file, Session::known, Zoo.names())
          : JavaFile.experiment(file, JavaSource.read(file));
    }
    return Zoo.find(Names.known(spec, "a network", given, Zoo.names()))
        .orElseThrow()
        .experiment(DEFAULT_DATA);
  }

  private static boolean isYaml(String given) {
    return given.endsWith(".yaml") || given.endsWith(".yml");
  }

  private static Optional<Experiment.Known> known(String name) {
    return Zoo.find(name).map(Recipe::known);
  }

  /**
   * The experiment of a run. It says itself how its images are resized; those of older versions do
   * not, and were not resized.
   *
   * @param net the Java file of its network, which a network with layers of the user's own wants
   */
  static Experiment experiment(Run run, NetOption net) {
    return experiments(List.of(run), net).values().iterator().next();
  }

  /**
   * The same where no Java file can be given.
   *
   * @throws ConfigurationException if its network has layers of the user's own
   */
  static Experiment experiment(Run run) {
    return Experiment.read(run, Session::ofRun, Zoo.names());
  }

  /** What a run's file that names a network means. */
  private static Optional<Experiment.Known> ofRun(String name) {
    return known(name).map(known -> new Experiment.Known(known.net(), Optional.empty()));
  }

  /** The same for several runs, in their order; at least one must want the Java file. */
  static Map<Run, Experiment> experiments(List<Run> runs, NetOption net) {
    Map<Run, Experiment> experiments = new LinkedHashMap<>();
    for (Run run : runs) {
      experiments.put(
          run,
          Experiment.read(run, Session::ofRun, Zoo.names(), note -> net.experiment(run, note)));
    }
    if (experiments.values().stream().allMatch(experiment -> experiment.source().isEmpty())) {
      net.refuse(runs.getFirst());
    }
    return experiments;
  }

  /**
   * The weights of a run: of its end, or of its newest whole checkpoint if it has not come to its
   * end; then it says so.
   *
   * @throws ConfigurationException if there are none yet
   */
  static Checkpoint weights(Run run, PrintWriter err) {
    Checkpoint weights =
        run.checkpoints()
            .weights(warning -> err.println("warning: " + warning))
            .orElseThrow(() ->
                new ConfigurationException(
                    run.folder()
                        + ": expected weights, but its training has saved none yet; continue it with: crema resume "
                        + run.folder()));
    if (!run.isFinished()) {
      err.println(
          "%s: its training has not come to its end; these are the weights after step %,d"
              .formatted(run.folder(), weights.step()));
    }
    err.flush();
    return weights;
  }
}
