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
import dev.crema.train.Signature;
import dev.crema.zoo.Recipe;
import dev.crema.zoo.Zoo;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
      Interrupt.cleaningUp(() -> new Fetcher(progress::println).fetch(data));
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
                  "%s: it got images of %s x %s, and takes those of %s x %s: resize them"
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

  /** As {@link #graph(String, Experiment, Shape)}; its classes must fit too. */
  static Graph graph(String where, Experiment experiment, Signature signature) {
    Graph graph = graph(where, experiment, signature.input());
    Shape output = graph.shape(graph.output());
    int classes = signature.classes().size();
    if (!output.isFeatures() || output.size() < classes) {
      throw new ConfigurationException(
          "%s: expected a last layer of [%s], one number for each class of %s, got %s; end it with flatten and dense: %s"
              .formatted(where, classes, experiment.feed().data(), output, classes));
    }
    return graph;
  }

  /**
   * As {@link #graph(String, Experiment, Signature)}, to be trained; what happens to the images of
   * an epoch must fit them too.
   */
  static Graph trainable(String where, Experiment experiment, Dataset data) {
    Graph graph = graph(where, experiment, Signature.of(experiment.feed(), data));
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
   * The experiment of a run.
   *
   * @param net the Java file of its network, which a network with layers of the user's own wants
   */
  static Experiment experiment(Run run, NetOption net) {
    return experiments(List.of(run), net).values().iterator().next();
  }

  /** The same for several runs, in their order; at least one must want the Java file. */
  static Map<Run, Experiment> experiments(List<Run> runs, NetOption net) {
    Map<Run, Experiment> experiments = new LinkedHashMap<>();
    for (Run run : runs) {
      experiments.put(run, Zoo.experiment(run, note -> net.experiment(run, note)));
    }
    if (experiments.values().stream().allMatch(experiment -> experiment.source().isEmpty())) {
      net.refuse(runs.getFirst());
    }
    return experiments;
  }

  /**
   * The data that a run learns from.
   *
   * @param otherwise what to do, beside bringing it back, if it is not where it was
   * @throws ConfigurationException if it is not
   */
  static Dataset data(Run run, Experiment experiment, String otherwise, PrintWriter progress) {
    String data = experiment.feed().data();
    if (!Names.isDatasetOrFolder(data)) {
      throw new ConfigurationException(
          "%s: expected its data in %s, but there is no such folder; bring it back, %s"
              .formatted(run.folder(), data, otherwise));
    }
    return load(data, progress);
  }

  /**
   * What a run's network takes and gives. Its data need not be there, unless an older version of
   * Crema trained it.
   */
  static Signature signature(Run run, Experiment experiment, PrintWriter progress) {
    return run.signature(experiment.feed(), data -> load(data, progress));
  }

  /**
   * Checks that a network can be tested on data, and says in which way this is other data than it
   * learned from.
   *
   * @param from what names the data
   * @throws ConfigurationException if it cannot
   */
  static void checkTestable(Signature network, String from, Signature data, PrintWriter err) {
    int channels = network.images().channels();
    int classes = network.classes().size();
    if (data.images().channels() != channels || data.classes().size() > classes) {
      throw new ConfigurationException(
          "%s: expected images of %s channels in at most %s classes, as the network learned from, got %s in %s; choose other --data"
              .formatted(from, channels, classes, data.images(), data.classes().size()));
    }
    if (!data.images().equals(network.images())) {
      err.println(
          "warning: %s: its images are %s, and the network learned from %s: they are resized to %s"
              .formatted(from, data.images(), network.images(), network.input()));
    }
    if (!network.classes().subList(0, data.classes().size()).equals(data.classes())) {
      err.println(
          "warning: %s: its classes are called %s, and the network learned %s: they are compared by their numbers"
              .formatted(from, data.classes(), network.classes()));
    }
  }

  /**
   * The weights of a run: of its end, or of its newest whole checkpoint if it has not come to its
   * end; then it says so.
   *
   * @throws ConfigurationException if there are none yet
   * @throws dev.crema.train.CheckpointException if there are none any more, or all are damaged
   */
  static Checkpoint weights(Run run, PrintWriter err) {
    Checkpoint weights = run.weights(warning -> err.println("warning: " + warning));
    if (!run.isFinished()) {
      err.println(
          String.format(
              Locale.ROOT,
              "%s: its training has not come to its end; these are the weights after step %,d",
              run.folder(),
              weights.step()));
    }
    err.flush();
    return weights;
  }
}
