package dev.crema.train.study;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** How numbers are written, in any place of the world the same. */
final class Text {
  static final String NONE = "-";

  private Text() {}

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** A part of all images in hundredths. */
  static String percent(double part) {
    return text("%.2f", 100 * part);
  }

  static String or(OptionalDouble number, double scale, String format) {
    return number.isPresent() ? text(format, scale * number.getAsDouble()) : NONE;
  }

  /** As short as it can be: 0.001, not 1.0E-3. */
  static String number(double number) {
    return new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
  }

  static String seeds(List<Long> seeds) {
    return seeds.size() == 1
        ? "seed " + seeds.getFirst()
        : "seeds " + seeds.getFirst() + " to " + seeds.getLast();
  }

  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
