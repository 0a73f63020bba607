package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/** Brings a strip's products back from Winograd's domain. */
sealed interface TileResults permits TileOutputs, TileSums {
  /** Bytes of a strip's products. */
  long bytes();

  long scratchBytes();

  /** Transforms a strip that begins with this row of tiles. */
  void run(MemorySegment memory, int firstRow, long products, long scratch, long out);
}
