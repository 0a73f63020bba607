package dev.crema.train.study;

/**
 * How large a network of a {@link Family} is.
 *
 * @param depth how many layers it has, in the family's count; 1 to {@link #LARGEST}
 * @param width how many channels each has; 1 to {@link #LARGEST}
 */
public record Size(int depth, int width) {
  /** The greatest depth and width. */
  public static final int LARGEST = 1 << 14;

  public Size {
    if (Math.min(depth, width) < 1 || Math.max(depth, width) > LARGEST) {
      throw new IllegalArgumentException(
          "expected a depth and a width of 1 to %s, got %s and %s"
              .formatted(LARGEST, depth, width));
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
