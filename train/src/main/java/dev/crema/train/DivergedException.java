package dev.crema.train;

/** Thrown when a loss or a gradient is no longer a finite number; the weights were not touched. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DivergedException(String message) {
    super(message);
  }
}
