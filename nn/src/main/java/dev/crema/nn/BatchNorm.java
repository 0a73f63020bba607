package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import java.util.List;

/**
 * Batch normalisation (Ioffe and Szegedy, 2015): {@code y = weight * (x - mean) / sqrt(var + eps) +
 * bias}, with mean and variance of each channel over the batch in training, running ones after.
 *
 * <p>Shapes: any to the same; weight, bias, running_mean and running_var [channels].
 *
 * @param eps added to the variance
 * @param momentum the share of each batch in the running statistics
 */
public record BatchNorm(double eps, double momentum) implements Op {
  /** Validates the numbers. */
  public BatchNorm {
    // as the kernel computes: 0 as a float would divide by zero
    if (!((float) eps > 0 && (float) eps < Float.POSITIVE_INFINITY)
        || !(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException(
          "eps must be positive and finite as a float and momentum in [0, 1], got %s and %s"
              .formatted(eps, momentum));
    }
  }

  /** PyTorch's numbers: eps 1e-5, momentum 0.1. */
  public BatchNorm() {
    this(1e-5, 0.1);
  }

  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public List<Parameter> parameters(Shape input) {
    int channels = input.channels();
    Initializer zero = new Initializer.Constant(0);
    Initializer one = new Initializer.Constant(1);
    return List.of(
        Parameter.vector("weight", channels, one, 1, true),
        Parameter.vector("bias", channels, zero, 1, true),
        Parameter.vector("running_mean", channels, zero, 1, false),
        Parameter.vector("running_var", channels, one, 1, false));
  }

  @Override
  public String toString() {
    return "BatchNorm()";
  }

  @Override
  public boolean readsOutputBackward() {
    return false;
  }

  @Override
  public void lower(Lowering to) {
    NormPlan plan = new NormPlan(to, this);
    Value in = to.input();
    Value out = to.output();
    Kernels kernels = to.kernels(Operator.NORM);
    int channels = in.volume().channels();
    if (to.isTraining()) {
      Buffer partial = to.blockBuffer(2L * channels * in.volume().cell());
      to.block(
          (m, work) ->
              kernels.normStatistics(
                  m, in.volume(), in.at(work), to.mask().at(work), partial.at(work)),
          in.buffer(),
          to.mask(),
          partial);
      to.tiles(
          plan.overChannels(
              partial,
              (m, channel, partials) -> kernels.normFinish(m, channel, partials, plan.norm())),
          partial);
    } else {
      to.beforehand(plan.fromRunning());
    }
    to.block(
        (m, work) ->
            kernels.normalize(m, in.volume(), in.at(work), out.volume(), out.at(work), plan.norm()),
        in.buffer(),
        out.buffer());
    to.backward(() -> lowerBackward(to, plan));
  }

  private void lowerBackward(Lowering to, NormPlan plan) {
    Value in = to.input();
    Value dOut = to.outputGradient();
    Kernels kernels = to.kernels(Operator.NORM);
    Frame frame = to.frame();
    Buffer partial = to.blockBuffer(2L * in.volume().channels() * in.volume().cell());
    to.block(
        (m, work) ->
            kernels.normBackwardStatistics(
                m,
                in.volume(),
                in.at(work),
                dOut.volume(),
                dOut.at(work),
                plan.norm(),
                partial.at(work)),
        in.buffer(),
        dOut.buffer(),
        partial);
    to.tiles(
        plan.overChannels(
            partial,
            (m, channel, partials) ->
                kernels.normBackwardFinish(m, channel, partials, plan.norm())),
        partial);
    if (to.needsInputGradient()) {
      Value dIn = to.inputGradient();
      to.block(
          (m, work) ->
              kernels.normBackward(
                  m,
                  in.volume(),
                  in.at(work),
                  dOut.volume(),
                  dOut.at(work),
                  dIn.volume(),
                  dIn.at(work),
                  plan.norm(),
                  (long) frame.images() * in.volume().cells(),
                  to.mask().at(work)),
          in.buffer(),
          dOut.buffer(),
          dIn.buffer(),
          to.mask());
    }
  }
}
