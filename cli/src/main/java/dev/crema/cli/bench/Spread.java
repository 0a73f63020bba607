package dev.crema.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The median of some measurements, and how far they lie apart. */
record Spread(double median, double min, double max) {
  /** Of one measurement or more. */
  static Spread of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int upper = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[upper] : (sorted[upper - 1] + sorted[upper]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /** By their JSON names. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("median", median);
    map.put("min", min);
    map.put("max", max);
    return map;
  }

  /** As {@link #text}, with tenths where they matter. */
  String rate(String unit) {
    return text(median < 100 ? "%.1f" : "%,.0f", unit);
  }

  /**
   * The median, and in parentheses the least and the greatest if there are others.
   *
   * @param format of a number
   * @param unit what follows the median
   */
  String text(String format, String unit) {
    String range =
        min < max
            ? String.format(Locale.ROOT, " (" + format + " to " + format + ")", min, max)
            : "";
    return String.format(Locale.ROOT, format, median) + unit + range;
  }
}
