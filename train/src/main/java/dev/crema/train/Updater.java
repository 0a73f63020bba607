package dev.crema.train;

import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import dev.crema.nn.Program;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Runs an optimiser's rule with this step's learning rate and gradient scale. */
public final class Updater implements Program.Update {
  private final Optimizer optimizer;
  private double rate;
  private float gradientScale = 1;
  private double correction1 = 1;
  private double correction2 = 1;

  /** Runs this rule; the program needs as many slots as it names. */
  public Updater(Optimizer optimizer) {
    this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
  }

  /**
   * Prepares a step.
   *
   * @param rate the learning rate, at least 0
   * @param gradientScale what every gradient is multiplied by, at least 0, and 1 unless clipped
   * @param step the number of the step, from 1
   */
  public void set(double rate, double gradientScale, long step) {
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("rate must be 0 or more and finite, got " + rate);
    }
    if (!(gradientScale >= 0 && gradientScale < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "gradientScale must be 0 or more and finite, got " + gradientScale);
    }
    if (step < 1) {
      throw new IllegalArgumentException("step must be 1 or more, got " + step);
    }
    this.rate = rate;
    this.gradientScale = (float) gradientScale;
    switch (optimizer) {
      case Optimizer.Sgd sgd -> {}
      case Optimizer.Adam adam -> correct(adam.beta1(), adam.beta2(), step);
      case Optimizer.AdamW adam -> correct(adam.beta1(), adam.beta2(), step);
    }
  }

  /** Works out Adam's corrections for means that began at zero, once for all weights. */
  private void correct(double beta1, double beta2, long step) {
    correction1 = 1 - StrictMath.pow(beta1, step);
    correction2 = 1 - StrictMath.pow(beta2, step);
  }

  /** The kernels that this uses. */
  public Operator operator() {
    return switch (optimizer) {
      case Optimizer.Sgd sgd -> sgd.momentum() > 0 ? Operator.MOMENTUM : Operator.SGD;
      case Optimizer.Adam adam -> Operator.ADAM;
      case Optimizer.AdamW adam -> Operator.ADAM;
    };
  }

  @Override
  public void run(
      Kernels kernels,
      MemorySegment memory,
      long bytes,
      long weight,
      long gradient,
      long slot,
      long slots) {
    switch (optimizer) {
      case Optimizer.Sgd sgd ->
          kernels.sgd(
              memory,
              bytes,
              weight,
              gradient,
              slot,
              (float) rate,
              (float) sgd.momentum(),
              sgd.nesterov(),
              (float) sgd.weightDecay(),
              gradientScale);
      case Optimizer.Adam adam ->
          kernels.adam(
              memory,
              bytes,
              weight,
              gradient,
              slot,
              slot + slots,
              rate,
              adam.beta1(),
              adam.beta2(),
              adam.eps(),
              adam.l2(),
              0,
              correction1,
              correction2,
              gradientScale);
      case Optimizer.AdamW adam ->
          kernels.adam(
              memory,
              bytes,
              weight,
              gradient,
              slot,
              slot + slots,
              rate,
              adam.beta1(),
              adam.beta2(),
              adam.eps(),
              0,
              adam.weightDecay(),
              correction1,
              correction2,
              gradientScale);
    }
  }
}
