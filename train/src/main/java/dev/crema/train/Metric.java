package dev.crema.train;

/** What makes one epoch better than another. */
public enum Metric {
  /** A lower loss. */
  LOSS,
  /** A higher accuracy. */
  ACCURACY;

  /** The number of a score that this looks at. */
  public double of(Score score) {
    return this == LOSS ? score.loss() : score.accuracy();
  }

  /** By how much a number is better than another, less than 0 when it is worse. */
  public double gain(double number, double than) {
    return this == LOSS ? than - number : number - than;
  }
}
