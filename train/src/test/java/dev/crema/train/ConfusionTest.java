package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ConfusionTest {
  /** Of four images of class 0 three are right, one is named 1; the image of class 1 is named 3. */
  private static final Confusion CONFUSION =
      new Confusion(
          new Predictions(
              new byte[] {0, 0, 0, 0, 1}, new long[] {0, 0, 0, 1, 3}, new float[] {1, 1, 1, 1, 1}),
          3);

  @Test
  void countsWhatWasTakenForWhat() {
    assertThat(CONFUSION.classes()).as("the network names a fourth").isEqualTo(4);
    assertThat(CONFUSION.count(0, 0)).isEqualTo(3);
    assertThat(CONFUSION.count(0, 1)).isEqualTo(1);
    assertThat(CONFUSION.count(1, 3)).isEqualTo(1);
    assertThat(CONFUSION.images(0)).isEqualTo(4);
    assertThat(CONFUSION.named(1)).isEqualTo(1);
  }

  @Test
  void precisionAndRecallAreOfTheNamedAndOfTheTruth() {
    assertThat(CONFUSION.precision(0)).isEqualTo(1);
    assertThat(CONFUSION.recall(0)).isEqualTo(0.75);
    assertThat(CONFUSION.f1(0)).isCloseTo(2 * 0.75 / 1.75, within(1e-15));
    assertThat(CONFUSION.precision(1)).isZero();
    assertThat(CONFUSION.precision(2)).isNaN();
    assertThat(CONFUSION.recall(2)).isNaN();
    assertThat(CONFUSION.f1(2)).isNaN();
  }
}
