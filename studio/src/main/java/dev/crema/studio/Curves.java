package dev.crema.studio;

import dev.crema.studio.draw.Plot;
import dev.crema.studio.draw.Plot.Point;
import dev.crema.train.Event;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Score;
import dev.crema.train.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/** How loss, accuracy and learning rate went. */
final class Curves {
  /** Points of a line over steps: more than that is not seen. */
  private static final int MOST_POINTS = 240;

  private Curves() {}

  static Section of(Subject subject, String id) {
    Section section = new Section(id, "Training");
    List<EpochEnded> epochs = subject.story().epochs();
    Turning turning = Turning.of(epochs);
    if (epochs.isEmpty()) {
      section.missing("The curves over epochs are", "no epoch has ended yet");
    } else {
      section.text(turningText(epochs, turning));
      section.figure(
          "loss-per-epoch",
          marked(
                  scores(
                      new Plot("Loss per epoch", "epoch", "loss, nats per image").wholeX(),
                      epochs,
                      Score::loss),
                  turning)
              .svg(),
          "Training: the mean over the epoch, while the weights moved. Validation: after it.");
      section.figure(
          "accuracy-per-epoch",
          marked(
                  scores(
                      new Plot("Accuracy per epoch", "epoch", "accuracy").wholeX().within(0, 1),
                      epochs,
                      Score::accuracy),
                  turning)
              .svg(),
          "The part of images classified rightly. The test set is used once, after the end, and not here.");
    }
    SortedMap<Long, Double> losses = subject.story().losses();
    if (losses.isEmpty()) {
      return section.missing("The curves over steps are", "no step was logged");
    }
    List<Point> validations = subject.story().validations();
    Plot plot =
        new Plot("Loss per step", "step", "loss, nats per image")
            .line(validations.isEmpty() ? "" : "training", thinned(losses));
    section.figure(
        "loss-per-step",
        (validations.isEmpty() ? plot : plot.line("validation", validations)).svg(),
        "Of every tenth batch; where more are logged than can be seen, their mean in a band from the lowest to the highest.");
    return section.figure(
        "learning-rate",
        new Plot("Learning rate", "step", "learning rate")
            .line("", rates(subject, losses.lastKey()))
            .svg(),
        "");
  }

  /** The learning rates that the experiment gave to the steps so far. */
  private static List<Point> rates(Subject subject, long last) {
    Training training = subject.experiment().training();
    long perEpoch =
        subject.story().all(Event.Started.class).stream()
            .mapToLong(Event.Started::stepsPerEpoch)
            .findFirst()
            .orElse(1);
    long lastStep = Math.min(perEpoch * training.epochs(), training.steps().orElse(Long.MAX_VALUE));
    long each = Math.max(1, last / MOST_POINTS);
    return LongStream.iterate(1, step -> step <= last, step -> step + each)
        .mapToObj(step ->
            new Point(
                step,
                training.optimizer().lr()
                    * training.schedule().factor(step - 1, lastStep, perEpoch)))
        .toList();
  }

  private static String turningText(List<EpochEnded> epochs, Turning turning) {
    if (turning.best().isEmpty()) {
      return "No images were held out for validation, so there is no best epoch, and over-fitting cannot be seen.";
    }
    String best =
        "Best epoch: %s of %s, by the accuracy on held-out images. "
            .formatted(turning.best().getAsInt(), epochs.getLast().epoch());
    return best
        + (turning.overfitting().isPresent()
            ? "Over-fitting begins after epoch %s: the validation loss was never as low again, while the training loss went on falling."
                .formatted(turning.overfitting().getAsInt())
            : "No over-fitting is seen: the lowest validation loss came at the end or just before it, or the training loss did not fall after it.");
  }

  private static Plot scores(Plot plot, List<EpochEnded> epochs, ToDoubleFunction<Score> figure) {
    plot.line(
        "training",
        epochs.stream()
            .map(epoch -> new Point(epoch.epoch(), figure.applyAsDouble(epoch.train())))
            .toList());
    List<Point> validation =
        epochs.stream()
            .flatMap(epoch ->
                epoch.validation().stream()
                    .map(score -> new Point(epoch.epoch(), figure.applyAsDouble(score))))
            .toList();
    return validation.isEmpty() ? plot : plot.line("validation", validation);
  }

  private static Plot marked(Plot plot, Turning turning) {
    turning.best().ifPresent(epoch -> plot.mark(epoch, "best epoch: " + epoch));
    turning.overfitting().ifPresent(epoch -> plot.mark(epoch, "over-fitting after " + epoch));
    return plot;
  }

  /** As many points as can be seen, each the mean of equally many batches. */
  private static List<Point> thinned(SortedMap<Long, Double> losses) {
    List<Map.Entry<Long, Double>> finite =
        losses.entrySet().stream().filter(loss -> Double.isFinite(loss.getValue())).toList();
    int each = Math.ceilDiv(Math.max(1, finite.size()), MOST_POINTS);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < finite.size(); i += each) {
      List<Map.Entry<Long, Double>> some = finite.subList(i, Math.min(i + each, finite.size()));
      double x = some.stream().mapToLong(Map.Entry::getKey).average().orElseThrow();
      points.add(Plot.spread(x, some.stream().mapToDouble(Map.Entry::getValue).toArray()));
    }
    return points;
  }
}
