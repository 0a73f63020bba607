package dev.crema.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a training came to.
 *
 * @param epochs epochs trained
 * @param bestEpoch the epoch whose weights were kept as the best and tested, if that was asked for
 * @param parameters how many numbers the network learns
 * @param multiplyAdds of its forward pass for one example
 * @param plannedBytes the memory that training it took
 * @param train running loss and accuracy over the last epoch
 * @param fit loss and accuracy of the final weights on the images learned from, at most 10,000 of
 *     them drawn at random; unlike {@code train} it compares with validation and test. Empty if
 *     interrupted
 * @param test loss and accuracy on the test set, once, after the last epoch; empty if interrupted
 * @param imagesPerSecond images trained on per second of training
 * @param seconds seconds spent training, evaluation excluded
 * @param interrupted whether it was stopped before its end, and can be resumed
 */
public record Outcome(
    int epochs,
    OptionalInt bestEpoch,
    long parameters,
    long multiplyAdds,
    long plannedBytes,
    Score train,
    Optional<Score> fit,
    Optional<Score> validation,
    Optional<Score> test,
    double imagesPerSecond,
    double seconds,
    boolean interrupted) {

  /** The figures by their names in {@code results.json}. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("epochs", epochs);
    bestEpoch.ifPresent(epoch -> map.put("best_epoch", epoch));
    map.put("parameters", parameters);
    map.put("multiply_adds", multiplyAdds);
    map.put("planned_bytes", plannedBytes);
    map.put("train_loss", train.loss());
    map.put("train_accuracy", train.accuracy());
    fit.ifPresent(score -> {
      map.put("fit_loss", score.loss());
      map.put("fit_accuracy", score.accuracy());
    });
    validation.ifPresent(score -> {
      map.put("validation_loss", score.loss());
      map.put("validation_accuracy", score.accuracy());
    });
    test.ifPresent(score -> {
      map.put("test_loss", score.loss());
      map.put("test_accuracy", score.accuracy());
    });
    map.put("images_per_second", imagesPerSecond);
    map.put("train_seconds", seconds);
    map.put("interrupted", interrupted);
    return map;
  }
}
