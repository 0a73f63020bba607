package dev.crema.train;

import java.util.function.BooleanSupplier;

/**
 * Thrown where a training is asked to stop, between two steps or within a validation or a test: the
 * training saves where it stands, and ends.
 */
final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private StoppedException() {
    super("stopped", null, false, false);
  }

  /** Throws it if a stop was asked for. */
  static void throwIf(BooleanSupplier stop) {
    if (stop.getAsBoolean()) {
      throw new StoppedException();
    }
  }
}
