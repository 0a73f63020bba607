package dev.crema.nn;

import dev.crema.engine.Kernels;

/** [channels, height, width] to [features], in this order. */
public record Flatten() implements Op {
  @Override
  public Shape output(Shape input) {
    return Shape.features(input.size());
  }

  @Override
  public String toString() {
    return "Flatten()";
  }

  @Override
  public void lower(Lowering to) {
    Value in = to.input();
    Value out = to.output();
    Kernels kernels = to.kernels();
    to.block(
        (m, work) -> kernels.copy(m, in.volume(), in.at(work), out.volume(), out.at(work)),
        in.buffer(),
        out.buffer());
    to.backward(() -> {
      if (to.needsInputGradient()) {
        Value dOut = to.outputGradient();
        Value dIn = to.inputGradient();
        to.block(
            (m, work) -> kernels.copy(m, dOut.volume(), dOut.at(work), dIn.volume(), dIn.at(work)),
            dOut.buffer(),
            dIn.buffer());
      }
    });
  }
}
