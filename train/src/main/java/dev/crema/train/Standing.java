package dev.crema.train;

import dev.crema.nn.Program;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Where a training stands: what a checkpoint holds besides the weights, and what was done here. */
final class Standing {
  private int epoch;
  private long stepInEpoch;
  private long step;
  private long validatedStep;
  private long images;
  private double lossSum;
  private long correct;
  private long seen;
  private double seconds;
  private double epochSeconds;
  private double best = Double.NaN;
  private int bestEpoch = -1;
  private Score train = new Score(Double.NaN, Double.NaN);

  /** Not in a checkpoint: since this process began or went on. */
  private double secondsHere;

  /** Whole epochs done. */
  int epoch() {
    return epoch;
  }

  /** Steps done of the next epoch. */
  long stepInEpoch() {
    return stepInEpoch;
  }

  /** Steps done in all. */
  long step() {
    return step;
  }

  /** Images learned from in this epoch. */
  long seen() {
    return seen;
  }

  /** What training took so far, validation and saving left out. */
  double seconds() {
    return seconds;
  }

  /** The same for this process alone. */
  double secondsHere() {
    return secondsHere;
  }

  /** Images a second of {@link #seconds}; 0 if it trained on none. */
  double imagesPerSecond() {
    return seconds > 0 ? images / seconds : 0;
  }

  /** The step of the last validation within an epoch. */
  long validatedStep() {
    return validatedStep;
  }

  /** The score of the last whole epoch on what it learned from, while it did. */
  Score train() {
    return train;
  }

  /** The epoch of the best score on the held-out data, if one was judged. */
  OptionalInt bestEpoch() {
    return bestEpoch < 0 ? OptionalInt.empty() : OptionalInt.of(bestEpoch);
  }

  /** Counts a step. */
  void addStep(Program.Result result) {
    step++;
    stepInEpoch++;
    lossSum += result.loss();
    correct += result.correct();
    seen += result.images();
    images += result.images();
  }

  /** Takes note that this step was validated within the epoch. */
  void noteValidated() {
    validatedStep = step;
  }

  /** Counts the time that a step took. */
  void addSeconds(double more) {
    seconds += more;
    epochSeconds += more;
    secondsHere += more;
  }

  /** Begins the next epoch; returns the seconds of the one that ended. */
  double endEpoch() {
    train = new Score(lossSum / seen, (double) correct / seen);
    epoch++;
    stepInEpoch = 0;
    lossSum = 0;
    correct = 0;
    seen = 0;
    double ended = epochSeconds;
    epochSeconds = 0;
    return ended;
  }

  /** Takes note of the epoch's score on the held-out data; true if it is the best so far. */
  boolean noteScore(Metric metric, Score validation, double minDelta) {
    double number = metric.of(validation);
    if (bestEpoch >= 0 && !(metric.gain(number, best) > minDelta)) {
      return false;
    }
    best = number;
    bestEpoch = epoch;
    return true;
  }

  /** What a checkpoint keeps of it beside the place. */
  Map<String, Double> progress() {
    Map<String, Double> progress = new LinkedHashMap<>();
    progress.put("validated_step", (double) validatedStep);
    progress.put("images", (double) images);
    progress.put("loss_sum", lossSum);
    progress.put("correct", (double) correct);
    progress.put("seen", (double) seen);
    progress.put("seconds", seconds);
    progress.put("epoch_seconds", epochSeconds);
    progress.put("best", best);
    progress.put("best_epoch", (double) bestEpoch);
    progress.put("train_loss", train.loss());
    progress.put("train_accuracy", train.accuracy());
    return progress;
  }

  /**
   * Goes back to where a checkpoint was made. Those of older versions were made after the
   * validation of their step, and do not count the images.
   *
   * @param batch images of a step
   */
  void restore(Checkpoint checkpoint, int batch) {
    Map<String, Double> progress = checkpoint.progress();
    epoch = checkpoint.epoch();
    stepInEpoch = checkpoint.stepInEpoch();
    step = checkpoint.step();
    validatedStep = progress.getOrDefault("validated_step", (double) step).longValue();
    images = progress.getOrDefault("images", (double) step * batch).longValue();
    lossSum = progress.getOrDefault("loss_sum", 0.0);
    correct = progress.getOrDefault("correct", 0.0).longValue();
    seen = progress.getOrDefault("seen", 0.0).longValue();
    seconds = progress.getOrDefault("seconds", 0.0);
    epochSeconds = progress.getOrDefault("epoch_seconds", 0.0);
    best = progress.getOrDefault("best", Double.NaN);
    bestEpoch = progress.getOrDefault("best_epoch", -1.0).intValue();
    train =
        new Score(
            progress.getOrDefault("train_loss", Double.NaN),
            progress.getOrDefault("train_accuracy", Double.NaN));
  }
}
