package dev.crema.nn;

import dev.crema.engine.Activation;
import java.util.Optional;

/** {@code y = max(x, 0)}; any shape to the same. */
public record Relu() implements Op {
  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public String toString() {
    return "Relu()";
  }

  @Override
  public Optional<Activation> activation() {
    return Optional.of(Activation.RELU);
  }

  @Override
  public void lower(Lowering to) {
    to.activation(Activation.RELU);
  }
}
