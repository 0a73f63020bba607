package dev.crema.train.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.data.Images;
import dev.crema.train.Calibration;
import dev.crema.train.Predictions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Against SciPy and statsmodels: the expected numbers are made by statistics.py beside them. */
class StatisticsTest {
  private static final Offset<Double> EXACT = within(1e-12);

  private static Map<String, Object> expected() throws IOException {
    try (var file = StatisticsTest.class.getResourceAsStream("statistics.json")) {
      return JSON.std.mapFrom(Objects.requireNonNull(file));
    }
  }

  private static Map<?, ?> map(Object json) {
    return (Map<?, ?>) json;
  }

  private static List<?> list(Object json) {
    return (List<?>) json;
  }

  private static double number(Object json) {
    return ((Number) json).doubleValue();
  }

  private static double[] numbers(Object json) {
    return list(json).stream().mapToDouble(StatisticsTest::number).toArray();
  }

  @Test
  void samplesAreAsInSciPy() throws IOException {
    map(expected().get("samples"))
        .forEach((name, value) -> {
          Map<?, ?> expected = map(value);
          double[] sample = numbers(expected.get("sample"));
          assertThat(Statistics.mean(sample))
              .as("mean of %s", name)
              .isCloseTo(number(expected.get("mean")), EXACT);
          assertThat(Statistics.deviation(sample))
              .as("deviation of %s", name)
              .isCloseTo(number(expected.get("deviation")), EXACT);
          assertThat(Statistics.halfWidth(sample))
              .as("interval of %s", name)
              .isCloseTo(number(expected.get("half_width")), within(1e-9));
          assertThat(Statistics.signFlip(sample))
              .as("sign flips of %s", name)
              .isCloseTo(number(expected.get("sign_flip")), EXACT);
          Interval bootstrap = Statistics.bootstrap(sample);
          double[] ends = numbers(expected.get("bootstrap"));
          assertThat(bootstrap.low())
              .as("bootstrap of %s", name)
              .isBetween(ends[0] - 1e-12, ends[1] + 1e-12);
          assertThat(bootstrap.high())
              .as("bootstrap of %s", name)
              .isBetween(ends[2] - 1e-12, ends[3] + 1e-12);
        });
  }

  @Test
  void manySignsAreDrawn() throws IOException {
    Map<?, ?> many = map(expected().get("many"));
    double p = number(many.get("sign_flip"));
    assertThat(Statistics.signFlip(numbers(many.get("sample"))))
        .isCloseTo(p, within(5 * Math.sqrt(p / 100_000)));
  }

  @Test
  void correctsAsHolm() throws IOException {
    for (Object each : list(expected().get("holm"))) {
      List<Double> ps = list(map(each).get("p")).stream().map(StatisticsTest::number).toList();
      double[] corrected = Statistics.holm(ps).stream().mapToDouble(Double::doubleValue).toArray();
      assertThat(corrected)
          .as("%s", ps)
          .containsExactly(numbers(map(each).get("corrected")), EXACT);
    }
  }

  @Test
  void comparesImagesAsMcNemar() throws IOException {
    for (Object each : list(expected().get("mcnemar"))) {
      double[] counts = numbers(map(each).get("counts"));
      assertThat(Statistics.mcNemar((int) counts[0], (int) counts[1]))
          .as("%s", each)
          .isCloseTo(number(map(each).get("p")), within(1e-10));
    }
  }

  @Test
  void measuresCalibration() throws IOException {
    Map<?, ?> expected = map(expected().get("calibration"));
    double[] confidence = numbers(expected.get("confidence"));
    List<?> correct = list(expected.get("correct"));
    int count = confidence.length;
    byte[] labels = new byte[count];
    long[] classes = new long[count];
    float[] confidences = new float[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 10);
      classes[i] = i % 10 + (Objects.equals(correct.get(i), true) ? 0 : 1);
      confidences[i] = (float) confidence[i];
    }
    assertThat(Calibration.of(new Predictions(labels, classes, confidences)).error())
        .isCloseTo(number(expected.get("error")), EXACT);
  }

  /** For these samples the t that both take the differences for is all but exact. */
  @Test
  void saysHowManySeedsItTakes() throws IOException {
    for (Object each : list(expected().get("needed"))) {
      double effect = number(map(each).get("effect"));
      double[] sample = {effect - Math.sqrt(0.5), effect + Math.sqrt(0.5)}; // deviation 1
      int pairs = (int) number(map(each).get("pairs"));
      int seeds = Statistics.seedsNeeded(pairs, sample).orElseThrow();
      int expected = (int) number(map(each).get("seeds"));
      assertThat(seeds).as("%s", each).isBetween(expected - 1, expected + 1);
    }
    assertThat(Statistics.seedsNeeded(1, 0.2, 0.2, 0.2)).hasValue(6);
    assertThat(Statistics.seedsNeeded(1, 0, 0, 0)).isEmpty();
    assertThat(Statistics.seedsNeeded(1, 1, -1, 0.0001)).isEmpty();
  }

  @Test
  void knowsFromHowManySeedsOnItCanTell() throws IOException {
    map(expected().get("fewest"))
        .forEach((pairs, seeds) ->
            assertThat(Statistics.fewestSeeds(Integer.parseInt(String.valueOf(pairs))))
                .as("%s pairs", pairs)
                .isEqualTo((int) number(seeds)));
  }

  @Test
  void oneNumberHasNoInterval() {
    assertThatThrownBy(() -> Statistics.halfWidth(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two numbers");
  }

  @Test
  void whatHasNoStatisticIsRefused() {
    Images none = new Images(2, 1, 1, 1, new byte[0], new byte[0]);
    assertRefused("one image", () -> Statistics.chance(none));
    assertRefused("one number", () -> Statistics.mean());
    assertRefused("one number", () -> Statistics.deviation());
    assertRefused("one number", () -> Statistics.signFlip()); // was -0
    assertRefused("NaN", () -> Statistics.signFlip(0.1, Double.NaN, 0.2)); // was 0: significant
    assertRefused("one number", () -> Statistics.bootstrap()); // was 0 to 0
    assertRefused("NaN", () -> Statistics.bootstrap(0.1, Double.NaN));
    assertRefused("got 1.5", () -> Statistics.holm(List.of(0.1, 1.5)));
    assertRefused("got NaN", () -> Statistics.holm(List.of(Double.NaN)));
    assertRefused("-3 and 5", () -> Statistics.mcNemar(-3, 5)); // was 0: significant
    assertRefused("2147483647 and 1", () -> Statistics.mcNemar(Integer.MAX_VALUE, 1));
    assertRefused("pairs", () -> Statistics.fewestSeeds(0));
    assertRefused("pairs", () -> Statistics.seedsNeeded(0, 0.1, 0.2));
    assertRefused("two numbers", () -> Statistics.seedsNeeded(1, 0.1)); // was 6
  }

  private static void assertRefused(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
