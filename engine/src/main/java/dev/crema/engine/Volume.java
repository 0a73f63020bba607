package dev.crema.engine;

/**
 * How one block of images lies in memory: every pixel of every channel is one <em>cell</em>, the
 * same pixel of all the block's images side by side.
 *
 * <p>A cell is {@code vectors} vectors of {@link Lanes#COUNT} images. Rows may carry {@code halo}
 * empty cells on both sides, which hold the zeros that a padded convolution reads.
 *
 * @param channels channels, or features
 * @param height rows
 * @param width cells of a row, halo excluded
 * @param halo zero cells before and after each row
 * @param vectors vectors in a cell
 */
public record Volume(int channels, int height, int width, int halo, int vectors) {
  private static final int PAGE = 4096;
  private static final int MAX_CELLS = 1 << 30;
  private static final long MAX_BYTES = 1L << 40;

  /** Validates the sizes. */
  public Volume {
    if (channels < 1 || height < 1 || width < 1 || halo < 0 || vectors < 1) {
      throw new IllegalArgumentException(
          "sizes must be positive: %s x %s x %s, halo %s, vectors %s"
              .formatted(channels, height, width, halo, vectors));
    }
    // as doubles, for the product may pass 64 bits
    double bytes = (double) channels * height * (width + 2.0 * halo) * vectors * Lanes.BYTES;
    if (bytes > MAX_BYTES || (double) channels * height * width > MAX_CELLS) {
      throw new IllegalArgumentException(
          "expected a block of at most %s cells and %s bytes, got %s x %s x %s, halo %s, vectors %s"
              .formatted(MAX_CELLS, MAX_BYTES, channels, height, width, halo, vectors));
    }
  }

  /** A volume of plain features: one cell for each. */
  public static Volume features(int features, int vectors) {
    return new Volume(features, 1, 1, 0, vectors);
  }

  /** The same sizes with this halo. */
  public Volume withHalo(int halo) {
    return new Volume(channels, height, width, halo, vectors);
  }

  /** So many channels of it. */
  public Volume withChannels(int channels) {
    return new Volume(channels, height, width, halo, vectors);
  }

  /** Bytes of one cell. */
  public long cell() {
    return (long) vectors * Lanes.BYTES;
  }

  /** Bytes from a row to the next. */
  public long row() {
    return (width + 2L * halo) * cell();
  }

  /**
   * Bytes from a channel to the next. Where there are several, planes avoid multiples of 4096
   * bytes, with which the rows of all channels would compete for the same few cache sets.
   */
  public long plane() {
    long bytes = height * row();
    return isFlat() || channels == 1 || bytes % PAGE != 0 ? bytes : bytes + Lanes.BYTES;
  }

  /** Bytes of the block. */
  public long bytes() {
    return channels * plane();
  }

  /** Bytes of the block with its channels padded to whole vectors, as those of weights are. */
  public long paddedBytes() {
    return Lanes.roundUp(channels) * plane();
  }

  /** Offset of the cell of this pixel. */
  public long at(int channel, int y, int x) {
    return channel * plane() + y * row() + (x + halo) * cell();
  }

  /** Cells of one channel, halo excluded. */
  public int cells() {
    return height * width;
  }

  /** Whether each channel is a single cell. */
  public boolean isFlat() {
    return height == 1 && width == 1 && halo == 0;
  }

  /** Whether all cells follow each other without a gap, so that the block is one long row. */
  public boolean isContiguous() {
    return halo == 0 && plane() == height * row();
  }
}
