package dev.crema.train.study;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Lines through points.
 *
 * @param name of its file, without the ending
 * @param title what it shows
 * @param lines one or more, each of one point or more
 */
public record Chart(String name, String title, Axis x, Axis y, List<Line> lines) {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;
  private static final String NUMBERS = "#,##0.######";

  /** Told apart by most who see colours in another way too (Okabe and Ito, 2008). */
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0x000000));

  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND);

  /**
   * An axis.
   *
   * @param title what it measures, with the unit
   */
  public record Axis(String title, boolean logarithmic) {}

  /**
   * Points in the order in which a line joins them.
   *
   * @param colour a number from 0 on; lines of one number have one colour
   */
  public record Line(String label, int colour, boolean dashed, List<Double> x, List<Double> y) {
    /** Copies the lists, which must be as long as each other. */
    public Line {
      if (x.size() != y.size()) {
        throw new IllegalArgumentException(
            "expected as many x as y for %s, got %s and %s".formatted(label, x.size(), y.size()));
      }
      if (colour < 0) {
        throw new IllegalArgumentException("colour must be 0 or more, got " + colour);
      }
      x = List.copyOf(x);
      y = List.copyOf(y);
    }
  }

  /** How a chart is kept in a file. */
  public enum Format {
    /** Pixels. */
    PNG,
    /** Shapes, for any size. */
    SVG;

    String ending() {
      return "." + name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the list. */
  public Chart {
    lines = List.copyOf(lines);
  }

  /** Draws it. */
  void write(OutputStream out, Format format) throws IOException {
    XYChart chart = draw();
    switch (format) {
      case PNG -> BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG);
      case SVG ->
          VectorGraphicsEncoder.saveVectorGraphic(
              chart, out, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    }
  }

  private XYChart draw() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(x.title)
            .yAxisTitle(y.title)
            .theme(Styler.ChartTheme.Matlab)
            .build();
    chart
        .getStyler()
        .setXAxisLogarithmic(x.logarithmic)
        .setYAxisLogarithmic(y.logarithmic)
        .setLegendPosition(Styler.LegendPosition.OutsideE)
        .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 16))
        .setMarkerSize(8);
    // Ticks between the powers of ten too: a logarithmic axis here spans one or two of them.
    // Upright,
    // their labels have room; a formatting function would put them where a linear axis has them.
    chart
        .getStyler()
        .setXAxisLogarithmicDecadeOnly(false)
        .setYAxisLogarithmicDecadeOnly(false)
        .setXAxisLabelRotation(x.logarithmic ? 90 : 0)
        .setXAxisDecimalPattern(NUMBERS)
        .setYAxisDecimalPattern(NUMBERS)
        .setLocale(Locale.ROOT);
    for (Line line : lines) {
      XYSeries series =
          chart.addSeries(
              line.label,
              line.x.stream().mapToDouble(Double::doubleValue).toArray(),
              line.y.stream().mapToDouble(Double::doubleValue).toArray());
      Color colour = COLOURS.get(line.colour % COLOURS.size());
      series.setLineColor(colour);
      series.setMarkerColor(colour);
      series.setMarker(MARKERS.get(line.colour % MARKERS.size()));
      series.setLineStyle(
          line.dashed
              ? new BasicStroke(
                  2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, new float[] {7, 5}, 0)
              : new BasicStroke(2));
    }
    return chart;
  }
}
