package dev.crema.cli;

import dev.crema.engine.Engine;
import dev.crema.nn.Peak;
import java.util.Locale;

/** How long trainings take, before anything is measured: right within a factor of three. */
final class Estimate {
  /** The part of the peak that most networks train at; see {@code crema bench}. */
  static final double USUAL_PART = 0.4;

  private Estimate() {}

  /** The floating-point operations of a training that this machine does in a second. */
  static double rate(int threads) {
    try (Engine engine = new Engine(threads)) {
      return USUAL_PART * Peak.gflops(engine) * 1e9;
    }
  }

  /** Seconds, in the unit that suits them. */
  static String duration(double seconds) {
    return seconds < 90
        ? String.format(Locale.ROOT, "%.0f s", Math.max(1, seconds))
        : seconds < 5400
            ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
            : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
