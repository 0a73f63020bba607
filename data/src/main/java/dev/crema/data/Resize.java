package dev.crema.data;

/**
 * Resizes 8-bit images by bilinear interpolation between the four nearest pixel centres.
 *
 * <p>Output pixel x lies at {@code (x + 0.5) * from / to - 0.5} of the input, held within it, as in
 * PyTorch's {@code interpolate(mode="bilinear", align_corners=False, antialias=False)}; weights are
 * rounded to 1/2048, so a value is at most 1 off the exactly rounded one. Shrinking by more than
 * two skips pixels. Holds a few rows of work space: one instance serves one thread.
 */
public final class Resize {
  // two weights and a byte: 11 + 11 + 8 bits, in an int
  private static final int BITS = 11;
  private static final int ONE = 1 << BITS;

  private final int fromHeight;
  private final int fromWidth;
  private final int height;
  private final int width;

  /** For each output column: the input column on its left, and the weight of the one after it. */
  private final int[] columns;

  private final int[] columnWeights;
  private int[] upper;
  private int[] lower;
  private final int[] blended;

  /**
   * @throws IllegalArgumentException when a length is not 1 ... 65536
   */
  public Resize(int fromHeight, int fromWidth, int height, int width) {
    for (int length : new int[] {fromHeight, fromWidth, height, width}) {
      if (length < 1 || length > 1 << 16) {
        throw new IllegalArgumentException(
            "expected sizes of 1 ... 65536 pixels, got %d x %d to %d x %d"
                .formatted(fromHeight, fromWidth, height, width));
      }
    }
    this.fromHeight = fromHeight;
    this.fromWidth = fromWidth;
    this.height = height;
    this.width = width;
    columns = new int[width];
    columnWeights = new int[width];
    for (int x = 0; x < width; x++) {
      long at = at(x, fromWidth, width);
      columns[x] = (int) (at >> BITS);
      columnWeights[x] = (int) (at & (ONE - 1));
    }
    upper = new int[width];
    lower = new int[width];
    blended = new int[width];
  }

  /** Where output pixel i lies in the input, in 1/2048 pixel. */
  private static long at(int i, int from, int to) {
    double exact = Math.max((i + 0.5) * from / to - 0.5, 0);
    return Math.min(Math.round(exact * ONE), (long) (from - 1) * ONE);
  }

  /** Resizes an image {@code [channel, row, column]}. */
  public void apply(int channels, byte[] source, int sourceStart, byte[] target, int targetStart) {
    for (int c = 0; c < channels; c++) {
      plane(
          source,
          sourceStart + c * fromHeight * fromWidth,
          target,
          targetStart + c * height * width);
    }
  }

  private void plane(byte[] source, int sourceStart, byte[] target, int targetStart) {
    int upperRow = -1;
    int lowerRow = -1;
    for (int y = 0; y < height; y++) {
      long at = at(y, fromHeight, height);
      int row = (int) (at >> BITS);
      int below = Math.min(row + 1, fromHeight - 1);
      if (row == lowerRow) {
        int[] kept = upper;
        upper = lower;
        lower = kept;
        lowerRow = upperRow;
        upperRow = row;
      }
      if (row != upperRow) {
        stretch(source, sourceStart + row * fromWidth, upper);
        upperRow = row;
      }
      if (below != lowerRow) {
        stretch(source, sourceStart + below * fromWidth, lower);
        lowerRow = below;
      }
      blend((int) (at & (ONE - 1)), target, targetStart + y * width);
    }
  }

  private void stretch(byte[] source, int start, int[] row) {
    for (int x = 0; x < width; x++) {
      int left = start + columns[x];
      int right = start + Math.min(columns[x] + 1, fromWidth - 1);
      int weight = columnWeights[x];
      row[x] = (source[left] & 0xff) * (ONE - weight) + (source[right] & 0xff) * weight;
    }
  }

  /** Two loops, for the compiler makes vector code of each, but of the two in one it does not. */
  private void blend(int weight, byte[] target, int start) {
    int keep = ONE - weight;
    for (int x = 0; x < blended.length; x++) {
      blended[x] = (upper[x] * keep + lower[x] * weight + (1 << (2 * BITS - 1))) >> (2 * BITS);
    }
    for (int x = 0; x < blended.length; x++) {
      target[start + x] = (byte) blended[x];
    }
  }
}
