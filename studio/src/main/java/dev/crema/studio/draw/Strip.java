package dev.crema.studio.draw;

import java.util.List;
import java.util.stream.DoubleStream;

/** A row of points for each of several names: what repeated runs came to. */
public final class Strip {
  private static final double WIDTH = 420;
  private static final double LEFT = 110;
  private static final double RIGHT = 16;
  private static final double TOP = 28;
  private static final double ROW = 26;

  private Strip() {}

  /**
   * A name and its numbers.
   *
   * @param numbers at least one
   * @param low where the interval around their mean begins
   * @param high where it ends
   */
  public record Row(String name, List<Double> numbers, double low, double high) {
    private double mean() {
      return numbers.stream().mapToDouble(x -> x).average().orElseThrow();
    }
  }

  /** Draws rows; the bar is the interval, the stroke the mean, and each point a number. */
  public static Element svg(String title, String label, List<Row> rows) {
    Scale scale =
        Scale.of(
            rows.stream()
                .flatMapToDouble(row ->
                    DoubleStream.concat(
                        DoubleStream.of(row.low(), row.high()),
                        row.numbers().stream().mapToDouble(x -> x))),
            false);
    double bottom = TOP + rows.size() * ROW;
    Element svg = Svg.picture(title, WIDTH, bottom + 38);
    svg.add(Svg.text(0, 14, "start", title, "title"));
    for (double tick : scale.ticks()) {
      double x = x(scale, tick);
      svg.add(Svg.line(x, TOP, x, bottom, "grid"))
          .add(Svg.text(x, bottom + 16, "middle", Numbers.brief(tick), "tick"));
    }
    svg.add(Svg.text((LEFT + WIDTH - RIGHT) / 2, bottom + 33, "middle", label, "label"));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      double y = TOP + (i + 0.5) * ROW;
      String style = "c" + i % Plot.COLOURS;
      double low = x(scale, row.low());
      double mean = x(scale, row.mean());
      svg.add(Svg.text(LEFT - 8, y + 4, "end", Svg.cut(row.name(), 16), "tick"))
          .add(Svg.rect(low, y - 7, x(scale, row.high()) - low, 14, "band " + style))
          .add(Svg.line(mean, y - 9, mean, y + 9, "line " + style));
      row.numbers()
          .forEach(number -> svg.add(Svg.circle(x(scale, number), y, 2.5, "dot " + style)));
    }
    return svg;
  }

  private static double x(Scale scale, double number) {
    return LEFT + scale.at(number) * (WIDTH - LEFT - RIGHT);
  }
}
