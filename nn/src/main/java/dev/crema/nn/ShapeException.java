package dev.crema.nn;

/** Thrown when a layer cannot take an input of this shape. */
public final class ShapeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Says what was expected, what came, and what to do. */
  public ShapeException(String message) {
    super(message);
  }

  static Shape image(Op op, Shape input) {
    if (input.isFeatures()) {
      throw new ShapeException(
          op + " expects [channels, height, width], got " + input + "; place it before Flatten.");
    }
    return input;
  }

  static Shape features(Op op, Shape input) {
    if (!input.isFeatures()) {
      throw new ShapeException(
          op + " expects [features], got " + input + "; place Flatten before it.");
    }
    return input;
  }
}
