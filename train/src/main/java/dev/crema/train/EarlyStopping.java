package dev.crema.train;

import java.util.Objects;

/**
 * Ends a training whose validation score no longer gets better.
 *
 * @param metric what is looked at
 * @param patience how many epochs in a row without a gain end it, at least 1
 * @param minDelta the least that counts as a gain, at least 0; a gain must be more than it
 */
public record EarlyStopping(Metric metric, int patience, double minDelta) {
  public EarlyStopping {
    Objects.requireNonNull(metric, "metric");
    if (patience < 1) {
      throw new IllegalArgumentException("patience must be 1 or more, got " + patience);
    }
    if (!(minDelta >= 0 && minDelta < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("minDelta must be 0 or more and finite, got " + minDelta);
    }
  }
}
