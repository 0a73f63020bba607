package dev.crema.cli;

import dev.crema.train.Event.Started;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/** How far a training is, and how long the rest will take at the pace since it was first seen. */
final class Pace {
  private final Started started;
  private final LongSupplier nanos;
  private long firstStep = -1;
  private long firstNanos;
  private long step;
  private long stepNanos;

  Pace(Started started, LongSupplier nanos) {
    this.started = started;
    this.nanos = nanos;
    step = started.step();
  }

  /** Notes that a step is done. */
  void reached(long step) {
    this.step = step;
    stepNanos = nanos.getAsLong();
    if (firstStep < 0) {
      firstStep = step;
      firstNanos = stepNanos;
    }
  }

  /** Where in which epoch it is. */
  String where() {
    if (started.stepsPerEpoch() < 1) {
      return text("step %,d", step);
    }
    // counted from the steps: at its last step an epoch may count as done or not
    long before = Math.max(0, step - 1);
    return text(
        "epoch %d/%d  step %,d/%,d",
        before / started.stepsPerEpoch() + 1,
        started.epochs(),
        before % started.stepsPerEpoch() + 1,
        started.stepsPerEpoch());
  }

  /** How much of it is done, from 0 to 1. */
  double done() {
    long all = started.epochs() * started.stepsPerEpoch();
    return all < 1 ? 0 : Math.min(1, (double) step / all);
  }

  /** How long it will still take, such as {@code 1:05}, once that can be said. */
  Optional<String> left() {
    long steps = step - firstStep;
    long toGo = started.epochs() * started.stepsPerEpoch() - step;
    if (firstStep < 0 || steps < 1 || toGo < 0) {
      return Optional.empty();
    }
    return Optional.of(clock(Math.round((stepNanos - firstNanos) / 1e9 * toGo / steps)));
  }

  /** Seconds as people read them. */
  static String clock(long seconds) {
    return seconds < 3600
        ? text("%d:%02d", seconds / 60, seconds % 60)
        : text("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
