package dev.crema.studio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Score;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurningTest {
  private static final double[] FALLING = {1, 0.5, 0.3, 0.2, 0.1};

  private static Turning turning(double[] train, double[] losses, double[] accuracies) {
    List<EpochEnded> epochs =
        IntStream.range(0, losses.length)
            .mapToObj(i ->
                new EpochEnded(
                    10L * i,
                    i + 1,
                    new Score(train[i], 0.5),
                    Optional.of(new Score(losses[i], accuracies[i])),
                    Optional.empty(),
                    1))
            .toList();
    return Turning.of(epochs);
  }

  @Test
  void theBestIsTheFirstOfTheMostAccurate() {
    double[] losses = {1, 0.8, 0.7, 0.6, 0.5};
    assertThat(turning(FALLING, losses, new double[] {0.5, 0.9, 0.8, 0.9, 0.7}).best()).hasValue(2);
  }

  @Test
  void overfittingBeginsAtTheLowestLoss() {
    double[] accuracies = {0.5, 0.6, 0.7, 0.7, 0.7};
    double[] losses = {1, 0.6, 0.7, 0.65, 0.9};
    assertThat(turning(FALLING, losses, accuracies).overfitting()).hasValue(2);
    assertThat(turning(new double[] {1, 0.5, 0.6, 0.6, 0.6}, losses, accuracies).overfitting())
        .as("when the training loss rises too, it is something else")
        .isEmpty();
    assertThat(turning(FALLING, new double[] {1, 0.9, 0.8, 0.6, 0.7}, accuracies).overfitting())
        .as("one epoch may be chance")
        .isEmpty();
  }

  @Test
  void withoutValidationNothingTurns() {
    EpochEnded epoch =
        new EpochEnded(10, 1, new Score(1, 0.5), Optional.empty(), Optional.empty(), 1);
    assertThat(Turning.of(List.of(epoch)))
        .isEqualTo(new Turning(OptionalInt.empty(), OptionalInt.empty()));
  }
}
