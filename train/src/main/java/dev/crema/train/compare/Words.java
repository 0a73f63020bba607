package dev.crema.train.compare;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** How numbers and verdicts are written, in any place of the world the same. */
final class Words {
  private Words() {}

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** A difference of accuracies in points, hundredths of all images. */
  static String points(double part) {
    return text("%.2f", 100 * part);
  }

  static String p(double p) {
    return p < 0.0001 ? "<0.0001" : text("%.4f", p);
  }

  /** Who beats whom, and by how much. */
  static String beats(Difference difference) {
    return text(
        "%s beats %s by %s",
        leader(difference), other(difference), points(Math.abs(difference.mean())));
  }

  /** Who leads, and by how much. */
  static String leads(Difference difference) {
    return text("%s leads by %s", leader(difference), points(Math.abs(difference.mean())));
  }

  /** The time of the leader by the other's. */
  static String time(Difference difference) {
    OptionalDouble ratio = difference.timeRatio();
    if (ratio.isEmpty()) {
      return "";
    }
    double times = difference.mean() < 0 ? 1 / ratio.getAsDouble() : ratio.getAsDouble();
    return text(times < 0.1 ? " at %.2fx the time" : " at %.1fx the time", times);
  }

  private static String leader(Difference difference) {
    return difference.mean() < 0 ? difference.second() : difference.first();
  }

  private static String other(Difference difference) {
    return difference.mean() < 0 ? difference.first() : difference.second();
  }

  /** What the JSON of every difference begins with. */
  static Map<String, Object> map(Difference difference, String test) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("first", difference.first());
    map.put("second", difference.second());
    map.put("test", test);
    map.put("mean", difference.mean());
    map.put("p", difference.p());
    map.put("corrected_p", difference.corrected());
    map.put("distinguishable", difference.isReal());
    difference.timeRatio().ifPresent(ratio -> map.put("time_ratio", ratio));
    map.put("verdict", difference.verdict());
    return map;
  }
}
