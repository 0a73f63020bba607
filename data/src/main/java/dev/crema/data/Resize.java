package dev.crema.data;

import java.util.Arrays;

/**
 * Resizes 8-bit images by bilinear interpolation between the four nearest pixel centres.
 *
 * <p>Output pixel x lies at {@code (x + 0.5) * from / to - 0.5} of the input, held within it, as in
 * PyTorch's {@code interpolate(mode="bilinear", align_corners=False, antialias=False)}; weights are
 * rounded to 1/2048, so a value is at most 1 off the exactly rounded one. Along an axis that
 * shrinks by more than two that would skip pixels: there, each is the mean of the area it covers.
 * Holds a few rows of work space: one instance serves one thread.
 */
public final class Resize {
  // two weights and a byte: 11 + 11 + 8 bits, in an int
  private static final int BITS = 11;
  private static final int ONE = 1 << BITS;

  private final int sourceHeight;
  private final int sourceWidth;

  /** The size to interpolate from: the source's, or the target's along an axis of means. */
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
   * @throws IllegalArgumentException when the source has no pixels, or the target's sides are not 1
   *     ... 65536
   */
  public Resize(int sourceHeight, int sourceWidth, int height, int width) {
    if (Math.min(sourceHeight, sourceWidth) < 1
        || Math.min(height, width) < 1
        || Math.max(height, width) > 1 << 16) {
      throw new IllegalArgumentException(
          "expected sizes of 1 ... 65536 pixels, got %s x %s to %s x %s"
              .formatted(sourceHeight, sourceWidth, height, width));
    }
    this.sourceHeight = sourceHeight;
    this.sourceWidth = sourceWidth;
    fromHeight = sourceHeight > 2L * height ? height : sourceHeight;
    fromWidth = sourceWidth > 2L * width ? width : sourceWidth;
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

  /**
   * Resizes an image {@code [channel, row, column]}.
   *
   * @throws IllegalArgumentException when an array does not hold so many channels from its start on
   */
  public void apply(int channels, byte[] source, int sourceStart, byte[] target, int targetStart) {
    if (channels < 1) {
      throw new IllegalArgumentException(
          "expected one channel or more, got " + channels + " channels");
    }
    checkHolds("source", source, sourceStart, channels, sourceHeight, sourceWidth);
    checkHolds("target", target, targetStart, channels, height, width);
    byte[] from = source;
    int start = sourceStart;
    if (fromWidth < sourceWidth) {
      from = means(from, start, channels * sourceHeight, sourceWidth, 1, fromWidth);
      start = 0;
    }
    if (fromHeight < sourceHeight) {
      from = means(from, start, channels, sourceHeight, fromWidth, fromHeight);
      start = 0;
    }
    for (int c = 0; c < channels; c++) {
      plane(from, start + c * fromHeight * fromWidth, target, targetStart + c * height * width);
    }
  }

  private static void checkHolds(
      String name, byte[] array, int start, int channels, int height, int width) {
    // as a double, for the product may pass 64 bits
    if (start < 0 || (double) channels * height * width > array.length - start) {
      throw new IllegalArgumentException(
          "expected a %s with an image of %s from %s on, got %s bytes"
              .formatted(name, Images.size(channels, height, width), start, array.length));
    }
  }

  /** Shrinks the middle axis of {@code [outer, from, inner]} to {@code to} means of equal parts. */
  private static byte[] means(byte[] source, int start, int outer, int from, int inner, int to) {
    byte[] target = new byte[outer * to * inner];
    double[] sums = new double[inner];
    double part = (double) from / to;
    for (int o = 0; o < outer; o++) {
      for (int t = 0; t < to; t++) {
        double begin = t * part;
        double end = Math.min(begin + part, from);
        Arrays.fill(sums, 0);
        for (int f = (int) begin; f < end; f++) {
          double weight = Math.min(f + 1, end) - Math.max(f, begin);
          int at = start + (o * from + f) * inner;
          for (int i = 0; i < inner; i++) {
            sums[i] += weight * (source[at + i] & 0xff);
          }
        }
        int at = (o * to + t) * inner;
        for (int i = 0; i < inner; i++) {
          target[at + i] = (byte) Math.min(Math.round(sums[i] / part), 255);
        }
      }
    }
    return target;
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
