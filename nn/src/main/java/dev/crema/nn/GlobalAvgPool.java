package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;

/** The mean of each channel: [channels, height, width] to [channels]. */
public record GlobalAvgPool() implements Op {
  @Override
  public Shape output(Shape input) {
    return Shape.features(ShapeException.image(this, input).channels());
  }

  @Override
  public String toString() {
    return "GlobalAvgPool()";
  }

  @Override
  public boolean readsOutputBackward() {
    return false;
  }

  @Override
  public void lower(Lowering to) {
    Value in = to.input();
    Value out = to.output();
    Kernels kernels = to.kernels(Operator.GLOBAL_AVERAGE_POOL);
    to.block(
        (m, work) ->
            kernels.globalAveragePool(m, in.volume(), in.at(work), out.volume(), out.at(work)),
        in.buffer(),
        out.buffer());
    to.backward(() -> {
      if (to.needsInputGradient()) {
        Value dOut = to.outputGradient();
        Value dIn = to.inputGradient();
        to.block(
            (m, work) ->
                kernels.globalAveragePoolBackward(
                    m, dOut.volume(), dOut.at(work), dIn.volume(), dIn.at(work)),
            dOut.buffer(),
            dIn.buffer());
      }
    });
  }
}
