package dev.crema.zoo.reports;

import dev.crema.train.CheckpointException;
import dev.crema.train.Run;
import dev.crema.train.RunFolder;
import dev.crema.train.Training;
import dev.crema.train.compare.Statistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * What came of an attempt so far, as its run directories say.
 *
 * @param finished the runs that have figures, in the order of the seeds
 * @param diverged how many ended with numbers that are not finite
 * @param begun how many are not at their end
 */
public record Result(Attempt attempt, List<Run> finished, int diverged, int begun) {
  /** Equal figures may differ by so much as sums of other numbers. */
  private static final double ROUNDING = 1e-9;

  /** Copies the list. */
  public Result {
    finished = List.copyOf(finished);
  }

  /**
   * Looks for the runs.
   *
   * @throws CheckpointException if a file of them is damaged
   */
  public static Result of(Attempt attempt, RunFolder runs) {
    List<Run> ended =
        attempt.seeds().stream()
            .flatMap(seed -> runs.ended(attempt.experiment(seed)).stream())
            .toList();
    List<Run> finished = ended.stream().filter(Run::isFinished).toList();
    long begun =
        attempt.seeds().stream()
            .filter(seed -> runs.unfinished(attempt.experiment(seed)).isPresent())
            .count();
    return new Result(attempt, finished, ended.size() - finished.size(), Math.toIntExact(begun));
  }

  /** Whether every seed has come to its end, well or not. */
  public boolean isDone() {
    return finished.size() + diverged == attempt.seeds().size();
  }

  /** How far it is, in words. */
  public String state() {
    int seeds = attempt.seeds().size();
    if (finished.size() == seeds) {
      return "done";
    }
    String state =
        finished.isEmpty() && diverged == 0
            ? begun == 0 ? "not run yet" : "begun"
            : "%s of %s seeds done".formatted(finished.size() + diverged, seeds);
    return diverged == 0 ? state : state + ", %s diverged".formatted(diverged);
  }

  /** The mean seconds of a training, evaluation left out; empty if none is finished. */
  public OptionalDouble seconds() {
    return finished.stream().mapToDouble(run -> run.result("train_seconds")).average();
  }

  /** The figures in the order of the entry. */
  public List<Measured> figures() {
    return attempt.entry().figures().stream().map(this::measured).toList();
  }

  private Measured measured(Published published) {
    List<Double> values = finished.stream().map(published.figure()::of).toList();
    return new Measured(published, values, verdict(published, values));
  }

  private Verdict verdict(Published published, List<Double> values) {
    if (values.isEmpty()
        || !published.figure().isJudged()
        || published.value().isEmpty()
        || values.size() < attempt.seeds().size()) {
      return Verdict.NONE;
    }
    if (!attempt.departures().isEmpty()) {
      return Verdict.NOT_COMPARABLE;
    }
    double missing = published.value().get().doubleValue() - mean(values);
    return missing < ROUNDING ? Verdict.REACHED : Verdict.BELOW;
  }

  private static double mean(List<Double> values) {
    return Statistics.mean(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** Whether a published figure was reached. */
  public enum Verdict {
    /** The mean is at the published figure or above. */
    REACHED,
    /** It is below. */
    BELOW,
    /** The attempt differs from the report, so nothing is said. */
    NOT_COMPARABLE,
    /** There is nothing to say: no number was published or measured, or not on all seeds yet. */
    NONE
  }

  /**
   * A figure beside its published one.
   *
   * @param values measured, in the order of the seeds; empty if nothing was
   */
  public record Measured(Published published, List<Double> values, Verdict verdict) {
    /** Copies the list. */
    public Measured {
      values = List.copyOf(values);
    }

    /** The mean over the seeds; empty if nothing was measured. */
    public OptionalDouble mean() {
      return values.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Result.mean(values));
    }

    /** The standard deviation over the seeds; empty for fewer than two. */
    public OptionalDouble deviation() {
      return values.size() < 2
          ? OptionalDouble.empty()
          : OptionalDouble.of(
              Statistics.deviation(values.stream().mapToDouble(Double::doubleValue).toArray()));
    }

    String text() {
      Figure figure = published.figure();
      String mean = figure.text(mean().orElseThrow());
      return deviation().isPresent()
          ? "%s (sd %s)".formatted(mean, figure.text(deviation().getAsDouble()))
          : mean;
    }
  }

  /** The verdict in words. */
  String words(Measured figure) {
    return switch (figure.verdict()) {
      case REACHED -> "reached";
      case BELOW ->
          String.format(
              Locale.ROOT,
              "below by %.3f",
              figure.published().value().orElseThrow().doubleValue() - figure.mean().orElseThrow());
      case NOT_COMPARABLE ->
          attempt.departures().stream()
              .map(Attempt.Departure::tag)
              .collect(Collectors.joining(", ", "not comparable: ", ""));
      case NONE -> "";
    };
  }

  /** The figures by their JSON names. */
  public Map<String, Object> toMap() {
    Training training = attempt.experiment().training();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("report", attempt.report().name());
    map.put("recipe", attempt.entry().name());
    map.put("state", state());
    map.put("data", attempt.experiment().feed().data());
    map.put("epochs", training.epochs());
    map.put("batch", training.batch());
    map.put("seeds", attempt.seeds());
    map.put("diverged", diverged);
    map.put(
        "departures",
        attempt.departures().stream().map(each -> each.tag() + ": " + each.detail()).toList());
    map.put("chosen", attempt.entry().chosen());
    map.put("runs", finished.stream().map(run -> run.folder().toString()).toList());
    map.put("machines", finished.stream().map(Run::machine).distinct().toList());
    seconds().ifPresent(seconds -> map.put("train_seconds", seconds));
    map.put("figures", figures().stream().map(Result::toMap).toList());
    return map;
  }

  private static Map<String, Object> toMap(Measured measured) {
    Published published = measured.published();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("figure", published.figure().label());
    map.put("meaning", published.figure().meaning());
    published.value().ifPresent(value -> map.put("published", value));
    map.put("published_about", published.about());
    measured.mean().ifPresent(mean -> map.put("measured", mean));
    measured.deviation().ifPresent(deviation -> map.put("deviation", deviation));
    map.put("values", measured.values());
    Optional.of(measured.verdict())
        .filter(verdict -> verdict != Verdict.NONE)
        .ifPresent(verdict -> map.put("verdict", verdict.name().toLowerCase(Locale.ROOT)));
    return map;
  }
}
