package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.engine.Engine;
import org.junit.jupiter.api.Test;

class ProgramTest {
  /** Training reuses the memory of the outputs, so there is nothing true to hand out. */
  @Test
  void handsOutOutputsOnlyWhereItKeepsThem() {
    try (Engine engine = new Engine(1)) {
      Program inference = program(Mode.INFER, engine);
      assertThat(inference.output(0)).hasSize(3);
      Program training = program(Mode.TRAIN, engine);
      assertThatThrownBy(() -> training.output(0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("does not keep its outputs");
    }
  }

  private static Program program(Mode mode, Engine engine) {
    Net net = new Dense(3);
    return new Program(Graph.of(net, Shape.features(4)), Loss.of(net), mode, 2, 0, engine);
  }
}
