package dev.crema.train.study;

import dev.crema.data.Dataset;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Event;
import dev.crema.train.Experiment;
import dev.crema.train.RunFolder;
import dev.crema.train.Score;
import dev.crema.train.compare.Statistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Trains each cell at the learning rate that suits it: a {@link Search} by validation with the
 * first seed, and then the rate that it chose with all seeds.
 *
 * <p>All runs are ordinary run directories in one {@link RunFolder}, so nothing is trained twice.
 * Every run tests its last weights once; the figures of its test are looked at for the chosen rates
 * alone.
 */
public final class Study {
  private final List<Cell> cells;
  private final Search search;
  private final List<Long> seeds;
  private final Dataset data;
  private final RunFolder runs;
  private final double chance;

  /**
   * Looks at the runs that are there; nothing is written yet.
   *
   * @param cells one or more, each with images held out for validation
   * @param folder where the runs are and will be; it need not exist
   * @throws CheckpointException if the folder cannot be read
   */
  public Study(List<Cell> cells, Search search, List<Long> seeds, Dataset data, Path folder) {
    Set<String> labels = new LinkedHashSet<>();
    if (cells.isEmpty() || !cells.stream().map(Cell::label).allMatch(labels::add)) {
      throw new IllegalArgumentException(
          "expected one or more cells with labels of their own, got " + labels);
    }
    if (cells.stream().anyMatch(cell -> cell.experiment().training().validation() == 0)) {
      throw new IllegalArgumentException("the rates are chosen by validation: hold images out");
    }
    if (seeds.isEmpty() || new LinkedHashSet<>(seeds).size() < seeds.size()) {
      throw new IllegalArgumentException("expected one seed or more, each another, got " + seeds);
    }
    this.cells = List.copyOf(cells);
    this.search = search;
    this.seeds = List.copyOf(seeds);
    this.data = data;
    runs = new RunFolder(folder);
    chance = Statistics.chance(data.test());
  }

  /** The trainings that are missing now, as far as the searches can be foreseen. */
  public List<Experiment> missing() {
    Set<String> known = new LinkedHashSet<>();
    return cells.stream()
        .flatMap(this::foreseen)
        .filter(experiment -> known.add(experiment.text()))
        .filter(experiment -> runs.ended(experiment, data).isEmpty())
        .toList();
  }

  /** Which rate the search will choose does not matter for what the other seeds take. */
  private Stream<Experiment> foreseen(Cell cell) {
    Map<Double, Score> tried = tried(cell);
    double chosen = tried.isEmpty() ? search.rates().getFirst() : Search.best(tried);
    return Stream.concat(
        search.rates().stream().map(rate -> cell.experiment(rate, seeds.getFirst())),
        seeds.stream().skip(1).map(seed -> cell.experiment(chosen, seed)));
  }

  /** The validations of the search that are there. */
  private Map<Double, Score> tried(Cell cell) {
    Map<Double, Score> tried = new TreeMap<>();
    OptionalDouble rate = search.next(tried);
    while (rate.isPresent()) {
      Optional<Trial> trial = trial(cell, rate.getAsDouble(), seeds.getFirst());
      if (trial.isEmpty()) {
        return tried;
      }
      tried.put(rate.getAsDouble(), trial.get().validation());
      rate = search.next(tried);
    }
    return tried;
  }

  /**
   * Trains what is missing, cell by cell. A training that diverges is an outcome and no fault.
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
    for (Cell cell : cells) {
      Map<Double, Score> tried = tried(cell);
      OptionalDouble next = search.next(tried);
      while (next.isPresent()) {
        double rate = next.getAsDouble();
        if (!train(cell, rate, seeds.getFirst(), means, listener, stop, progress)) {
          return false;
        }
        tried = tried(cell);
        next = search.next(tried);
      }
      double chosen = Search.best(tried);
      for (long seed : seeds) {
        if (trial(cell, chosen, seed).isEmpty()
            && !train(cell, chosen, seed, means, listener, stop, progress)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean train(
      Cell cell,
      double rate,
      long seed,
      RunFolder.Means means,
      Consumer<Event> listener,
      BooleanSupplier stop,
      Consumer<String> progress) {
    String what =
        "cell %s of %s: %s, rate %s, seed %s"
            .formatted(
                cells.indexOf(cell) + 1, cells.size(), cell.label(), Text.number(rate), seed);
    return !stop.getAsBoolean()
        && runs.train(
            cell.experiment(rate, seed), cell.graph(), data, means, listener, stop, what, progress);
  }

  /**
   * What came of it, in the order of the cells.
   *
   * @throws IllegalStateException if {@link #train} has not come to its end
   */
  public List<Result> results() {
    return cells.stream().map(this::result).toList();
  }

  private Result result(Cell cell) {
    Map<Double, Score> tried = tried(cell);
    if (search.next(tried).isPresent()) {
      throw new IllegalStateException("runs are missing");
    }
    double chosen = Search.best(tried);
    List<Trial> searched = new ArrayList<>();
    tried.keySet().forEach(rate -> searched.add(done(cell, rate, seeds.getFirst())));
    return new Result(
        cell, searched, seeds.stream().map(seed -> done(cell, chosen, seed)).toList());
  }

  private Trial done(Cell cell, double rate, long seed) {
    return trial(cell, rate, seed).orElseThrow(() -> new IllegalStateException("runs are missing"));
  }

  /** A cell's training with a rate and a seed, if it has come to its end. */
  private Optional<Trial> trial(Cell cell, double rate, long seed) {
    return runs.ended(cell.experiment(rate, seed), data)
        .map(run -> Trial.of(run, rate, seed, chance));
  }
}
