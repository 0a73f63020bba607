package dev.crema.data;

/**
 * Some images and their labels, ready to be learned from; the arrays are used again for a later
 * batch.
 */
public final class Batch {
  private final byte[] pixels;
  private final int[] labels;
  private int count;
  private int step;

  Batch(int size, int imageBytes) {
    pixels = new byte[Math.multiplyExact(size, imageBytes)];
    labels = new int[size];
  }

  /** Which batch of the epoch this is, from 0 on. */
  public int step() {
    return step;
  }

  /** How many images there are: the batch size, or fewer in the last batch. */
  public int count() {
    return count;
  }

  /**
   * Pixels of 0 ... 255, {@code [image, channel, row, column]}; those of {@link #count()} count.
   */
  public byte[] pixels() {
    return pixels;
  }

  /** The class of each image; the first {@link #count()} count. */
  public int[] labels() {
    return labels;
  }

  void begin(int step, int count) {
    this.step = step;
    this.count = count;
  }
}
