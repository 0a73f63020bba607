package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;

/** {@code y_k = x_k - log sum of e^x_j}; [features] to the same. */
public record LogSoftmax() implements Op {
  @Override
  public Shape output(Shape input) {
    return ShapeException.features(this, input);
  }

  @Override
  public String toString() {
    return "LogSoftmax()";
  }

  @Override
  public void lower(Lowering to) {
    Value in = to.input();
    Value out = to.output();
    Kernels kernels = to.kernels(Operator.LOG_SOFTMAX);
    int features = in.volume().channels();
    int vectors = in.volume().vectors();
    to.block(
        (m, work) -> kernels.logSoftmax(m, features, vectors, in.at(work), out.at(work)),
        in.buffer(),
        out.buffer());
    to.backward(() -> {
      if (to.needsInputGradient()) {
        Value dOut = to.outputGradient();
        Value dIn = to.inputGradient();
        to.block(
            (m, work) ->
                kernels.logSoftmaxBackward(
                    m, features, vectors, out.at(work), dOut.at(work), dIn.at(work)),
            out.buffer(),
            dOut.buffer(),
            dIn.buffer());
      }
    });
  }
}
