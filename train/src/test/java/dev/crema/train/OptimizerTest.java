package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.Optimizer.Sgd;
import org.junit.jupiter.api.Test;

class OptimizerTest {
  @Test
  void namesItsSlots() {
    assertThat(Optimizer.sgd(0.1).slots()).isEmpty();
    assertThat(Optimizer.sgd(0.1).momentum(0.9).slots()).containsExactly("momentum");
    assertThat(Optimizer.adam(1e-3).slots()).containsExactly("m", "v");
    assertThat(Optimizer.adamW(1e-3).slots()).containsExactly("m", "v");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> Optimizer.sgd(0))
        .hasMessage("lr must be more than 0 and finite, got 0.0");
    assertThatThrownBy(() -> Optimizer.adam(Double.NaN)).hasMessageContaining("lr");
    assertThatThrownBy(() -> Optimizer.adam(1e-3).l2(-1)).hasMessageContaining("l2");
    assertThatThrownBy(() -> Optimizer.adamW(1e-3).weightDecay(-1))
        .hasMessageContaining("weightDecay");
    assertThatThrownBy(() -> Optimizer.sgd(0.1).momentum(1)).hasMessageContaining("momentum");
    assertThatThrownBy(() -> new Sgd(0.1, 0, true, 0)).hasMessageContaining("nesterov");
  }
}
