package dev.crema.studio;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.studio.draw.HeatMap;
import dev.crema.studio.draw.Numbers;
import dev.crema.studio.draw.Plot;
import dev.crema.studio.draw.Plot.Point;
import dev.crema.studio.draw.Tiles;
import dev.crema.train.Calibration;
import dev.crema.train.Confusion;
import dev.crema.train.Predictions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What the network says about the test images. */
final class Tested {
  private static final int MISTAKES = 16;

  private Tested() {}

  static Section of(Subject subject, String id) {
    Section section = new Section(id, "Test");
    return switch (subject.predictions()) {
      case Subject.Found.Missing<Predictions>(String why) ->
          section.missing("The predictions are", why);
      case Subject.Found.Here<Predictions>(Predictions predictions) -> {
        section.text(
            "What the network says about the %s test images, which were used once, after the training."
                .formatted(Numbers.count(predictions.count())));
        confusion(subject, predictions, section);
        calibration(predictions, section);
        mistakes(subject, predictions, section);
        classes(subject, predictions, section);
        yield section;
      }
    };
  }

  private static void confusion(Subject subject, Predictions predictions, Section section) {
    Confusion confusion = new Confusion(predictions, subject.classes());
    List<String> names =
        IntStream.range(0, confusion.classes()).mapToObj(subject::className).toList();
    section.figure(
        "confusion",
        HeatMap.confusion("Confusion matrix", names, confusion::count),
        "Each row holds the images of one class; the colours are shares of the row, by their square roots.");
  }

  private static void classes(Subject subject, Predictions predictions, Section section) {
    Confusion confusion = new Confusion(predictions, subject.classes());
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("class", "images", "named", "precision", "recall", "F1"));
    for (int c = 0; c < confusion.classes(); c++) {
      rows.add(
          List.of(
              subject.className(c),
              Numbers.count(confusion.images(c)),
              Numbers.count(confusion.named(c)),
              percent(confusion.precision(c)),
              percent(confusion.recall(c)),
              percent(confusion.f1(c))));
    }
    section.table(rows, List.of(0));
  }

  private static String percent(double part) {
    return Double.isNaN(part) ? "-" : Numbers.percent(part);
  }

  private static void calibration(Predictions predictions, Section section) {
    Calibration calibration = Calibration.of(predictions);
    List<Point> bins =
        calibration.bins().stream()
            .filter(bin -> bin.images() > 0)
            .map(bin -> new Point(bin.confidence(), bin.accuracy()))
            .toList();
    List<Point> shares =
        calibration.bins().stream()
            .filter(bin -> bin.images() > 0)
            .map(bin -> new Point(bin.confidence(), (double) bin.images() / predictions.count()))
            .toList();
    section.figure(
        "calibration",
        new Plot("Calibration", "how likely the network holds its class", "part")
            .within(0, 1)
            .line("of these images, right", bins)
            .line("of all images", shares)
            .line("as sure as it may be", List.of(new Point(0, 0), new Point(1, 1)), "guide")
            .svg(),
        "Images in 15 bins by the likelihood of the class that the network names. Expected calibration error: %s (Guo et al., 2017)."
            .formatted(Numbers.percent(calibration.error())));
  }

  private static void mistakes(Subject subject, Predictions predictions, Section section) {
    List<Integer> wrong =
        IntStream.range(0, predictions.count())
            .filter(i -> !predictions.isCorrect(i))
            .boxed()
            .sorted(Comparator.comparing(i -> -predictions.confidence(i)))
            .limit(MISTAKES)
            .toList();
    if (wrong.isEmpty()) {
      section.text("It is right about all of them.");
      return;
    }
    switch (subject.data()) {
      case Subject.Found.Missing<Dataset>(String why) ->
          section.missing("The images of the most confident mistakes are", why);
      case Subject.Found.Here<Dataset>(Dataset data) -> {
        if (!agrees(predictions, data.test())) {
          section.missing(
              "The images of the most confident mistakes are",
              "the predictions are of other test images than " + data.test());
          return;
        }
        section.figure(
            "mistakes",
            Tiles.grid(
                "The most confident mistakes",
                4,
                wrong.stream().map(i -> tile(subject, predictions, data.test(), i)).toList(),
                (double) data.test().height() / data.test().width(),
                Optional.empty()),
            "What the network said and how likely it held that, the truth, and the number of the test image.");
      }
    }
  }

  private static boolean agrees(Predictions predictions, Images test) {
    return predictions.count() == test.count()
        && IntStream.range(0, test.count()).allMatch(i -> test.label(i) == predictions.label(i));
  }

  private static Tiles.Tile tile(Subject subject, Predictions said, Images test, int image) {
    return new Tiles.Tile(
        Samples.raster(test, image),
        List.of(
            subject.className(said.predicted(image)),
            Numbers.percent(said.confidence(image)),
            "is " + subject.className(said.label(image)),
            "image " + Numbers.count(image)));
  }
}
