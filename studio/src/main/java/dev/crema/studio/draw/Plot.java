package dev.crema.studio.draw;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * A chart of lines, bands and points over two axes.
 *
 * <p>It is drawn at the width of a phone, so that its letters can be read there.
 */
public final class Plot {
  private static final double WIDTH = 420;
  private static final double LEFT = 58;
  private static final double RIGHT = 14;
  private static final double HEIGHT = 190;
  private static final double TITLE = 18;
  private static final double LEGEND = 17;

  /** How many colours there are, classes {@code c0} and so on. */
  public static final int COLOURS = 8;

  private final String title;
  private final String xLabel;
  private final String yLabel;
  private boolean wholeX;
  private boolean logX;
  private boolean logY;
  private double least = Double.NEGATIVE_INFINITY;
  private double most = Double.POSITIVE_INFINITY;
  private final List<Series> series = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();

  /**
   * A point of a line.
   *
   * @param low where the band around it begins
   * @param high where the band ends
   */
  public record Point(double x, double y, double low, double high) {
    /** A point without a band. */
    public Point(double x, double y) {
      this(x, y, y, y);
    }
  }

  private record Series(String name, List<Point> points, Kind kind, String style) {}

  private enum Kind {
    LINE,
    POINTS
  }

  private record Mark(double x, String text) {}

  /** An empty chart with linear axes. */
  public Plot(String title, String xLabel, String yLabel) {
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
  }

  /** Says that along x there are whole numbers only. */
  public Plot wholeX() {
    wholeX = true;
    return this;
  }

  /** Makes equal ways along x equal factors. */
  public Plot logX() {
    logX = true;
    return this;
  }

  /** Makes equal ways along y equal factors. */
  public Plot logY() {
    logY = true;
    return this;
  }

  /** Shows no y beyond these, such as shares below 0 or above 1. */
  public Plot within(double least, double most) {
    this.least = least;
    this.most = most;
    return this;
  }

  /** Adds a line in the next colour; without a name it is not in the legend. */
  public Plot line(String name, List<Point> points) {
    return line(name, points, colour());
  }

  /** Adds a line in a style of its own. */
  public Plot line(String name, List<Point> points, String style) {
    series.add(new Series(name, List.copyOf(points), Kind.LINE, style));
    return this;
  }

  /** Adds points in the next colour, with a bar from low to high. */
  public Plot points(String name, List<Point> points) {
    series.add(new Series(name, List.copyOf(points), Kind.POINTS, colour()));
    return this;
  }

  /** Marks a place along x. */
  public Plot mark(double x, String text) {
    marks.add(new Mark(x, text));
    return this;
  }

  private String colour() {
    return "c" + series.size() % COLOURS;
  }

  /** Draws it. */
  public Element svg() {
    List<Element> legend = new ArrayList<>();
    double legendHeight = legend(legend);
    double top = TITLE + legendHeight + 12 + LEGEND * marks.size();
    double bottom = top + HEIGHT;
    Scale x =
        Scale.of(DoubleStream.concat(all(Point::x), marks.stream().mapToDouble(Mark::x)), logX);
    Scale y =
        Scale.of(DoubleStream.concat(all(Point::low), all(Point::high)), logY).within(least, most);
    Frame frame = new Frame(x, y, top);
    Element svg = Svg.picture(title, WIDTH, bottom + 38);
    svg.add(Svg.text(LEFT, TITLE - 4, "start", title, "title")).add(legend);
    axes(svg, frame);
    for (int i = 0; i < marks.size(); i++) {
      double at = frame.x(marks.get(i).x());
      double height = top - 4 - LEGEND * (marks.size() - 1 - i);
      boolean right = at < (LEFT + WIDTH) / 2;
      svg.add(Svg.line(at, height - 10, at, bottom, "mark"))
          .add(
              Svg.text(
                  at + (right ? 5 : -5),
                  height,
                  right ? "start" : "end",
                  marks.get(i).text(),
                  "note"));
    }
    series.forEach(each -> draw(svg, each, frame));
    return svg;
  }

  private DoubleStream all(ToDoubleFunction<Point> number) {
    return series.stream().flatMap(each -> each.points().stream()).mapToDouble(number);
  }

  /** Where numbers lie in the picture. */
  private record Frame(Scale xs, Scale ys, double top) {
    double x(double number) {
      return LEFT + xs.at(number) * (WIDTH - LEFT - RIGHT);
    }

