package dev.crema.studio;

import dev.crema.data.DataException;
import dev.crema.data.Dataset;
import dev.crema.data.Datasets;
import dev.crema.nn.Graph;
import dev.crema.nn.Shape;
import dev.crema.train.Checkpoint;
import dev.crema.train.CheckpointException;
import dev.crema.train.DataNote;
import dev.crema.train.Experiment;
import dev.crema.train.Predictions;
import dev.crema.train.Run;
import dev.crema.train.Signature;
import dev.crema.train.compare.Gathering;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A run to report about: all that is left of it, and of what it learned from. Nothing is written,
 * and nothing fetched; what is not there, or damaged, is left out, and why is noted.
 */
final class Subject {
  private final Run run;
  private final Experiment experiment;
  private final Graph graph;
  private final Story story;
  private final Map<String, Object> results;
  private final Found<Dataset> data;
  private final Optional<Signature> signature;
  private final Found<Checkpoint> weights;
  private final Found<Predictions> predictions;

  /** Something, or why it is not there. */
  sealed interface Found<T> {
    record Here<T>(T it) implements Found<T> {}

    record Missing<T>(String why) implements Found<T> {}

    /** What is there. */
    default Optional<T> get() {
      return this instanceof Here<T>(T it) ? Optional.of(it) : Optional.empty();
    }
  }

  private Subject(
      Run run,
      Experiment experiment,
      Graph graph,
      Story story,
      Map<String, Object> results,
      Found<Dataset> data,
      Optional<Signature> signature,
      Found<Checkpoint> weights,
      Found<Predictions> predictions) {
    this.run = run;
    this.experiment = experiment;
    this.graph = graph;
    this.story = story;
    this.results = results;
    this.data = data;
    this.signature = signature;
    this.weights = weights;
    this.predictions = predictions;
  }

  /**
   * Reads what there is.
   *
   * @throws CheckpointException if the run's events or results are damaged
   * @throws dev.crema.nn.NetworkException if the network does not fit its images
   */
  static Subject of(Run run, Experiment experiment) {
    Map<String, Object> results = run.results().orElse(Map.of());
    Found<Dataset> data = data(run, experiment);
    Optional<Signature> signature =
        run.data()
            .flatMap(DataNote::signature)
            .or(() -> data.get().map(images -> Signature.of(experiment.feed(), images)));
    Shape input =
        signature
            .map(Signature::input)
            .or(() -> input(results))
            .orElse(experiment.feed().usualInput());
    List<String> warnings = new ArrayList<>();
    Found<Checkpoint> weights =
        found("its training has saved none yet", () -> run.checkpoints().weights(warnings::add));
    return new Subject(
        run,
        experiment,
        Graph.of(experiment.net(), input),
        Story.of(run),
        results,
        data,
        signature,
        weights,
        found(
            run.isFinished()
                ? "a version of Crema made the run that did not keep them; `crema resume` writes them if you delete results.json"
                : "its training has not come to its end",
            () ->
                Files.exists(run.predictions())
                    ? Optional.of(Predictions.read(run.predictions()))
                    : Optional.empty()));
  }

  private static <T> Found<T> found(String why, Supplier<Optional<T>> reader) {
    try {
      return reader.get().<Found<T>>map(Found.Here::new).orElseGet(() -> new Found.Missing<>(why));
    } catch (CheckpointException e) {
      return new Found.Missing<>(String.valueOf(e.getMessage()));
    }
  }

  /** The images that the run used, if they are on this machine and still the same. */
  private static Found<Dataset> data(Run run, Experiment experiment) {
    String name = experiment.feed().data();
    try {
      Dataset all = Datasets.load(name);
      Optional<String> fault = run.data().flatMap(note -> note.fault(DataNote.of(name, all)));
      return fault.isPresent()
          ? new Found.Missing<>(fault.get())
          : new Found.Here<>(experiment.feed().select(all, experiment.training().seed()));
    } catch (DataException e) {
      return new Found.Missing<>(String.valueOf(e.getMessage()));
    }
  }

  private static Optional<Shape> input(Map<String, Object> results) {
    if (!(results.get("input") instanceof List<?> dims)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Shape(dims.stream().map(dim -> ((Number) dim).intValue()).toList()));
    } catch (ClassCastException | IllegalArgumentException e) {
      return Optional.empty(); // not as Crema wrote it
    }
  }

  Run run() {
    return run;
  }

  Experiment experiment() {
    return experiment;
  }

  Graph graph() {
    return graph;
  }

  Story story() {
    return story;
  }

  /** What came out, by the names in {@code results.json}; empty if it has not come to its end. */
  Map<String, Object> results() {
    return results;
  }

  /** A figure of the results. */
  Optional<Double> result(String name) {
    return results.get(name) instanceof Number number
        ? Optional.of(number.doubleValue())
        : Optional.empty();
  }

  Found<Dataset> data() {
    return data;
  }

  Found<Checkpoint> weights() {
    return weights;
  }

  Found<Predictions> predictions() {
    return predictions;
  }

  /** The name of a class, or its number where neither the run nor its data has names. */
  String className(int of) {
    return signature
        .map(Signature::classes)
        .filter(names -> of < names.size())
        .map(names -> names.get(of))
        .orElse("class " + of);
  }

  /** How many classes the data has, or the network where nothing says so. */
  int classes() {
    return signature
        .map(said -> said.classes().size())
        .orElseGet(() -> graph.shape(graph.output()).size());
  }

  /** The run's name, its folder's. */
  String name() {
    return String.valueOf(run.folder().toAbsolutePath().normalize().getFileName());
  }

  Gathering.Member member() {
    return new Gathering.Member(run, experiment, graph);
  }
}
