package dev.crema.train.compare;

import dev.crema.nn.Summary;
import dev.crema.train.Calibration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What one network came to over all seeds. Accuracies are of the test set, from 0 to 1.
 *
 * @param label what it is called
 * @param epochs how many it was asked to train
 * @param runs the run directories, in the order of the seeds
 * @param accuracies in the order of the seeds
 * @param collapsed how many runs have learned next to nothing, those that diverged included
 * @param diverged how many runs ended with numbers that are not finite
 * @param calibrationError the mean over the runs that kept their predictions
 * @param parameters how many numbers it learns
 * @param multiplyAdds of its forward pass for one image
 * @param seconds the mean time of a training
 * @param plannedBytes the memory of a training
 */
public record NetFigures(
    String label,
    int epochs,
    List<String> runs,
    List<Double> accuracies,
    int collapsed,
    int diverged,
    OptionalDouble calibrationError,
    long parameters,
    long multiplyAdds,
    OptionalDouble seconds,
    OptionalLong plannedBytes) {
  /** Copies the lists. */
  public NetFigures {
    runs = List.copyOf(runs);
    accuracies = List.copyOf(accuracies);
  }

  /**
   * @param bound the accuracy below which a run has collapsed
   */
  static NetFigures of(Contender contender, List<Trial> trials, double bound) {
    Summary summary = Summary.of(contender.graph());
    return new NetFigures(
        contender.label(),
        contender.experiment().training().epochs(),
        trials.stream().map(trial -> trial.run().folder().toString()).toList(),
        trials.stream().map(Trial::accuracy).toList(),
        Math.toIntExact(
            trials.stream().filter(trial -> trial.diverged() || trial.accuracy() < bound).count()),
        Math.toIntExact(trials.stream().filter(Trial::diverged).count()),
        trials.stream()
            .flatMap(trial -> trial.predictions().stream())
            .mapToDouble(predictions -> Calibration.of(predictions).error())
            .average(),
        summary.trainable(),
        summary.multiplyAdds(),
        trials.stream().flatMapToDouble(trial -> trial.seconds().stream()).average(),
        trials.stream().flatMapToLong(trial -> trial.plannedBytes().stream()).max());
  }

  double[] sample() {
    return accuracies.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** The mean accuracy. */
  public double mean() {
    return Statistics.mean(sample());
  }

  /** The standard deviation of the accuracy over the seeds; empty for one seed. */
  public OptionalDouble deviation() {
    return accuracies.size() < 2
        ? OptionalDouble.empty()
        : OptionalDouble.of(Statistics.deviation(sample()));
  }

  /** Half the width of the 95 % interval of the mean accuracy; empty for one seed. */
  public OptionalDouble halfWidth() {
    return accuracies.size() < 2
        ? OptionalDouble.empty()
        : OptionalDouble.of(Statistics.halfWidth(sample()));
  }

  /** The accuracy of the worst run. */
  public double minimum() {
    return accuracies.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("net", label);
    map.put("epochs", epochs);
    map.put("runs", runs);
    map.put("accuracies", accuracies);
    map.put("mean", mean());
    deviation().ifPresent(deviation -> map.put("deviation", deviation));
    halfWidth().ifPresent(half -> map.put("interval", List.of(mean() - half, mean() + half)));
    map.put("minimum", minimum());
    map.put("collapsed", collapsed);
    map.put("diverged", diverged);
    calibrationError.ifPresent(error -> map.put("calibration_error", error));
    map.put("parameters", parameters);
    map.put("multiply_adds", multiplyAdds);
    seconds.ifPresent(mean -> map.put("train_seconds", mean));
    plannedBytes.ifPresent(bytes -> map.put("planned_bytes", bytes));
    return map;
  }
}