    double y(double number) {
      return top + HEIGHT - Math.clamp(ys.at(number), 0, 1) * HEIGHT;
    }

    boolean has(Point point) {
      return xs.has(point.x()) && ys.has(point.y());
    }
  }

  /** The names of the series in rows; gives their height. */
  private double legend(List<Element> to) {
    double x = LEFT;
    double y = TITLE + LEGEND - 4;
    for (Series each : series) {
      if (each.name().isEmpty()) {
        continue;
      }
      String name = Svg.cut(each.name(), 40);
      double width = 24 + 6.6 * name.length();
      if (x > LEFT && x + width > WIDTH) {
        x = LEFT;
        y += LEGEND;
      }
      to.add(Svg.rect(x, y - 8, 10, 8, "swatch " + each.style()));
      to.add(Svg.text(x + 14, y, "start", name, "legend"));
      x += width;
    }
    return to.isEmpty() ? 0 : y - TITLE + 4;
  }

  private void axes(Element svg, Frame frame) {
    double bottom = frame.top() + HEIGHT;
    for (double tick : frame.ys().ticks()) {
      double at = frame.y(tick);
      svg.add(Svg.line(LEFT, at, WIDTH - RIGHT, at, "grid"))
          .add(Svg.text(LEFT - 6, at + 4, "end", Numbers.brief(tick), "tick"));
    }
    for (double tick : wholeX ? frame.xs().wholeTicks() : frame.xs().ticks()) {
      svg.add(Svg.text(frame.x(tick), bottom + 16, "middle", Numbers.brief(tick), "tick"));
    }
    svg.add(Svg.line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis"))
        .add(Svg.text((LEFT + WIDTH - RIGHT) / 2, bottom + 33, "middle", xLabel, "label"))
        .add(
            Svg.text(0, 0, "middle", yLabel, "label")
                .with(
                    "transform",
                    "translate(12 " + Numbers.plain(bottom - HEIGHT / 2) + ") rotate(-90)"));
  }

  private static void draw(Element svg, Series series, Frame frame) {
    List<Point> shown = series.points().stream().filter(frame::has).toList();
    boolean banded = shown.stream().anyMatch(point -> point.low() < point.high());
    switch (series.kind()) {
      case LINE -> {
        if (banded) {
          svg.add(Svg.path(band(shown, frame), "band " + series.style()));
        }
        svg.add(
            Svg.path(
                line(shown.stream(), Point::y, frame, "M").toString(), "line " + series.style()));
        if (shown.size() <= 12) {
          shown.forEach(p ->
              svg.add(Svg.circle(frame.x(p.x()), frame.y(p.y()), 2.5, "dot " + series.style())));
        }
      }
      case POINTS ->
          shown.forEach(p -> {
            double x = frame.x(p.x());
            svg.add(Svg.line(x, frame.y(p.low()), x, frame.y(p.high()), "bar " + series.style()))
                .add(Svg.circle(x, frame.y(p.y()), 4, "dot " + series.style()));
          });
    }
  }

  private static String band(List<Point> points, Frame frame) {
    return line(points.stream(), Point::high, frame, "M")
        .append(line(points.reversed().stream(), Point::low, frame, "L"))
        .append('Z')
        .toString();
  }

  private static StringBuilder line(
      Stream<Point> points, ToDoubleFunction<Point> y, Frame frame, String first) {
    StringBuilder path = new StringBuilder();
    points.forEach(point ->
        path.append(path.isEmpty() ? first : "L")
            .append(Numbers.place(frame.x(point.x())))
            .append(' ')
            .append(Numbers.place(frame.y(y.applyAsDouble(point)))));
    return path;
  }

  /** The horizontal line at a number, over the whole width; for what to compare with. */
  public static List<Point> level(double from, double to, double y) {
    return List.of(new Point(from, y), new Point(to, y));
  }

  /** The mean of some numbers as a point, from the smallest to the largest. */
  public static Point spread(double x, double... ys) {
    OptionalDouble low = DoubleStream.of(ys).min();
    OptionalDouble high = DoubleStream.of(ys).max();
    return new Point(
        x, DoubleStream.of(ys).average().orElseThrow(), low.orElseThrow(), high.orElseThrow());
  }
}
