package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.train.Schedule.Constant;
import dev.crema.train.Schedule.Cosine;
import dev.crema.train.Schedule.Exponential;
import dev.crema.train.Schedule.OneCycle;
import dev.crema.train.Schedule.Step;
import dev.crema.train.Schedule.Unit;
import dev.crema.train.Schedule.Warmup;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleTest {
  private static final int PER_EPOCH = 7;
  private static final int STEPS = 6 * PER_EPOCH;

  private static final Map<String, Schedule> LIKE_PYTORCH =
      Map.of(
          "exponential, epochs", new Exponential(0.05, Unit.EPOCH),
          "exponential, steps", new Exponential(0.05, Unit.STEP),
          "step, epochs", new Step(0.5, 2, Unit.EPOCH),
          "step, steps", new Step(0.3, 10, Unit.STEP),
          "cosine, epochs", new Cosine(0, Unit.EPOCH),
          "cosine, steps", new Cosine(0.1, Unit.STEP),
          "one cycle", new OneCycle(),
          "one cycle, other", new OneCycle(0.45, 10, 100),
          "warm-up, cosine", new Warmup(5, Unit.STEP, new Cosine(0, Unit.STEP)),
          "warm-up, constant", new Warmup(1, Unit.EPOCH, new Constant()));

  static List<String> names() throws IOException {
    return List.copyOf(pytorch().keySet());
  }

  /** Made by schedules.py beside it. */
  private static Map<String, Object> pytorch() throws IOException {
    try (var in = ScheduleTest.class.getResourceAsStream("schedules.json")) {
      return JSON.std.mapFrom(in);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void agreesWithPytorchAtEveryStep(String name) throws IOException {
    Schedule schedule = LIKE_PYTORCH.get(name);
    List<?> expected = (List<?>) pytorch().get(name);
    assertThat(expected).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      assertThat(schedule.factor(step, STEPS, PER_EPOCH))
          .as("%s at step %d", name, step)
          .isCloseTo(((Number) expected.get(step)).doubleValue(), within(1e-12));
    }
  }

  @Test
  void constantIsOne() {
    assertThat(new Constant().factor(123, 1000, 10)).isEqualTo(1);
  }

  @Test
  void staysFiniteAndPositiveInTheShortestTrainings() {
    for (Schedule schedule : LIKE_PYTORCH.values()) {
      for (int total = 1; total <= 5; total++) {
        for (int step = 0; step < total; step++) {
          assertThat(schedule.factor(step, total, 1))
              .as("%s at step %d of %d", schedule, step, total)
              .isBetween(0.0, 1.0);
        }
      }
    }
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> new Exponential(-1, Unit.EPOCH)).hasMessageContaining("k must be");
    assertThatThrownBy(() -> new Step(0, 1, Unit.EPOCH)).hasMessageContaining("k must lie");
    assertThatThrownBy(() -> new Step(0.5, 0, Unit.EPOCH)).hasMessageContaining("every");
    assertThatThrownBy(() -> new Cosine(Double.NaN, Unit.STEP)).hasMessageContaining("min");
    assertThatThrownBy(() -> new OneCycle(1, 25, 1e4)).hasMessageContaining("rise");
    assertThatThrownBy(() -> new Warmup(3, Unit.STEP, new OneCycle())).hasMessageContaining("rise");
  }
}
