package dev.crema.studio;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.studio.draw.Numbers;
import dev.crema.studio.draw.Raster;
import dev.crema.studio.draw.Tiles;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What the images look like that the network learned from. */
final class Samples {
  private static final int MOST_CLASSES = 20;
  private static final int OF_EACH = 10;

  private Samples() {}

  static Section of(Subject subject, String id) {
    Section section = new Section(id, "Data");
    return switch (subject.data()) {
      case Subject.Found.Missing<Dataset>(String why) ->
          section.missing("Samples of the data are", why);
      case Subject.Found.Here<Dataset>(Dataset data) -> {
        section.text(
            "%s: %s to learn from%s, %s to test on."
                .formatted(data.name(), data.train(), validation(subject, data), data.test()));
        List<Tiles.Row> rows = rows(data);
        yield rows.isEmpty()
            ? section
            : section.figure(
                "samples",
                Tiles.rows(
                    "Samples of " + data.name(),
                    rows,
                    OF_EACH,
                    (double) data.train().height() / data.train().width()),
                "The first training images of each class%s, as they are in the data set."
                    .formatted(
                        data.classes().size() > MOST_CLASSES
                            ? " (of the first " + MOST_CLASSES + " classes)"
                            : ""));
      }
    };
  }

  private static String validation(Subject subject, Dataset data) {
    long held = Math.round(subject.experiment().training().validation() * data.train().count());
    return held == 0 ? "" : ", %s of them held out for validation".formatted(Numbers.count(held));
  }

  private static List<Tiles.Row> rows(Dataset data) {
    Images images = data.train();
    List<Tiles.Row> rows = new ArrayList<>();
    for (int c = 0; c < Math.min(MOST_CLASSES, data.classes().size()); c++) {
      int of = c;
      rows.add(
          new Tiles.Row(
              data.classes().get(c),
              IntStream.range(0, images.count())
                  .filter(i -> images.label(i) == of)
                  .limit(OF_EACH)
                  .mapToObj(i -> raster(images, i))
                  .toList()));
    }
    return rows;
  }

  static Raster raster(Images images, int image) {
    return Raster.pixels(images.channels(), images.height(), images.width(), images.image(image));
  }
}
