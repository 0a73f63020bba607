package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * What must be zero in a block from its first use to its last although no step writes it: the halo,
 * and features that fill up the last vector.
 *
 * @param volume the block
 * @param bytes how much of it is read, more than it has if features are filled up
 */
record Zeros(Volume volume, long bytes) {
  /** Nothing. */
  static final Zeros NONE = around(Volume.features(1, 1));

  /** Of a block of this layout. */
  static Zeros around(Volume volume) {
    return new Zeros(volume, volume.bytes());
  }

  /** Of a block of this layout, filled up to whole vectors if it is of features. */
  static Zeros filling(Volume volume) {
    return new Zeros(volume, volume.isFlat() ? volume.paddedBytes() : volume.bytes());
  }

  boolean isEmpty() {
    return volume.halo() == 0 && bytes == volume.bytes();
  }

  /** Writes them. */
  void write(Kernels kernels, MemorySegment memory, long at) {
    if (bytes > volume.bytes()) {
      kernels.fill(memory, at + volume.bytes(), bytes - volume.bytes(), 0f);
    }
    int halo = volume.halo();
    if (halo == 0) {
      return;
    }
    long side = halo * volume.cell();
    for (int c = 0; c < volume.channels(); c++) {
      kernels.fill(memory, at + volume.at(c, 0, -halo), side, 0f);
      // The end of a row and the beginning of the next one are side by side.
      for (int y = 0; y < volume.height(); y++) {
        long end = at + volume.at(c, y, volume.width());
        kernels.fill(memory, end, y == volume.height() - 1 ? side : 2 * side, 0f);
      }
    }
  }
}
