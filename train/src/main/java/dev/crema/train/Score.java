package dev.crema.train;

/**
 * How well a network does on some examples.
 *
 * @param loss the mean loss per example
 * @param accuracy the part of them that it classifies rightly, from 0 to 1
 */
public record Score(double loss, double accuracy) {
  /** The accuracy is a share; NaN of no examples. */
  public Score {
    if (accuracy < 0 || accuracy > 1) {
      throw new IllegalArgumentException("accuracy must lie in [0, 1], got " + accuracy);
    }
  }
}
