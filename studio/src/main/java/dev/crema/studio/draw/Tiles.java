package dev.crema.studio.draw;

import java.util.List;
import java.util.Optional;

/** Many small pictures side by side. */
public final class Tiles {
  private static final double WIDTH = 420;
  private static final double TOP = 26;
  private static final double GAP = 6;
  private static final double LINE = 14;

  private Tiles() {}

  /**
   * A small picture.
   *
   * @param lines what stands below it
   */
  public record Tile(Raster picture, List<String> lines) {}

  /** A row of small pictures behind its name. */
  public record Row(String name, List<Raster> pictures) {}

  /**
   * Draws small pictures in a grid.
   *
   * @param tiles at least one, each with as many lines as the first
   * @param shape the height of a picture by its width
   * @param limit what the strongest colours of weights mean, if they are weights
   */
  public static Element grid(
      String title, int columns, List<Tile> tiles, double shape, Optional<Double> limit) {
    double width = (WIDTH + GAP) / columns - GAP;
    double lines = tiles.getFirst().lines().size() * LINE;
    double down = width * shape + GAP + (lines > 0 ? lines + 6 : 0);
    int rows = Math.ceilDiv(tiles.size(), columns);
    double bottom = TOP + rows * down;
    Element svg = Svg.picture(title, WIDTH, bottom + (limit.isPresent() ? 20 : 0));
    svg.add(Svg.text(0, 14, "start", title, "title"));
    int letters = (int) (width / 6.2);
    for (int i = 0; i < tiles.size(); i++) {
      double x = i % columns * (width + GAP);
      double y = TOP + Math.floorDiv(i, columns) * down;
      svg.add(Svg.image(tiles.get(i).picture(), x, y, width, width * shape))
          .add(Svg.rect(x, y, width, width * shape, "outline"));
      List<String> texts = tiles.get(i).lines();
      for (int line = 0; line < texts.size(); line++) {
        svg.add(
            Svg.text(
                x,
                y + width * shape + (line + 1) * LINE - 2,
                "start",
                Svg.cut(texts.get(line), letters),
                line == 0 ? "caption strong" : "caption"));
      }
    }
    limit.ifPresent(most -> svg.add(HeatMap.bar(most, bottom + 2)));
    return svg;
  }

  /**
   * Draws named rows of small pictures.
   *
   * @param rows at least one
   * @param columns as many as the longest row has
   * @param shape the height of a picture by its width
   */
  public static Element rows(String title, List<Row> rows, int columns, double shape) {
    double left = 86;
    double width = (WIDTH - left + 2) / columns - 2;
    double down = width * shape + 2;
    Element svg = Svg.picture(title, WIDTH, TOP + rows.size() * down);
    svg.add(Svg.text(0, 14, "start", title, "title"));
    for (int r = 0; r < rows.size(); r++) {
      double y = TOP + r * down;
      svg.add(Svg.text(left - 6, y + down / 2 + 3, "end", Svg.cut(rows.get(r).name(), 13), "tick"));
      List<Raster> pictures = rows.get(r).pictures();
      for (int i = 0; i < pictures.size(); i++) {
        svg.add(Svg.image(pictures.get(i), left + i * (width + 2), y, width, width * shape));
      }
    }
    return svg;
  }
}
