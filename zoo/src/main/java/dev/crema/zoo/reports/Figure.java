package dev.crema.zoo.reports;

import dev.crema.train.CheckpointException;
import dev.crema.train.Event;
import dev.crema.train.EventLog;
import dev.crema.train.Run;
import dev.crema.train.Score;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A figure that a report prints: what it means exactly, and where a run says it. */
public enum Figure {
  /** See {@link #meaning()}; so for all. */
  TRAIN_ACCURACY(
      "training accuracy, %",
      "of the images learned from, over the whole last epoch, counted as they are learned from,"
          + " while the weights move",
      "%.2f",
      true,
      run -> 100 * run.result("train_accuracy")),
  TRAIN_LOSS(
      "training loss",
      "the mean per image, in nats, over the last epoch, counted in the same way",
      "%.4f",
      false,
      run -> run.result("train_loss")),
  TEST_ACCURACY(
      "test accuracy, %",
      "of the test images, used once, after the last epoch, with its weights",
      "%.2f",
      true,
      run -> 100 * run.result("test_accuracy")),
  TEST_LOSS(
      "test loss",
      "the mean per image, in nats, over the test images, used once, after the last epoch",
      "%.4f",
      false,
      run -> run.result("test_loss")),
  BEST_EPOCH(
      "best epoch",
      "the epoch with the highest accuracy on the images held out of the training data; the first"
          + " of several",
      "%.0f",
      false,
      run -> best(run).epoch()),
  BEST_VALIDATION_ACCURACY(
      "best-epoch validation accuracy, %",
      "of the held-out images after the best epoch; it flatters, for these images chose the epoch",
      "%.2f",
      false,
      run -> 100 * validation(best(run)).accuracy()),
  VALIDATION_ACCURACY(
      "validation accuracy, %",
      "of the images held out of the training data, after the last epoch",
      "%.2f",
      false,
      run -> 100 * validation(epochs(run).getLast()).accuracy()),
  SECONDS_PER_EPOCH(
      "seconds per epoch",
      "of training alone, the mean over all epochs; the published ones are those of a cloud GPU",
      "%.2f",
      false,
      run -> run.result("train_seconds") / run.result("epochs"));

  private final String label;
  private final String meaning;
  private final String format;
  private final boolean judged;
  private final ToDoubleFunction<Run> measure;

  Figure(
      String label, String meaning, String format, boolean judged, ToDoubleFunction<Run> measure) {
    this.label = label;
    this.meaning = meaning;
    this.format = format;
    this.judged = judged;
    this.measure = measure;
  }

  /** What it is called, and its unit. */
  public String label() {
    return label;
  }

  /** Of which images, when, and counted how. */
  public String meaning() {
    return meaning;
  }

  /** Whether higher is better, and a published one is there to be reached. */
  public boolean isJudged() {
    return judged;
  }

  /**
   * What a run that is finished says, in the unit of the label.
   *
   * @throws CheckpointException if a file of it is damaged
   */
  public double of(Run run) {
    return measure.applyAsDouble(run);
  }

  String text(double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static List<Event.EpochEnded> epochs(Run run) {
    List<Event.EpochEnded> epochs =
        EventLog.read(run.events()).stream()
            .filter(Event.EpochEnded.class::isInstance)
            .map(Event.EpochEnded.class::cast)
            .toList();
    if (epochs.isEmpty()) {
      throw new CheckpointException(
          run.events(), "expected its epochs, found none; train the run anew");
    }
    return epochs;
  }

  private static Event.EpochEnded best(Run run) {
    return epochs(run).stream()
        .min(Comparator.comparingDouble(epoch -> -validation(epoch).accuracy()))
        .orElseThrow();
  }

  private static Score validation(Event.EpochEnded epoch) {
    return epoch
        .validation()
        .orElseThrow(() ->
            new IllegalArgumentException("a figure of held-out images wants a training with some"));
  }
}
