package dev.crema.nn;

import java.util.List;

/**
 * The shape of one example, batch excluded: {@code [channels, height, width]} or {@code
 * [features]}.
 *
 * @param dims the one or three sizes
 */
public record Shape(List<Integer> dims) {
  private static final long MAX_SIZE = 1L << 28;

  /** Validates the sizes. */
  public Shape {
    dims = List.copyOf(dims);
    if (dims.size() != 1 && dims.size() != 3) {
      throw new IllegalArgumentException(
          "a shape is [features] or [channels, height, width], got " + dims);
    }
    long size = 1;
    for (int dim : dims) {
      if (dim < 1 || (size *= dim) > MAX_SIZE) {
        throw new IllegalArgumentException("sizes must be positive and not too large, got " + dims);
      }
    }
  }

  /** An image's shape. */
  public static Shape image(int channels, int height, int width) {
    return new Shape(List.of(channels, height, width));
  }

  /** A vector's shape. */
  public static Shape features(int features) {
    return new Shape(List.of(features));
  }

  /** Whether this is a vector of features. */
  public boolean isFeatures() {
    return dims.size() == 1;
  }

  /** Channels, or features. */
  public int channels() {
    return dims.getFirst();
  }

  /** Rows; 1 for features. */
  public int height() {
    return isFeatures() ? 1 : dims.get(1);
  }

  /** Columns; 1 for features. */
  public int width() {
    return isFeatures() ? 1 : dims.get(2);
  }

  /** How many numbers one example has. */
  public int size() {
    return channels() * height() * width();
  }

  @Override
  public String toString() {
    return dims.toString();
  }
}
