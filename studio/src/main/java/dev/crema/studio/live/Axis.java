package dev.crema.studio.live;

/** What a metric is drawn over. */
enum Axis {
  /** Training steps. */
  STEP,
  /** Epochs, with fractions. */
  EPOCH,
  /** Seconds since the run began, pauses included. */
  SECONDS,
  /** Milliseconds since 1970. */
  TIME
}
