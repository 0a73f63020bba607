package dev.crema.train.study;

import dev.crema.train.CheckpointException;
import dev.crema.train.Event;
import dev.crema.train.EventLog;
import dev.crema.train.Run;
import dev.crema.train.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one training came to, as its run directory says. One that diverged has the accuracy of
 * guessing, no loss and no curve.
 *
 * @param fit the final weights on images that they learned from
 * @param validation the final weights on the images held out
 * @param test the final weights on the test images, once
 * @param seconds spent training, evaluation excluded; empty if it diverged
 * @param curve how the validation went while it trained
 */
public record Trial(
    Run run,
    double rate,
    long seed,
    boolean diverged,
    Score fit,
    Score validation,
    Score test,
    OptionalDouble seconds,
    List<Point> curve) {
  /**
   * A validation while it trained.
   *
   * @param step steps done
   * @param seconds of training up to it, evaluations excluded
   * @param accuracy on the images held out
   */
  public record Point(long step, double seconds, double accuracy) {}

  /** Copies the list. */
  public Trial {
    curve = List.copyOf(curve);
  }

  /**
   * The trial of a run that has come to its end.
   *
   * @param chance the accuracy of guessing
   * @throws CheckpointException if a file of it is damaged
   */
  static Trial of(Run run, double rate, long seed, double chance) {
    Optional<Map<String, Object>> results = run.results();
    if (results.isEmpty()) {
      Score guess = new Score(Double.NaN, chance);
      return new Trial(
          run, rate, seed, true, guess, guess, guess, OptionalDouble.empty(), List.of());
    }
    return new Trial(
        run,
        rate,
        seed,
        false,
        score(run, results.get(), "fit"),
        score(run, results.get(), "validation"),
        score(run, results.get(), "test"),
        OptionalDouble.of(run.result(results.get(), "train_seconds")),
        curve(EventLog.read(run.events())));
  }

  private static Score score(Run run, Map<String, Object> results, String images) {
    return new Score(
        run.result(results, images + "_loss"), run.result(results, images + "_accuracy"));
  }

  static List<Point> curve(List<Event> events) {
    List<Point> curve = new ArrayList<>();
    double seconds = 0;
    for (Event event : events) {
      switch (event) {
        case Event.Validated e ->
            curve.add(new Point(e.step(), e.seconds(), e.validation().accuracy()));
        case Event.EpochEnded e -> {
          seconds += e.seconds();
          double at = seconds;
          e.validation().ifPresent(score -> curve.add(new Point(e.step(), at, score.accuracy())));
        }
        default -> {}
      }
    }
    return curve;
  }

  /** The part that is classified wrongly, without the last digits that a subtraction leaves. */
  static double error(Score score) {
    return Math.rint(1e12 * (1 - score.accuracy())) / 1e12;
  }

  /** The first validation with this accuracy or more. */
  Optional<Point> reaches(double target) {
    return curve.stream().filter(point -> point.accuracy >= target).findFirst();
  }

  /** The highest accuracy of its validations. */
  OptionalDouble highest() {
    return curve.stream().mapToDouble(Point::accuracy).max();
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("run", run.folder().toString());
    map.put("rate", rate);
    map.put("seed", seed);
    map.put("diverged", diverged);
    map.put("validation_accuracy", validation.accuracy());
    if (!diverged) {
      map.put("validation_loss", validation.loss());
      seconds.ifPresent(time -> map.put("train_seconds", time));
    }
    return map;
  }
}
