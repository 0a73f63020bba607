package dev.crema.train.compare;

import dev.crema.data.Dataset;
import dev.crema.engine.Engine;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.DataNote;
import dev.crema.train.DivergedException;
import dev.crema.train.Event;
import dev.crema.train.Experiment;
import dev.crema.train.Run;
import dev.crema.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Trains several networks on the same data with the same seeds, and reports how they differ.
 *
 * <p>All runs are ordinary run directories in one folder. A run belongs to a network and a seed if
 * its experiment file says exactly what would be trained now, whoever made it; so nothing is
 * trained twice, and what was interrupted goes on.
 */
public final class Comparison {
  private final List<Contender> contenders;
  private final Dataset data;
  private final List<Long> seeds;
  private final Path folder;
  private final double chance;

  /** The runs of the folder by the text of their experiments. */
  private final Map<String, List<Run>> runs = new HashMap<>();

  /** The data as they are now, once somebody asked. */
  private Optional<DataNote> now = Optional.empty();

  /** How trainings are done; no result depends on it. */
  public record Means(int threads, double checkpointSeconds) {}

  /**
   * Looks at the runs that are there; nothing is written yet.
   *
   * @param contenders two or more, each laid out for the data
   * @param firstSeed the seeds are this one and those after it
   * @param folder where the runs are and will be; it need not exist
   * @throws CheckpointException if the folder cannot be read
   */
  public Comparison(
      List<Contender> contenders, Dataset data, long firstSeed, int seeds, Path folder) {
    Set<String> labels = new HashSet<>();
    if (contenders.size() < 2 || !contenders.stream().map(Contender::label).allMatch(labels::add)) {
      throw new IllegalArgumentException(
          "expected two or more networks with labels of their own, got " + labels);
    }
    if (contenders.stream().map(each -> each.experiment().feed().limit()).distinct().count() > 1) {
      throw new IllegalArgumentException("expected the same images for all, got several limits");
    }
    if (seeds < 1) {
      throw new IllegalArgumentException("seeds must be 1 or more, got " + seeds);
    }
    this.contenders = List.copyOf(contenders);
    this.data = data;
    this.seeds = LongStream.range(firstSeed, firstSeed + seeds).boxed().toList();
    this.folder = folder;
    int[] counts = new int[data.test().classes()];
    IntStream.range(0, data.test().count()).forEach(i -> counts[data.test().label(i)]++);
    chance = IntStream.of(counts).max().orElseThrow() / (double) data.test().count();
    scan();
  }

  private void scan() {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        Run run = new Run(entry);
        if (Files.isRegularFile(run.experiment())) {
          runsOf(Files.readString(run.experiment())).add(run);
        }
      }
    } catch (NoSuchFileException e) {
      // nothing was compared there yet
    } catch (IOException | UncheckedIOException e) {
      throw new CheckpointException(
          folder, "its runs cannot be read: " + e.getMessage() + "; choose another folder", e);
    }
  }

  private List<Run> runsOf(String experiment) {
    return runs.computeIfAbsent(experiment, _ -> new ArrayList<>());
  }

  /** How many trainings it takes in all, those that are there included. */
  public int size() {
    return contenders.size() * seeds.size();
  }

  /** How many of them are there. */
  public int done() {
    return Math.toIntExact(
        seeds.stream()
            .flatMap(seed -> contenders.stream().map(contender -> trial(contender, seed)))
            .filter(Optional::isPresent)
            .count());
  }

  /**
   * Trains what is missing, all networks with one seed and then with the next, so that what is
   * there makes pairs whenever it is stopped. One that diverges is an outcome and no fault.
   *
   * @param listener is told every event of every training
   * @param stop asked after every step; true saves a checkpoint and ends the training
   * @param progress is told what begins, and what diverged
   * @return whether all is there now
   * @throws ConfigurationException if a run that is there began with other data
   */
  public boolean train(
      Means means, Consumer<Event> listener, BooleanSupplier stop, Consumer<String> progress) {
    int number = 0;
    for (long seed : seeds) {
      for (Contender contender : contenders) {
        number++;
        if (trial(contender, seed).isPresent()) {
          continue;
        }
        if (stop.getAsBoolean()) {
          return false;
        }
        String what =
            "run %d of %d: %s, seed %d".formatted(number, size(), contender.label(), seed);
        if (!train(contender, seed, means, listener, stop, what, progress)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Trains one run, from where it was; false if it was stopped. */
  private boolean train(
      Contender contender,
      long seed,
      Means means,
      Consumer<Event> listener,
      BooleanSupplier stop,
      String what,
      Consumer<String> progress) {
    Experiment experiment = contender.experiment(seed);
    List<Run> begun = runsOf(experiment.text());
    try (Engine engine = new Engine(means.threads())) {
      Trainer trainer =
          new Trainer(experiment, contender.graph(), data, engine, listener, stop)
              .checkpointSeconds(means.checkpointSeconds());
      if (begun.isEmpty()) { // only now: what has no room in memory leaves no run behind
        Path place = Run.name(folder, LocalDateTime.now(), contender.label(), seed);
        begun.add(Run.create(place, experiment));
      }
      Run run = begun.getLast();
      progress.accept(what + ": " + run.folder());
      try (Run.Lock _ = run.lock()) {
        return !trainer.train(run).interrupted();
      } catch (DivergedException e) {
        progress.accept(contender.label() + ", seed " + seed + ": " + e.getMessage());
        return true;
      }
    }
  }

  /**
   * What came of it.
   *
   * @throws IllegalStateException if {@link #train} has not come to its end
   */
  public Report report() {
    List<List<Trial>> trials =
        contenders.stream()
            .map(contender ->
                seeds.stream()
                    .map(seed ->
                        trial(contender, seed)
                            .orElseThrow(() -> new IllegalStateException("runs are missing")))
                    .toList())
            .toList();
    return Report.of(data, chance, seeds, contenders, trials);
  }

  /** A network's training with a seed, if it has come to its end. */
  private Optional<Trial> trial(Contender contender, long seed) {
    Experiment experiment = contender.experiment(seed);
    Optional<Trial> found =
        runsOf(experiment.text()).stream()
            .flatMap(run -> Trial.of(run, chance).stream())
            .findFirst();
    found.ifPresent(trial -> checkData(trial.run(), experiment));
    return found;
  }

  /** The figures of a run mean something only beside those of the same images. */
  private void checkData(Run run, Experiment experiment) {
    run.data()
        .ifPresent(note -> {
          DataNote current = now.orElseGet(() -> DataNote.of(experiment.feed().data(), data));
          now = Optional.of(current);
          note.fault(current)
              .ifPresent(fault -> {
                throw new ConfigurationException(run.folder() + ": " + fault);
              });
        });
  }
}
