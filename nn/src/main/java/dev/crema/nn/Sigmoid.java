package dev.crema.nn;

import dev.crema.engine.Activation;
import java.util.Optional;

/** {@code y = 1 / (1 + e^-x)}; any shape to the same. */
public record Sigmoid() implements Op {
  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public String toString() {
    return "Sigmoid()";
  }

  @Override
  public Optional<Activation> activation() {
    return Optional.of(Activation.SIGMOID);
  }

  @Override
  public void lower(Lowering to) {
    to.activation(Activation.SIGMOID);
  }
}
