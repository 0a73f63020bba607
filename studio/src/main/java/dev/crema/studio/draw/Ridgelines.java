package dev.crema.studio.draw;

import java.util.ArrayList;
import java.util.List;

/**
 * Histograms one behind the other, the first at the back: how a distribution moves. Each is scaled
 * to its own peak, and the outermost 0.2 % of numbers on each side are cut.
 */
public final class Ridgelines {
  private static final double WIDTH = 420;
  private static final double LEFT = 54;
  private static final double RIGHT = 14;
  private static final double TOP = 26;
  private static final double PEAK = 38;
  private static final double APART = 11;
  private static final double CUT = 0.002;
  private static final int POINTS = 90;
  private static final int FEWEST_BINS = 16;

  private Ridgelines() {}

  /**
   * A histogram.
   *
   * @param name what stands beside it
   * @param low where its first bin begins
   * @param high where its last bin ends
   * @param counts of equally wide bins
   */
  public record Ridge(String name, double low, double high, List<Integer> counts) {
    /** The same with fewer, wider bins where most bins would hold no number or one. */
    private Ridge legible() {
      int numbers = counts.stream().mapToInt(n -> n).sum();
      if (counts.size() <= FEWEST_BINS || counts.size() % 2 > 0 || counts.size() * 8 <= numbers) {
        return this;
      }
      List<Integer> pairs = new ArrayList<>();
      for (int i = 0; i < counts.size(); i += 2) {
        pairs.add(counts.get(i) + counts.get(i + 1));
      }
      return new Ridge(name, low, high, pairs).legible();
    }

    private double binWidth() {
      return (high - low) / counts.size();
    }

    private boolean isSpike() {
      return !(binWidth() > 0);
    }

    /** Where this part of the numbers lies below. */
    private double quantile(double part) {
      double all = counts.stream().mapToInt(n -> n).sum();
      double sum = 0;
      for (int i = 0; i < counts.size(); i++) {
        sum += counts.get(i);
        if (sum > part * all) {
          return low + i * binWidth();
        }
      }
      return high;
    }

    private double upperQuantile(double part) {
      Ridge mirrored = new Ridge(name, -high, -low, counts.reversed());
      return -mirrored.quantile(part);
    }

    /** The count at a number, interpolated between the middles of bins. */
    private double at(double number) {
      double place = (number - low) / binWidth() - 0.5;
      int below = (int) Math.floor(place);
      double part = place - below;
      return (1 - part) * count(below) + part * count(below + 1);
    }

    private int count(int bin) {
      return bin < 0 || bin >= counts.size() ? 0 : counts.get(bin);
    }
  }

  /**
   * Draws them.
   *
   * @param histograms at least one, the oldest first
   */
  public static Element svg(String title, List<Ridge> histograms) {
    List<Ridge> ridges = histograms.stream().map(Ridge::legible).toList();
    double low = ridges.stream().mapToDouble(r -> r.quantile(CUT)).min().orElseThrow();
    double high = ridges.stream().mapToDouble(r -> r.upperQuantile(CUT)).max().orElseThrow();
    Scale scale =
        high > low
            ? new Scale(low - 0.03 * (high - low), high + 0.03 * (high - low), false)
            : new Scale(low - 1, low + 1, false);
    double bottom = TOP + PEAK + (ridges.size() - 1) * APART;
    Element svg = Svg.picture(title, WIDTH, bottom + 26);
    svg.add(Svg.text(LEFT, 14, "start", title, "title"));
    for (double tick : scale.ticks()) {
      double x = x(scale.at(tick));
      svg.add(Svg.line(x, TOP, x, bottom, "grid"))
          .add(Svg.text(x, bottom + 16, "middle", Numbers.brief(tick), "tick"));
    }
    int every = Math.ceilDiv(ridges.size(), 10);
    for (int i = 0; i < ridges.size(); i++) {
      double base = TOP + PEAK + i * APART;
      svg.add(Svg.path(outline(ridges.get(i), scale, base), "ridge"));
      boolean last = i == ridges.size() - 1;
      if (last || (i % every == 0 && ridges.size() - 1 - i >= every)) {
        svg.add(Svg.text(LEFT - 6, base + 3, "end", ridges.get(i).name(), "tick"));
      }
    }
    return svg;
  }

  private static double x(double part) {
    return LEFT + part * (WIDTH - LEFT - RIGHT);
  }

  private static String outline(Ridge ridge, Scale scale, double base) {
    List<double[]> points = new ArrayList<>();
    if (ridge.isSpike()) {
      double x = x(scale.at(ridge.low()));
      points.add(new double[] {x(0), 0});
      points.add(new double[] {x - 1, 0});
      points.add(new double[] {x, 1});
      points.add(new double[] {x + 1, 0});
      points.add(new double[] {x(1), 0});
    } else {
      double peak = ridge.counts().stream().mapToInt(n -> n).max().orElseThrow();
      for (int i = 0; i <= POINTS; i++) {
        double part = (double) i / POINTS;
        double number = scale.low() + part * (scale.high() - scale.low());
        points.add(new double[] {x(part), Math.min(1, ridge.at(number) / peak)});
      }
    }
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      path.append(path.isEmpty() ? "M" : "L")
          .append(Numbers.place(point[0]))
          .append(' ')
          .append(Numbers.place(base - point[1] * PEAK));
    }
    return path.toString();
  }
}
