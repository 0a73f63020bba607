package dev.crema.studio.draw;

import java.util.List;
import java.util.function.IntBinaryOperator;

/** Tables of numbers as colours. */
public final class HeatMap {
  private static final double WIDTH = 420;
  private static final double TOP = 26;
  private static final double BAR = 120;
  private static final int BAR_PIXELS = 60;

  /** With more classes than this, a table of counts is pixels, without its numbers. */
  private static final int MOST_CELLS = 30;

  private HeatMap() {}

  /**
   * A matrix of numbers around 0, as pixels from blue over near white to red, with the bar that
   * says which colour is which.
   *
   * @param limit what the strongest colours mean, above 0
   * @param numbers the number at a row and a column
   * @param below what rows and columns are
   */
  public static Element matrix(
      String title, int rows, int columns, double limit, Cells numbers, String below) {
    double height = Math.clamp((WIDTH * rows) / columns, 40, 300);
    Raster raster = Raster.numbers(rows, columns, (row, column) -> numbers.at(row, column) / limit);
    Element svg = Svg.picture(title, WIDTH, TOP + height + 44);
    return svg.add(
            Svg.text(0, 14, "start", title, "title"),
            Svg.image(raster, 0, TOP, WIDTH, height),
            Svg.text(0, TOP + height + 18, "start", below, "note"))
        .add(bar(limit, TOP + height + 26));
  }

  /** The colours from {@code -limit} to {@code limit}. */
  static List<Element> bar(double limit, double y) {
    double left = WIDTH - BAR - 46;
    Raster colours =
        Raster.numbers(1, BAR_PIXELS, (_, column) -> 2.0 * column / (BAR_PIXELS - 1) - 1);
    return List.of(
        Svg.text(left - 5, y + 10, "end", Numbers.brief(-limit), "tick"),
        Svg.image(colours, left, y + 2, BAR, 9),
        Svg.text(left + BAR + 5, y + 10, "start", Numbers.brief(limit), "tick"));
  }

  /**
   * Counts of truths (rows) and predictions (columns), each row coloured by its shares.
   *
   * @param names of the classes
   * @param counts how many of the row's truth were taken for the column's class
   */
  public static Element confusion(String title, List<String> names, IntBinaryOperator counts) {
    int classes = names.size();
    boolean named = classes <= MOST_CELLS;
    double left = named ? 86 : 20;
    double top = named ? 92 : 40;
    double cell = (WIDTH - left - (named ? 34 : 4)) / classes;
    Element svg = Svg.picture(title, WIDTH, top + cell * classes + 8);
    svg.add(Svg.text(0, 14, "start", title, "title"))
        .add(Svg.text(0, top - 8, "start", "truth ↓  said →", "note"));
    double[] totals = totals(classes, counts);
    if (!named) {
      Raster raster =
          Raster.numbers(
              classes,
              classes,
              (row, column) -> counts.applyAsInt(row, column) / Math.max(1, totals[row]));
      return svg.add(Svg.image(raster, left, top, cell * classes, cell * classes));
    }
    for (int row = 0; row < classes; row++) {
      String name = Svg.cut(names.get(row), 12);
      double y = top + row * cell;
      svg.add(Svg.text(left - 5, y + cell / 2 + 4, "end", name, "tick"));
      svg.add(
          Svg.text(0, 0, "start", name, "tick")
              .with(
                  "transform",
                  "translate(%s %s) rotate(-55)"
                      .formatted(
                          Numbers.plain(left + (row + 0.6) * cell), Numbers.plain(top - 6))));
      for (int column = 0; column < classes; column++) {
        int count = counts.applyAsInt(row, column);
        double x = left + column * cell;
        double part = totals[row] == 0 ? 0 : count / totals[row];
        svg.add(
            Svg.rect(x, y, cell - 1, cell - 1, row == column ? "cell right" : "cell wrong")
                .with("fill-opacity", count == 0 ? 0.04 : 0.1 + 0.9 * Math.sqrt(part)));
        if (count > 0 && classes <= 12) {
          svg.add(
              Svg.text(
                  x + cell / 2 - 0.5,
                  y + cell / 2 + 3.5,
                  "middle",
                  String.valueOf(count),
                  part > 0.3 ? "count strong" : "count"));
        }
      }
    }
    return svg;
  }

  private static double[] totals(int classes, IntBinaryOperator counts) {
    double[] totals = new double[classes];
    for (int row = 0; row < classes; row++) {
      for (int column = 0; column < classes; column++) {
        totals[row] += counts.applyAsInt(row, column);
      }
    }
    return totals;
  }
}
