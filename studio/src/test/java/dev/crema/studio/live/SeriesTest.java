package dev.crema.studio.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeriesTest {
  private static Series of(double... ys) {
    long[] steps = new long[ys.length];
    double[] xs = new double[ys.length];
    for (int i = 0; i < ys.length; i++) {
      steps[i] = 10L * i;
      xs[i] = i / 2.0;
    }
    return new Series(steps, xs, ys, ys.length);
  }

  @Test
  void showsFewPointsAsTheyAre() {
    Series few = of(3, 1, 2);
    assertThat(few.thinned(4)).isSameAs(few);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 37, 800})
  void thinsManyPointsAndLosesNoPeak(int points) {
    long seed = 20261126 + points;
    Random random = new Random(seed);
    double[] ys = random.doubles(5000).toArray();
    ys[1234] = 77;
    ys[4321] = -77;
    Series thin = of(ys).thinned(points);
    assertThat(thin.xs()).as("seed %d", seed).hasSizeLessThanOrEqualTo(points).isSorted();
    assertThat(thin.total()).isEqualTo(5000);
    assertThat(Arrays.stream(thin.ys()).max()).as("seed %d", seed).hasValue(77);
    assertThat(Arrays.stream(thin.ys()).min()).as("seed %d", seed).hasValue(-77);
    assertThat(thin.xs()[0]).isZero();
    assertThat(thin.xs()[thin.xs().length - 1]).isEqualTo(4999 / 2.0);
    for (int i = 0; i < thin.xs().length; i++) {
      int at = (int) (thin.steps()[i] / 10);
      assertThat(thin.ys()[i]).isEqualTo(ys[at]);
      assertThat(thin.xs()[i]).isEqualTo(at / 2.0);
    }
  }

  @Test
  void keepsWhatIsNoNumber() {
    double[] ys = new double[1000];
    ys[500] = Double.NaN;
    assertThat(of(ys).thinned(20).ys()).contains(Double.NaN);
  }

  @Test
  void aColumnSortsItsStepsAndKeepsTheFirstOfEach() {
    Column column = new Column();
    for (long step : new long[] {10, 30, 40, 10, 20, 30, 50}) {
      column.add(step, step + column.size() / 100.0);
    }
    assertThat(column.size()).isEqualTo(5);
    for (int i = 0; i < 5; i++) {
      assertThat(column.step(i)).isEqualTo(10 * (i + 1));
    }
    assertThat(column.value(0)).isEqualTo(10);
    assertThat(column.value(2)).isEqualTo(30.01);
  }
}
