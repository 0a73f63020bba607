package dev.crema.nn;

import dev.crema.engine.Kernels;

/** {@code y = x}, the empty branch of a residual block. */
public record Identity() implements Op {
  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public String toString() {
    return "Identity()";
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
