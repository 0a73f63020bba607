package dev.crema.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Numbers over the steps of a training, drawn with the dots of braille: 2 x 4 to a letter. */
final class Curve {
  /** As many points as no terminal can tell apart. */
  private static final int MOST = 4096;

  private static final int LABEL = 9;

  /** The bits of the dots of a letter, [row][column]. */
  private static final int[][] DOTS = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

  private static final char NO_DOTS = '\u2800';

  private record Point(double step, double value) {
    /** The mean of some points, of which this is that of all but one. */
    Point mean(Point one, int count) {
      return new Point(step + (one.step - step) / count, value + (one.value - value) / count);
    }
  }

  /** Means of as many numbers each, the last of as many as came so far. */
  private final List<Point> points = new ArrayList<>();

  private int each = 1;
  private int inLast = 1;
  private OptionalDouble last = OptionalDouble.empty();

  /** Adds a number after the others; one that is not finite cannot be drawn, and is left out. */
  void add(double step, double value) {
    if (!Double.isFinite(value)) {
      return;
    }
    last = OptionalDouble.of(value);
    Point point = new Point(step, value);
    if (inLast < each) {
      points.add(points.removeLast().mean(point, ++inLast));
      return;
    }
    if (points.size() == MOST) {
      for (int i = 0; i < MOST / 2; i++) {
        points.set(i, points.get(2 * i).mean(points.get(2 * i + 1), 2));
      }
      points.subList(MOST / 2, MOST).clear();
      each *= 2;
    }
    points.add(point);
    inLast = 1;
  }

  /** Forgets what came from a step on: something better is coming. */
  void forgetFrom(double step) {
    points.removeIf(point -> point.step >= step);
    inLast = each;
  }

  boolean isEmpty() {
    return points.isEmpty();
  }

  /** The number that was added last. */
  OptionalDouble last() {
    return last;
  }

  /** The curve in lines of this many letters, with its greatest and least number at the left. */
  List<String> draw(int columns, int rows) {
    int letters = columns - LABEL - 1;
    if (isEmpty() || letters < 1 || rows < 1) {
      return List.of();
    }
    double[] heights = heights(2 * letters);
    double low = Arrays.stream(heights).filter(Double::isFinite).min().orElse(0);
    double high = Arrays.stream(heights).filter(Double::isFinite).max().orElse(0);
    int[][] dots = dots(heights, low, high, letters, rows);
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      String label = row == 0 ? label(high) : row == rows - 1 && low < high ? label(low) : "";
      StringBuilder line = new StringBuilder(" ".repeat(LABEL - label.length()) + label + " ");
      for (int letter : dots[row]) {
        line.append((char) (NO_DOTS | letter));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  /** The mean of the points in each column of dots; NaN where there are none. */
  private double[] heights(int width) {
    double first = points.getFirst().step;
    double span = points.getLast().step - first;
    double[] sums = new double[width];
    int[] counts = new int[width];
    for (Point point : points) {
      int x = span > 0 ? (int) Math.round((point.step - first) / span * (width - 1)) : 0;
      sums[x] += point.value;
      counts[x]++;
    }
    for (int x = 0; x < width; x++) {
      sums[x] /= counts[x]; // 0 / 0 is NaN
    }
    return sums;
  }

  /** The letters' dots: what the columns have, and lines between them. */
  private static int[][] dots(double[] heights, double low, double high, int letters, int rows) {
    int[][] dots = new int[rows][letters];
    int bottom = 4 * rows - 1;
    int lastX = 0;
    int lastY = -1;
    for (int x = 0; x < heights.length; x++) {
      if (Double.isNaN(heights[x])) {
        continue;
      }
      double part = high > low ? (heights[x] - low) / (high - low) : 0.5;
      int y = bottom - (int) Math.round(part * bottom);
      int steps = lastY < 0 ? 0 : Math.max(x - lastX, Math.abs(y - lastY));
      for (int i = 0; i <= steps; i++) {
        int dotX = steps == 0 ? x : lastX + Math.round((float) (x - lastX) * i / steps);
        int dotY = steps == 0 ? y : lastY + Math.round((float) (y - lastY) * i / steps);
        dots[dotY / 4][dotX / 2] |= DOTS[dotY % 4][dotX % 2];
      }
      lastX = x;
      lastY = y;
    }
    return dots;
  }

  private static String label(double number) {
    String text = String.format(Locale.ROOT, "%.3g", number);
    return text.length() > LABEL ? text.substring(0, LABEL) : text;
  }
}
