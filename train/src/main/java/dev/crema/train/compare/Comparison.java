package dev.crema.train.compare;

import dev.crema.data.Dataset;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Event;
import dev.crema.train.RunFolder;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Trains several networks on the same data with the same seeds, and reports how they differ.
 *
 * <p>All runs are ordinary run directories in one {@link RunFolder}.
 */
public final class Comparison {
  private final List<Contender> contenders;
  private final Dataset data;
  private final List<Long> seeds;
  private final RunFolder runs;
  private final double chance;

  /**
   * Looks at the runs that are there; nothing is written yet.
   *
   * @param contenders two or more, each laid out for the data
   * @param firstSeed the seeds are this one and those after it
   * @param seeds how many, 1 to {@link Statistics#MOST_SEEDS}
   * @param folder where the runs are and will be; it need not exist
   * @throws CheckpointException if the folder cannot be read
   */
  public Comparison(
      List<Contender> contenders, Dataset data, long firstSeed, int seeds, Path folder) {
    Set<String> labels = new LinkedHashSet<>();
    if (contenders.size() < 2 || !contenders.stream().map(Contender::label).allMatch(labels::add)) {
      throw new IllegalArgumentException(
          "expected two or more networks with labels of their own, got " + labels);
    }
    if (contenders.stream().map(each -> each.experiment().feed().limit()).distinct().count() > 1) {
      throw new IllegalArgumentException("expected the same images for all, got several limits");
    }
    if (seeds < 1 || seeds > Statistics.MOST_SEEDS) {
      throw new IllegalArgumentException(
          "expected 1 to %s seeds, got %s".formatted(Statistics.MOST_SEEDS, seeds));
    }
    if (firstSeed > Long.MAX_VALUE - seeds) {
      throw new IllegalArgumentException(
          "firstSeed must leave room for %s seeds, got %s".formatted(seeds, firstSeed));
    }
    this.contenders = List.copyOf(contenders);
    this.data = data;
    this.seeds = LongStream.range(firstSeed, firstSeed + seeds).boxed().toList();
    chance = Statistics.chance(data.test());
    runs = new RunFolder(folder);
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
   * @param stop asked before and within every training; true saves a checkpoint and ends it
   * @param progress is told what begins, and what diverged
   * @return whether all is there now
   * @throws ConfigurationException if a run that is there began with other data
   */
  public boolean train(
      RunFolder.Means means,
      Consumer<Event> listener,
      BooleanSupplier stop,
      Consumer<String> progress) {
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
            "run %s of %s: %s, seed %s".formatted(number, size(), contender.label(), seed);
        if (!runs.train(
            contender.experiment(seed),
            contender.graph(),
            data,
            means,
            listener,
            stop,
            what,
            progress)) {
          return false;
        }
      }
    }
    return true;
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
    Dataset used = contenders.getFirst().experiment().feed().select(data, seeds.getFirst());
    return Report.of(
        data.name(), used.test().count(), chance, seeds, contenders, trials, Optional.empty());
  }

  /** A network's training with a seed, if it has come to its end. */
  private Optional<Trial> trial(Contender contender, long seed) {
    return runs.ended(contender.experiment(seed), data).map(run -> Trial.of(run, chance));
  }
}
