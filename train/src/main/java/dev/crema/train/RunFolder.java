package dev.crema.train;

import dev.crema.data.Dataset;
import dev.crema.engine.Engine;
import dev.crema.engine.Listing;
import dev.crema.nn.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The runs in one folder, found again by what they train.
 *
 * <p>A run is that of an experiment if its experiment file says exactly what would be trained now,
 * whoever made it; so nothing is trained twice, and what was interrupted goes on.
 */
public final class RunFolder {
  private final Path folder;

  /** The runs by what their experiments say. */
  private final Map<Object, List<Run>> runs = new LinkedHashMap<>();

  /** The data that somebody asked about. */
  private final Map<Dataset, DataNote> notes = new LinkedHashMap<>();

  /**
   * How trainings are done; no result depends on it.
   *
   * @param threads at least 1
   * @param checkpointSeconds as for {@link Trainer#checkpointSeconds}
   */
  public record Means(int threads, double checkpointSeconds) {
    public Means {
      if (threads < 1) {
        throw new IllegalArgumentException("threads must be 1 or more, got " + threads);
      }
      if (!(checkpointSeconds >= 0)) {
        throw new IllegalArgumentException(
            "checkpointSeconds must be 0 or more, got " + checkpointSeconds);
      }
    }
  }

  /**
   * Looks at the runs that are there; nothing is written yet.
   *
   * @param folder it need not exist
   * @throws CheckpointException if the folder cannot be read
   */
  public RunFolder(Path folder) {
    this.folder = folder;
    try {
      for (Path entry : Listing.of(folder)) {
        Run run = new Run(entry);
        if (Files.isRegularFile(run.experiment(), LinkOption.NOFOLLOW_LINKS)) {
          add(run);
        }
      }
    } catch (NoSuchFileException e) {
      // nothing was trained there yet
    } catch (IOException e) {
      throw new CheckpointException(
          folder, "its runs cannot be read: " + e.getMessage() + "; choose another folder", e);
    }
  }

  private void add(Run run) {
    try {
      runsOf(run.experimentText()).add(run);
    } catch (ConfigurationException e) {
      // Damaged: it is the run of no experiment that anybody asks for, and harms no other.
    }
  }

  /** By values and not by text: older versions wrote the keys in any order. */
  private List<Run> runsOf(String experiment) {
    Object says = Yaml.parse("experiment.yaml", experiment).value();
    return runs.computeIfAbsent(says, _ -> new ArrayList<>());
  }

  /** Where the runs are. */
  public Path folder() {
    return folder;
  }

  /** The run of an experiment that has come to its end, well or diverged. */
  public Optional<Run> ended(Experiment experiment) {
    return runsOf(experiment.text()).stream()
        .filter(run -> run.isFinished() || run.hasDiverged())
        .findFirst();
  }

  /**
   * The same; and it learned from these images, for its figures mean something only beside those of
   * the same.
   *
   * @throws ConfigurationException if it learned from others
   */
  public Optional<Run> ended(Experiment experiment, Dataset data) {
    Optional<Run> found = ended(experiment);
    found
        .flatMap(Run::data)
        .flatMap(note ->
            note.fault(
                notes.computeIfAbsent(data, _ -> DataNote.of(experiment.feed().data(), data))))
        .ifPresent(fault -> {
          throw new ConfigurationException(found.orElseThrow().folder() + ": " + fault);
        });
    return found;
  }

  /** The newest run of an experiment that has begun, and not come to its end. */
  public Optional<Run> unfinished(Experiment experiment) {
    return ended(experiment).isPresent()
        ? Optional.empty()
        : runsOf(experiment.text()).stream().reduce((_, later) -> later);
  }

  /**
   * Trains an experiment, from where its run was. One that diverges is an outcome and no fault.
   *
   * @param graph its network, laid out for the data
   * @param listener is told every event of the training
   * @param stop asked as {@link Trainer} does; true saves a checkpoint and ends the training
   * @param what what begins, for {@code progress}
   * @param progress is told in which directory it begins, and whether it diverged
   * @return false if it was stopped
   * @throws ConfigurationException if its run began with other data
   */
  public boolean train(
      Experiment experiment,
      Graph graph,
      Dataset data,
      Means means,
      Consumer<Event> listener,
      BooleanSupplier stop,
      String what,
      Consumer<String> progress) {
    List<Run> begun = runsOf(experiment.text());
    Training training = experiment.training();
    try (Engine engine = new Engine(means.threads())) {
      Trainer trainer =
          new Trainer(experiment, graph, data, engine, listener, stop)
              .checkpointSeconds(means.checkpointSeconds());
      if (begun.isEmpty()) { // only now: what has no room in memory leaves no run behind
        Path place = Run.name(folder, Instant.now(), experiment.name(), training.seed());
        begun.add(Run.create(place, experiment));
      }
      Run run = begun.getLast();
      progress.accept(what + ": " + run.folder());
      try (Run.Lock _ = run.lock()) {
        return !trainer.train(run).interrupted();
      } catch (DivergedException e) {
        progress.accept(
            "%s, seed %s: %s".formatted(experiment.name(), training.seed(), e.getMessage()));
        return true;
      }
    }
  }
}
