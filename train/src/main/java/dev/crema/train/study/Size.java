package dev.crema.train.study;

/**
 * How large a network of a {@link Family} is.
 *
 * @param depth how many layers it has, in the family's count; 1 or more
 * @param width how many channels each has; 1 or more
 */
public record Size(int depth, int width) {
  public Size {
    if (depth < 1 || width < 1) {
      throw new IllegalArgumentException(
          "expected a depth and a width of 1 or more, got %s and %s".formatted(depth, width));
    }
  }

  /** Depth x width. */
  String shortly() {
    return depth + "x" + width;
  }

  @Override
  public String toString() {
    return "depth " + depth + ", width " + width;
  }
}
