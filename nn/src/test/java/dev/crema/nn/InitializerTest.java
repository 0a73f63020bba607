package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Means and variances of many draws. The mean of n draws strays by std / sqrt(n), and their
 * variance by at most sqrt(2 / n) of itself; five times as much is chance once in a million, and
 * the seeds are fixed.
 */
class InitializerTest {
  private static final int COUNT = 100_000;
  private static final int FAN_IN = 24;
  private static final int FAN_OUT = 30;

  private static float[] draw(Initializer initializer, long seed) {
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      values[i] = (float) initializer.value(i, FAN_IN, FAN_OUT, Key.of(seed));
    }
    return values;
  }

  private static void hasMoments(float[] values, double mean, double std) {
    double sum = 0;
    double squares = 0;
    double neighbours = 0;
    for (int i = 0; i < COUNT; i++) {
      sum += values[i] - mean;
      squares += (values[i] - mean) * (values[i] - mean);
      neighbours += (values[i] - mean) * (values[(i + 1) % COUNT] - mean);
    }
    double five = 5 / Math.sqrt(COUNT);
    assertThat(sum / COUNT).as("mean").isCloseTo(0, within(five * std));
    double variance = std * std;
    assertThat(squares / COUNT).as("variance").isCloseTo(variance, within(five * 1.42 * variance));
    assertThat(neighbours / COUNT).as("covariance").isCloseTo(0, within(five * variance));
  }

  /** Uniform in +-bound: within, near both ends, and of variance bound^2 / 3. */
  private static void isUniform(float[] values, double bound) {
    float min = 0;
    float max = 0;
    for (float value : values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    // The largest of n is closer to the end than bound * 24 / n but for a chance of e^-12.
    assertThat((double) max)
        .isCloseTo(bound, within(bound * 24 / COUNT))
        .isLessThanOrEqualTo(bound);
    assertThat((double) -min)
        .isCloseTo(bound, within(bound * 24 / COUNT))
        .isLessThanOrEqualTo((float) bound);
    hasMoments(values, 0, bound / Math.sqrt(3));
  }

  /** 68.3 % lie within one standard deviation, 95.4 % within two, 99.7 % within three. */
  private static void isNormal(float[] values, double mean, double std) {
    hasMoments(values, mean, std);
    double[] shares = {0.682689, 0.954500, 0.997300};
    for (int k = 1; k <= shares.length; k++) {
      int within = 0;
      for (float value : values) {
        within += Math.abs(value - mean) < k * std ? 1 : 0;
      }
      double share = shares[k - 1];
      double five = 5 * Math.sqrt(share * (1 - share) / COUNT);
      assertThat((double) within / COUNT).as("within %d std", k).isCloseTo(share, within(five));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, -7})
  void drawsWhatThePapersSay(long seed) {
    isUniform(draw(new Initializer.TorchDefault(), seed), 1 / Math.sqrt(FAN_IN));
    isUniform(draw(new Initializer.Glorot(), seed), Math.sqrt(6.0 / (FAN_IN + FAN_OUT)));
    isNormal(draw(new Initializer.He(), seed), 0, Math.sqrt(2.0 / FAN_IN));
    isNormal(draw(new Initializer.Normal(3, 0.25), seed), 3, 0.25);
    assertThat(draw(new Initializer.Constant(0.5), seed)).containsOnly(0.5f);
    assertThat(draw(new Initializer.Normal(-2, 0), seed)).containsOnly(-2f);
  }

  @Test
  void dependsOnNothingButTheKey() {
    for (Initializer initializer : List.of(new Initializer.He(), new Initializer.Glorot())) {
      assertThat(draw(initializer, 5)).isEqualTo(draw(initializer, 5));
      assertThat(draw(initializer, 5)).isNotEqualTo(draw(initializer, 6));
    }
  }

  @Test
  void refusesANegativeSpread() {
    assertThatThrownBy(() -> new Initializer.Normal(0, -1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> new Initializer.Normal(0, Double.NaN)).hasMessageContaining("NaN");
  }

  @Test
  void countsWhatAnOutputReadsAndWhatAnInputReaches() {
    // Of 4 inputs and 6 outputs in 2 groups: 2 * 3 * 3 and 3 * 3 * 3.
    Parameter grouped = new Conv2d(6, 3).groups(2).parameters(Shape.image(4, 9, 9)).getFirst();
    assertThat(grouped.shape()).containsExactly(6, 2, 3, 3);
    assertThat(grouped.fanIn()).isEqualTo(18);
    assertThat(grouped.fanOut()).isEqualTo(27);
    Parameter dense = new Dense(5).parameters(Shape.features(7)).getFirst();
    assertThat(dense.shape()).containsExactly(5, 7);
    assertThat(dense.fanIn()).isEqualTo(7);
    assertThat(dense.fanOut()).isEqualTo(5);
    // A bias is drawn like the weights of its layer.
    assertThat(new Dense(5).parameters(Shape.features(7)).getLast().fanIn()).isEqualTo(7);
  }

  @Test
  void drawsEachParameterFromItsOwnPath() {
    Net net = Net.chain(Net.named("a", new Dense(40)), Net.named("b", new Dense(40)));
    Graph graph = Graph.of(net, Shape.features(40));
    try (Engine engine = new Engine(1)) {
      Program program = new Program(graph, Loss.of(net), Mode.TRAIN, 1, 0, engine);
      program.initialize(Key.of(3));
      Collection<Storage> parameters = program.parameters();
      assertThat(parameters).hasSize(4);
      for (Storage storage : parameters) {
        float[] values = program.read(storage);
        for (int i = 0; i < values.length; i++) {
          assertThat(values[i])
              .isEqualTo(storage.parameter().value(i, Key.of(3).fold(storage.path())));
        }
      }
      List<float[]> weights =
          parameters.stream().filter(s -> s.size() == 1600).map(program::read).toList();
      assertThat(weights.getFirst()).isNotEqualTo(weights.getLast());
    }
  }
}
