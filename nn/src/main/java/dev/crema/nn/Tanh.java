package dev.crema.nn;

import dev.crema.engine.Activation;
import java.util.Optional;

/** {@code y = tanh x}; any shape to the same. */
public record Tanh() implements Op {
  @Override
  public Shape output(Shape input) {
    return input;
  }

  @Override
  public String toString() {
    return "Tanh()";
  }

  @Override
  public Optional<Activation> activation() {
    return Optional.of(Activation.TANH);
  }

  @Override
  public void lower(Lowering to) {
    to.activation(Activation.TANH);
  }
}
