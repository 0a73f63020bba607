package dev.crema.studio;

import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Score;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/**
 * The epochs at which a training turns, as its validation says; nothing without validation.
 *
 * @param best the first of those with the highest accuracy
 * @param overfitting the one with the lowest loss, if two or more epochs follow it, in none of
 *     which the loss was as low again, while the training loss went on falling: from there on the
 *     network learned its training images by heart
 */
record Turning(OptionalInt best, OptionalInt overfitting) {
  /** With fewer epochs after the lowest loss it may be chance. */
  private static final int LEAST_AFTER = 2;

  static Turning of(List<EpochEnded> epochs) {
    List<EpochEnded> validated =
        epochs.stream().filter(epoch -> epoch.validation().isPresent()).toList();
    if (validated.isEmpty()) {
      return new Turning(OptionalInt.empty(), OptionalInt.empty());
    }
    EpochEnded best =
        validated.stream()
            .max(
                Comparator.comparingDouble((EpochEnded epoch) -> validation(epoch).accuracy())
                    .thenComparing(EpochEnded::epoch, Comparator.reverseOrder()))
            .orElseThrow();
    EpochEnded lowest =
        validated.stream()
            .min(
                Comparator.comparingDouble((EpochEnded epoch) -> validation(epoch).loss())
                    .thenComparing(EpochEnded::epoch, Comparator.reverseOrder()))
            .orElseThrow();
    EpochEnded last = validated.getLast();
    boolean turned =
        last.epoch() - lowest.epoch() >= LEAST_AFTER && last.train().loss() < lowest.train().loss();
    return new Turning(
        OptionalInt.of(best.epoch()),
        turned ? OptionalInt.of(lowest.epoch()) : OptionalInt.empty());
  }

  private static Score validation(EpochEnded epoch) {
    return epoch.validation().orElseThrow();
  }
}
