package dev.crema.train;

import java.util.Objects;

/**
 * How the learning rate changes while training: at each step it is the optimiser's {@code lr} times
 * {@link #factor}.
 *
 * <p>A schedule is a pure function of the step, so that a resumed run needs no state for it.
 */
public sealed interface Schedule {
  /** What a schedule counts as its time {@code t}. */
  enum Unit {
    /** t is the number of optimiser steps done. */
    STEP,
    /** t is the number of whole epochs done, so the rate changes between epochs only. */
    EPOCH;

    private long time(long step, long stepsPerEpoch) {
      return this == STEP ? step : step / stepsPerEpoch;
    }
  }

  /**
   * What the learning rate is multiplied by at one step.
   *
   * @param step the number of steps done before it, from 0
   * @param totalSteps the steps of the whole training, at least 1
   * @param stepsPerEpoch the steps of one epoch, at least 1
   */
  double factor(long step, long totalSteps, long stepsPerEpoch);

  /** The learning rate as it is: 1. */
  record Constant() implements Schedule {
    @Override
    public double factor(long step, long totalSteps, long stepsPerEpoch) {
      check(step, totalSteps, stepsPerEpoch);
      return 1;
    }
  }

  /**
   * Exponential decay: {@code exp(-k t)}; PyTorch's {@code ExponentialLR} with {@code gamma =
   * exp(-k)}.
   *
   * @param k the decay per unit of time, at least 0
   * @param unit what t counts
   */
  record Exponential(double k, Unit unit) implements Schedule {
    public Exponential {
      Objects.requireNonNull(unit, "unit");
      if (!(k >= 0 && k < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("k must be 0 or more and finite, got " + k);
      }
    }

    @Override
    public double factor(long step, long totalSteps, long stepsPerEpoch) {
      check(step, totalSteps, stepsPerEpoch);
      return StrictMath.exp(-k * unit.time(step, stepsPerEpoch));
    }
  }

  /**
   * Steps down: {@code k^floor(t / every)}; PyTorch's {@code StepLR} with {@code gamma = k}.
   *
   * @param k what each step down multiplies by, in (0, 1]
   * @param every the units of time between two of them, at least 1
   * @param unit what t counts
   */
  record Step(double k, long every, Unit unit) implements Schedule {
    public Step {
      Objects.requireNonNull(unit, "unit");
      if (!(k > 0 && k <= 1)) {
        throw new IllegalArgumentException("k must lie in (0, 1], got " + k);
      }
      if (every < 1) {
        throw new IllegalArgumentException("every must be 1 or more, got " + every);
      }
    }

    @Override
    public double factor(long step, long totalSteps, long stepsPerEpoch) {
      check(step, totalSteps, stepsPerEpoch);
      return StrictMath.pow(k, unit.time(step, stepsPerEpoch) / every);
    }
  }

  /**
   * Half a cosine from 1 down to {@code min} (Loshchilov and Hutter, 2017, "SGDR", without
   * restarts): {@code min + (1 - min) (1 + cos(pi t / T)) / 2}, T the whole training; PyTorch's
   * {@code CosineAnnealingLR} with {@code T_max = T}.
   *
   * @param min where it ends, in [0, 1]
   * @param unit what t and T count
   */
  record Cosine(double min, Unit unit) implements Schedule {
    public Cosine {
      Objects.requireNonNull(unit, "unit");
      if (!(min >= 0 && min <= 1)) {
        throw new IllegalArgumentException("min must lie in [0, 1], got " + min);
      }
    }

    @Override
    public double factor(long step, long totalSteps, long stepsPerEpoch) {
      check(step, totalSteps, stepsPerEpoch);
      long whole = Math.max(1, unit.time(totalSteps, stepsPerEpoch));
      double part = Math.min(1, (double) unit.time(step, stepsPerEpoch) / whole);
      return between(1, min, part);
    }
  }

