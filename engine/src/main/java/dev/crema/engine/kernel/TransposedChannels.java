package dev.crema.engine.kernel;

import dev.crema.engine.DenseGradient;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * Turns a block's gradient so that the channels of one image and cell follow each other: {@code
 * [row][panel of channels][cell][image][channels]}.
 */
final class TransposedChannels implements DenseGradient.Transpose {
  private final Volume volume;
  private final Panels panels;
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
    int squares = volume.width() * volume.vectors();
    panels = new Panels(vectors, (long) squares * Vectors.LANES);
    // Features are padded with zeros, channels of images are not.
    int left = volume.isFlat() ? 0 : volume.channels() % Vectors.LANES;
    full = library.loop(new TransposeKernel.Form(Vectors.LANES));
    last = left == 0 ? full : library.loop(new TransposeKernel.Form(left));
    strides =
        new TransposeKernel.Strides(
            squares, volume.plane(), panels.image(), Vectors.BYTES, panels.image() * Vectors.LANES);
  }

  /** How a row's channels lie. */
  Panels panels() {
    return panels;
  }

  /** Bytes of a row. */
  long rowBytes() {
    return panels.at(Math.ceilDiv(volume.channels(), Vectors.LANES));
  }

  @Override
  public long bytes() {
    return rowBytes() * volume.height();
  }

  @Override
  public void run(MemorySegment memory, long from, long to) {
    run(memory, from, to, 0, volume.height());
  }

  /** Transposes some rows of a block, the first of them to the front. */
  void run(MemorySegment memory, long from, long to, int first, int rows) {
    for (int c = 0; c < volume.channels(); c += Vectors.LANES) {
      TransposeKernel kernel = c + Vectors.LANES <= volume.channels() ? full : last;
      long place = panels.at(c / Vectors.LANES);
      for (int row = 0; row < rows; row++) {
        kernel.run(
            memory, strides, from + volume.at(c, first + row, 0), to + row * rowBytes() + place);
      }
    }
  }
}
