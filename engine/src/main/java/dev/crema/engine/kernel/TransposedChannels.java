package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/** Turns a block's gradient so that the channels of one image and cell follow each other. */
final class TransposedChannels {
  private final Volume volume;
  private final long image;
  private final TransposeKernel full;
  private final TransposeKernel last;
  private final TransposeKernel.Strides strides;

  TransposedChannels(Library library, Volume volume) {
    this.volume = volume;
    image = (long) Math.ceilDiv(volume.channels(), Vectors.LANES) * Vectors.BYTES;
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

  long bytes() {
    return image * Vectors.LANES * volume.cells() * volume.vectors();
  }

  void run(MemorySegment memory, long from, long to) {
    for (int c = 0; c < volume.channels(); c += Vectors.LANES) {
      TransposeKernel kernel = c + Vectors.LANES <= volume.channels() ? full : last;
      for (int y = 0; y < volume.height(); y++) {
        kernel.run(
            memory,
            strides,
            from + volume.at(c, y, 0),
            to
                + y * strides.toSquare() * strides.squares()
                + (long) c / Vectors.LANES * Vectors.BYTES);
      }
    }
  }
}