  /**
   * One cycle (Smith and Topin, 2018, "Super-convergence"): by half cosines up from {@code 1 / div}
   * to 1, which is the optimiser's rate, then down to {@code 1 / (div finalDiv)}; PyTorch's {@code
   * OneCycleLR} with {@code three_phase=False}, the momentum left alone.
   *
   * @param rise the part of all steps that goes up, in (0, 1)
   * @param div the highest rate over the first, at least 1
   * @param finalDiv the first rate over the last, at least 1
   */
  record OneCycle(double rise, double div, double finalDiv) implements Schedule {
    public OneCycle {
      if (!(rise > 0 && rise < 1)) {
        throw new IllegalArgumentException("rise must lie in (0, 1), got " + rise);
      }
      if (!(div >= 1 && div < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("div must be 1 or more and finite, got " + div);
      }
      if (!(finalDiv >= 1 && finalDiv < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "finalDiv must be 1 or more and finite, got " + finalDiv);
      }
    }

    /** PyTorch's defaults: three tenths up, from a 25th, down to a 250,000th. */
    public OneCycle() {
      this(0.3, 25, 1e4);
    }

    @Override
    public double factor(long step, long totalSteps, long stepsPerEpoch) {
      check(step, totalSteps, stepsPerEpoch);
      // The peak may lie between two steps, and in a very short training before the first.
      double peak = Math.max(0, rise * totalSteps - 1);
      double last = Math.max(peak, totalSteps - 1);
      if (step < peak) {
        return between(1 / div, 1, step / peak);
      }
      double part = last > peak ? Math.min(1, (step - peak) / (last - peak)) : 0;
      return between(1, 1 / (div * finalDiv), part);
    }
  }

  /**
   * A linear rise, {@code (step + 1) / (w + 1)} for its w steps, and then another schedule that
   * starts there (Goyal et al., 2017, "Accurate, large minibatch SGD"); PyTorch's {@code LinearLR}
   * with {@code start_factor = 1 / (w + 1)} and {@code total_iters = w} in a {@code SequentialLR}.
   * It rises at every step whatever the unit.
   *
   * @param length how long it rises, at least 1 and at most {@link Integer#MAX_VALUE}
   * @param unit what the length counts
   * @param then what follows; its time and its whole training count from the end of the rise
   */
  record Warmup(long length, Unit unit, Schedule then) implements Schedule {
    public Warmup {
      Objects.requireNonNull(unit, "unit");
      Objects.requireNonNull(then, "then");
      if (length < 1 || length > Integer.MAX_VALUE) { // its steps fit a long, whatever the epochs
        throw new IllegalArgumentException(
            "length must be 1 to %s, got %s".formatted(Integer.MAX_VALUE, length));
      }
      if (then instanceof OneCycle || then instanceof Warmup) {
        throw new IllegalArgumentException("then must not rise itself, got " + then);
      }
    }

    @Override
    public double factor(long step, long totalSteps, long stepsPerEpoch) {
      check(step, totalSteps, stepsPerEpoch);
      long rise = unit == Unit.STEP ? length : length * stepsPerEpoch;
      return step < rise
          ? (step + 1) / (rise + 1.0)
          : then.factor(step - rise, Math.max(1, totalSteps - rise), stepsPerEpoch);
    }
  }

  private static void check(long step, long totalSteps, long stepsPerEpoch) {
    if (step < 0 || totalSteps < 1 || stepsPerEpoch < 1 || stepsPerEpoch > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "expected a step from 0 on, totalSteps from 1 on and stepsPerEpoch of 1 to %s, got %s, %s and %s"
              .formatted(Integer.MAX_VALUE, step, totalSteps, stepsPerEpoch));
    }
  }

  // StrictMath here and above: a run gives the same bits on every machine.
  private static double between(double from, double to, double part) {
    return to + (from - to) * (1 + StrictMath.cos(Math.PI * part)) / 2;
  }
}
