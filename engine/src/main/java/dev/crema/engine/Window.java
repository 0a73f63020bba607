package dev.crema.engine;

/**
 * A square window that slides over rows and columns.
 *
 * @param kernel its height and width
 * @param stride cells from one place to the next
 * @param padding zero cells around the input, on each side
 */
public record Window(int kernel, int stride, int padding) {
  /** Far beyond any use, and small enough for all sums of sizes to fit an int. */
  private static final int LARGEST = 1 << 16;

  /** Validates the sizes. */
  public Window {
    if (kernel < 1 || stride < 1 || padding < 0) {
      throw new IllegalArgumentException(
          "kernel and stride must be positive and padding not negative, got kernel %s, stride %s, padding %s"
              .formatted(kernel, stride, padding));
    }
    if (Math.max(kernel, Math.max(stride, padding)) > LARGEST) {
      throw new IllegalArgumentException(
          "expected a window of sizes up to %s, got kernel %s, stride %s, padding %s"
              .formatted(LARGEST, kernel, stride, padding));
    }
  }

  /** How many places the window has along this many cells: floor((size + 2 p - k) / s) + 1. */
  public int places(int size) {
    return Math.floorDiv(size + 2 * padding - kernel, stride) + 1;
  }

  /** The first input row under the window at this place. */
  public int top(int place) {
    return place * stride - padding + first(place);
  }

  /** How many rows of an input of this size lie under the window at this place. */
  public int rows(int place, int size) {
    return end(place, size) - first(place);
  }

  /** The first kernel row that lies inside the input at this place. */
  public int first(int place) {
    return Math.max(0, padding - place * stride);
  }

  /** The number after the last kernel row that lies inside an input of this size. */
  public int end(int place, int size) {
    return Math.min(kernel, size + padding - place * stride);
  }
}
