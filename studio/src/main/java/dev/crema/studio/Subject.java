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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A run to report about: all that is left of it, and of what it learned from. Nothing is written,
 * and nothing fetched; what is not there, or damaged, is left out, and why is noted.
 */
final class Subject {
  private final Run run;
  private final Experiment experiment;
  private final Graph graph;
  private final Story story;
  private final Notes notes;
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

  /**
   * What the small files of the run say.
   *
   * @param environment for people to read
   * @param damaged what is wrong with each of them that cannot be read
   */
  private record Notes(
      Map<String, Object> results,
      Map<String, String> environment,
      Optional<DataNote> data,
      List<String> damaged) {
    static Notes of(Run run) {
      List<String> damaged = new ArrayList<>();
      return new Notes(
          read(() -> run.results().orElse(Map.of()), Map.of(), damaged),
          read(run::environmentInWords, Map.of(), damaged),
          read(run::data, Optional.empty(), damaged),
          damaged);
    }

    private static <T> T read(Supplier<T> reader, T fallback, List<String> damaged) {
      try {
        return reader.get();
      } catch (CheckpointException e) {
        damaged.add(String.valueOf(e.getMessage()));
        return fallback;
      }
    }
  }

  private Subject(
      Run run,
      Experiment experiment,
      Graph graph,
      Story story,
      Notes notes,
      Found<Dataset> data,
      Optional<Signature> signature,
      Found<Checkpoint> weights,
      Found<Predictions> predictions) {
    this.run = run;
    this.experiment = experiment;
    this.graph = graph;
    this.story = story;
    this.notes = notes;
    this.data = data;
    this.signature = signature;
    this.weights = weights;
    this.predictions = predictions;
  }

  /**
   * Reads what there is.
   *
   * @throws dev.crema.nn.NetworkException if the network does not fit its images
   */
  static Subject of(Run run, Experiment experiment) {
    Notes notes = Notes.of(run);
    Found<Dataset> data = data(run, experiment);
    Optional<Signature> signature =
        Subject.<DataNote>found("", run::data)
            .get()
            .flatMap(DataNote::signature)
            .or(() -> data.get().map(images -> Signature.of(experiment.feed(), images)));
    Shape input =
        signature
            .map(Signature::input)
            .or(() -> input(notes.results))
            .orElse(experiment.feed().usualInput());
    List<String> warnings = new ArrayList<>();
    Found<Checkpoint> weights =
        found("its training has saved none yet", () -> run.checkpoints().weights(warnings::add));
    return new Subject(
        run,
        experiment,
        Graph.of(experiment.net(), input),
        Story.of(run),
        notes,
        data,
        signature,
        weights,
        found(
            run.isFinished()
                ? "a version of Crema made the run that did not keep them; `crema resume` writes them if you delete results.json"
                : "its training has not come to its end",
            run::readPredictions));
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
    } catch (DataException | CheckpointException e) {
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
    return notes.results;
  }

  /** On what it ran, for people to read. */
  Map<String, String> environment() {
    return notes.environment;
  }

  /** What it learned from, if it says so. */
  Optional<DataNote> dataNote() {
    return notes.data;
  }

  /** What is wrong with files of the run that cannot be read. */
  List<String> damaged() {
    return Stream.concat(story.damage().stream(), notes.damaged.stream()).toList();
  }

  /** A figure of the results. */
  Optional<Double> result(String name) {
    return notes.results.get(name) instanceof Number number
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
