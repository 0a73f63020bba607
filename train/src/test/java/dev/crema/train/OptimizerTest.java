package dev.crema.train;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.engine.Kernels;
import dev.crema.train.Optimizer.Adam;
import dev.crema.train.Optimizer.Sgd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OptimizerTest {
  private static final int NUMBERS = 64;
  private static final int STEPS = 5;

  private static final Map<String, Optimizer> LIKE_PYTORCH =
      Map.ofEntries(
          Map.entry("sgd", Optimizer.sgd(0.1)),
          Map.entry("sgd, weight decay", Optimizer.sgd(0.1).weightDecay(0.01)),
          Map.entry("sgd, momentum", Optimizer.sgd(0.1).momentum(0.9)),
          Map.entry(
              "sgd, momentum, weight decay", Optimizer.sgd(0.1).momentum(0.9).weightDecay(0.01)),
          Map.entry("sgd, nesterov", Optimizer.sgd(0.1).nesterov(0.9)),
          Map.entry(
              "sgd, nesterov, weight decay", Optimizer.sgd(0.1).nesterov(0.8).weightDecay(0.01)),
          Map.entry("adam", Optimizer.adam(0.01)),
          Map.entry("adam, l2", Optimizer.adam(0.01).l2(0.01)),
          Map.entry("adam, other", new Adam(0.02, 0.8, 0.95, 1e-4, 0)),
          Map.entry("adamw", Optimizer.adamW(0.01)),
          Map.entry("adamw, other decay", Optimizer.adamW(0.01).weightDecay(0.1)));

  static List<String> names() throws IOException {
    return List.copyOf(pytorch().keySet());
  }

  /** Made by optimizers.py beside it, which has the numbers below too. */
  private static Map<String, Object> pytorch() throws IOException {
    try (var in = OptimizerTest.class.getResourceAsStream("optimizers.json")) {
      return JSON.std.mapFrom(in);
    }
  }

  private static float weight(int i) {
    return i % 3 == 0 ? 0 : (i * 5 % 17 - 8) / 8f;
  }

  /** Gradients of about 1, 1e-3, Adam's eps, and 0. */
  private static float gradient(int step, int i) {
    float scale = new float[] {1, 0x1p-10f, 0x1p-27f, 0}[i % 4];
    return (i * 7 + step * 5) % 23 * scale / 8 - scale;
  }

  @ParameterizedTest
  @MethodSource("names")
  void agreesWithPytorchAtEveryStep(String name) throws IOException {
    Optimizer optimizer = Objects.requireNonNull(LIKE_PYTORCH.get(name), name);
    Updater updater = new Updater(optimizer);
    List<?> expected = (List<?>) pytorch().get(name);
    assertThat(expected).hasSize(STEPS);
    long bytes = NUMBERS * Float.BYTES;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(4 * bytes, 64); // weights, gradients, two slots
      for (int i = 0; i < NUMBERS; i++) {
        memory.setAtIndex(JAVA_FLOAT, i, weight(i));
      }
      for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < NUMBERS; i++) {
          memory.setAtIndex(JAVA_FLOAT, NUMBERS + i, 4 * gradient(step, i));
        }
        double rate = optimizer.lr() / (step + 1);
        updater.set(rate, 0.25, step + 1); // as clipping would scale them
        updater.run(Kernels.vector(), memory, bytes, 0, bytes, 2 * bytes, bytes);
        for (int i = 0; i < NUMBERS; i++) {
          double weight = ((Number) ((List<?>) expected.get(step)).get(i)).doubleValue();
          // A few roundings of 6e-8 for each step, on the weight and on a change of about the rate.
          assertThat((double) memory.getAtIndex(JAVA_FLOAT, i))
              .as("%s: weight %d after step %d", name, i, step + 1)
              .isCloseTo(weight, within(1e-6 * Math.max(Math.abs(weight), optimizer.lr())));
        }
      }
    }
  }

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
