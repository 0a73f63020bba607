package dev.crema.studio.draw;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** How numbers are written, in any place of the world the same. */
public final class Numbers {
  private static final MathContext DIGITS = new MathContext(3, RoundingMode.HALF_UP);

  private Numbers() {}

  /** Formats as Java does, with decimal points. */
  public static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** With two decimals at most, as coordinates need no more. */
  static String plain(Number number) {
    double value = number.doubleValue();
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value)
            .setScale(2, RoundingMode.HALF_UP)
            .stripTrailingZeros()
            .toPlainString()
        : "0";
  }

  /** A place in a picture, with one decimal. */
  static String place(double value) {
    double tenths = Math.round(value * 10) / 10.0;
    return tenths == Math.rint(tenths) ? String.valueOf((long) tenths) : String.valueOf(tenths);
  }

  /** A whole number with its thousands apart. */
  public static String count(long number) {
    return text("%,d", number);
  }

  /** A part of a whole in %, with two decimals. */
  public static String percent(double part) {
    return text("%.2f %%", 100 * part);
  }

  /** Three significant digits, in little room: {@code 12.3}, {@code 1.05e-3}, {@code 61.7k}. */
  public static String brief(double value) {
    double size = Math.abs(value);
    if (!Double.isFinite(value)) {
      return String.valueOf(value);
    }
    if (value == 0 || (value == Math.rint(value) && size < 1e4)) {
      return String.valueOf((long) value);
    }
    if (size >= 1e9) {
      return digits(value / 1e9) + "G";
    }
    if (size >= 1e6) {
      return digits(value / 1e6) + "M";
    }
    if (size >= 1e4) {
      return digits(value / 1e3) + "k";
    }
    if (size >= 0.01) {
      return digits(value);
    }
    BigDecimal number = BigDecimal.valueOf(value).round(DIGITS);
    int exponent = number.precision() - number.scale() - 1;
    return exponent >= -3 && number.stripTrailingZeros().precision() == 1
        ? digits(value)
        : digits(number.scaleByPowerOfTen(-exponent).doubleValue()) + "e" + exponent;
  }

  private static String digits(double value) {
    return BigDecimal.valueOf(value).round(DIGITS).stripTrailingZeros().toPlainString();
  }
}
