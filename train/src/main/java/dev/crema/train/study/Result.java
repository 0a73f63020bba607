package dev.crema.train.study;

import dev.crema.train.Score;
import dev.crema.train.compare.Statistics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the search found for a cell, and what the rate that it chose came to with all seeds. Errors
 * are parts of the images that are classified wrongly, from 0 to 1, as means over the seeds.
 *
 * @param tried the trials of the search, one for each rate, ascending
 * @param trials of the rate that was chosen, in the order of the seeds
 */
public record Result(Cell cell, List<Trial> tried, List<Trial> trials) {
  /** Copies the lists; there must be a trial of the rate that was chosen. */
  public Result {
    tried = List.copyOf(tried);
    trials = List.copyOf(trials);
    if (trials.isEmpty()) {
      throw new IllegalArgumentException(
          "expected one or more trials of %s, got none".formatted(cell.label()));
    }
  }

  static void checkAny(Collection<Result> results) {
    if (results.isEmpty()) {
      throw new IllegalArgumentException("expected one result or more, got none");
    }
  }

  /** Refuses what no verdict can be given on: the noise of no images is infinite. */
  static void checkJudged(int testImages, Collection<Result> results) {
    checkAny(results);
    if (testImages < 1) {
      throw new IllegalArgumentException("testImages must be 1 or more, got " + testImages);
    }
  }

  /** The learning rate that the validation chose. */
  public double rate() {
    return trials.getFirst().rate();
  }

  /** Whether the chosen rate is the lowest or highest tried, so that a better may lie beyond. */
  public boolean isAtEnd() {
    return tried.size() > 1
        && (rate() == tried.getFirst().rate() || rate() == tried.getLast().rate());
  }

  /** The error of the final weights on images that they learned from. */
  public double trainError() {
    return error(Trial::fit);
  }

  /** The error on the images held out. */
  public double validationError() {
    return error(Trial::validation);
  }

  /** The error on the test images, used once, after the last epoch. */
  public double testError() {
    return error(Trial::test);
  }

  /** By how much the test error exceeds the training error. */
  public double gap() {
    return testError() - trainError();
  }

  private double error(Function<Trial, Score> images) {
    return Statistics.mean(
        trials.stream().mapToDouble(trial -> Trial.error(images.apply(trial))).toArray());
  }

  /** The standard deviation of the test error over the seeds; empty for one seed. */
  public OptionalDouble deviation() {
    return trials.size() < 2
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            Statistics.deviation(
                trials.stream().mapToDouble(trial -> trial.test().accuracy()).toArray()));
  }

  /** The mean time of a training with the chosen rate; empty if all diverged. */
  public OptionalDouble seconds() {
    return trials.stream().flatMapToDouble(trial -> trial.seconds().stream()).average();
  }

  /** How many of the trainings with the chosen rate diverged. */
  public long diverged() {
    return trials.stream().filter(Trial::diverged).count();
  }

  /**
   * The mean of a number of the first validation that reaches a target; empty if a seed does not.
   */
  OptionalDouble toTarget(double target, Function<Trial.Point, Double> number) {
    List<Double> reached =
        trials.stream().flatMap(trial -> trial.reaches(target).stream()).map(number).toList();
    return reached.size() < trials.size()
        ? OptionalDouble.empty()
        : reached.stream().mapToDouble(Double::doubleValue).average();
  }

  /**
   * Numbers of every kind of study by their JSON names; those of single runs are not among them.
   */
  Map<String, Object> figures() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("parameters", cell.parameters());
    map.put("multiply_adds", cell.multiplyAdds());
    map.put("rate", rate());
    map.put("train_error", trainError());
    map.put("validation_error", validationError());
    map.put("test_error", testError());
    deviation().ifPresent(deviation -> map.put("test_error_deviation", deviation));
    seconds().ifPresent(seconds -> map.put("train_seconds", seconds));
    map.put("diverged", diverged());
    return map;
  }

  /** The single runs by their JSON names. */
  Map<String, Object> runs() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("search", tried.stream().map(Trial::toMap).toList());
    map.put(
        "seeds",
        trials.stream()
            .map(trial -> {
              Map<String, Object> one = trial.toMap();
              one.put("train_error", Trial.error(trial.fit()));
              one.put("test_error", Trial.error(trial.test()));
              return one;
            })
            .toList());
    return map;
  }

  /** What to know before believing these results. */
  static List<String> notes(List<Result> results) {
    List<String> notes = new ArrayList<>();
    List<Result> atEnd = results.stream().filter(Result::isAtEnd).toList();
    if (!atEnd.isEmpty()) {
      notes.add(
          "the best rate is the lowest or highest that was tried, and a better may lie beyond: "
              + labels(atEnd));
    }
    results.stream()
        .filter(result -> result.diverged() > 0)
        .forEach(result ->
            notes.add(
                "%s: %s of %s runs diverged, which counts as guessing"
                    .formatted(result.cell.label(), result.diverged(), result.trials.size())));
    if (results.getFirst().trials.size() == 1) {
      notes.add(
          "one seed: another one moves each error, often by tenths of a point; --seeds 3 shows by how much");
    }
    return notes;
  }

  static String labels(List<Result> results) {
    return results.stream().map(result -> result.cell.label()).collect(Collectors.joining("; "));
  }
}
