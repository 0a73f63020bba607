package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * Turns a block's gradient so that the channels of one image and cell follow each other: {@code
 * [row][panel of channels][cell][image][channels]}. Who reads a panel reads it from one end to the
 * other; of wide rows it would use but few sets of the first-level cache.
 */
final class TransposedChannels {
  private final Volume volume;
  private final int vectors;
  private final long image;
  private final TransposeKernel full;
  private final TransposeKernel last;
  private final TransposeKernel.Strides strides;

  /**
   * Plans the loops.
   *
   * @param vectors vectors of a panel, which divide those of all channels
   */
  TransposedChannels(Library library, Volume volume, int vectors) {
    this.volume = volume;
    this.vectors = vectors;
    image = (long) vectors * Vectors.BYTES;
    // Features are padded with zeros, channels of images are not.
    int left = volume.isFlat() ? 0 : volume.channels() % Vectors.LANES;
    full = library.transpose(new TransposeKernel.Form(Vectors.LANES));
    last = left == 0 ? full : library.transpose(new TransposeKernel.Form(left));
    strides =
        new TransposeKernel.Strides(
            volume.width() * volume.vectors(),
            volume.plane(),
            image,
            Vectors.BYTES,
            image * Vectors.LANES);
  }

  /** Bytes from one image to the next. */
  long image() {
    return image;
  }

  /** Bytes of a row's panel. */
  long panel() {
    return strides.toSquare() * strides.squares();
  }

  /** Bytes of a row. */
  long rowBytes() {
    return Math.ceilDiv(volume.channels(), vectors * Vectors.LANES) * panel();
  }

  /** Bytes of all rows. */
  long bytes() {
    return rowBytes() * volume.height();
  }

  /** Transposes a block. */
  void run(MemorySegment memory, long from, long to) {
    run(memory, from, to, 0, volume.height());
  }

  /** Transposes some rows of a block, the first of them to the front. */
  void run(MemorySegment memory, long from, long to, int first, int rows) {
    for (int c = 0; c < volume.channels(); c += Vectors.LANES) {
      TransposeKernel kernel = c + Vectors.LANES <= volume.channels() ? full : last;
      int vector = c / Vectors.LANES;
      long place = vector / vectors * panel() + vector % vectors * (long) Vectors.BYTES;
      for (int row = 0; row < rows; row++) {
        kernel.run(
            memory, strides, from + volume.at(c, first + row, 0), to + row * rowBytes() + place);
      }
    }
  }
}
