package dev.crema.studio.draw;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * How numbers lie along an axis.
 *
 * @param low the number at its beginning
 * @param high the number at its end, above that
 * @param log whether equal ways are equal factors
 */
record Scale(double low, double high, boolean log) {
  private static final int TICKS = 5;

  /** The scale that shows all these numbers; those that are not finite or fit no log are left. */
  static Scale of(DoubleStream numbers, boolean log) {
    double[] shown = numbers.filter(x -> Double.isFinite(x) && (!log || x > 0)).sorted().toArray();
    if (shown.length == 0) {
      return new Scale(log ? 1 : 0, log ? 10 : 1, log);
    }
    double low = shown[0];
    double high = shown[shown.length - 1];
    if (log) {
      return new Scale(low / 1.3, high * 1.3, true);
    }
    if (low == high) {
      return low == 0
          ? new Scale(-1, 1, false)
          : new Scale(Math.min(0, 2 * low), Math.max(0, 2 * low), false);
    }
    double margin = (high - low) * 0.04;
    return new Scale(low - margin, high + margin, false);
  }

  /** The same between other ends. */
  Scale within(double least, double most) {
    return new Scale(Math.max(low, least), Math.min(high, most), log);
  }

  /** Where a number lies, from 0 at the beginning to 1 at the end. */
  double at(double number) {
    return log ? Math.log(number / low) / Math.log(high / low) : (number - low) / (high - low);
  }

  /** Whether a number can be shown. */
  boolean has(double number) {
    return Double.isFinite(number) && (!log || number > 0);
  }

  /** Round numbers along it, a few. */
  List<Double> ticks() {
    return log ? logTicks() : linearTicks();
  }

  /** The same without those between whole numbers. */
  List<Double> wholeTicks() {
    return ticks().stream().filter(tick -> tick == Math.rint(tick)).toList();
  }

  private List<Double> linearTicks() {
    double rough = (high - low) / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step =
        power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
    List<Double> ticks = new ArrayList<>();
    for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
      ticks.add(
          new BigDecimal(step)
              .multiply(BigDecimal.valueOf(i))
              .round(MathContext.DECIMAL32)
              .doubleValue());
    }
    return ticks;
  }

  private List<Double> logTicks() {
    List<Double> ticks = new ArrayList<>();
    int first = (int) Math.floor(Math.log10(low));
    int last = (int) Math.ceil(Math.log10(high));
    int every = Math.max(1, (last - first) / TICKS);
    for (int exponent = first; exponent <= last; exponent += every) {
      for (int digit : last - first > 2 ? new int[] {1} : new int[] {1, 2, 5}) {
        double tick = digit * Math.pow(10, exponent);
        if (tick >= low && tick <= high) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }
}
