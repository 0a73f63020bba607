package dev.crema.train.compare;

import dev.crema.train.CheckpointException;
import dev.crema.train.Predictions;
import dev.crema.train.Run;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What one training came to, as its run directory says.
 *
 * @param diverged whether it ended with numbers that are not finite; it has no figures then
 * @param accuracy on the test set, once, at the end
 * @param seconds spent training, evaluation excluded
 * @param plannedBytes the memory of its training, which runs of older versions do not say
 * @param predictions of the test images, which runs of older versions lack
 */
record Trial(
    Run run,
    boolean diverged,
    double accuracy,
    OptionalDouble seconds,
    OptionalLong plannedBytes,
    Optional<Predictions> predictions) {

  /**
   * The trial of a run that has come to its end.
   *
   * @param chance the accuracy of guessing, which a run that diverged is taken to have
   * @throws CheckpointException if a file of it is damaged
   */
  static Trial of(Run run, double chance) {
    return run.results()
        .map(results -> finished(run, results))
        .orElseGet(() ->
            new Trial(
                run, true, chance, OptionalDouble.empty(), OptionalLong.empty(), Optional.empty()));
  }

  private static Trial finished(Run run, Map<String, Object> results) {
    return new Trial(
        run,
        false,
        run.result(results, "test_accuracy"),
        OptionalDouble.of(run.result(results, "train_seconds")),
        results.get("planned_bytes") instanceof Number bytes
            ? OptionalLong.of(bytes.longValue())
            : OptionalLong.empty(),
        run.readPredictions());
  }
}
