package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Sums that lie as the weights do, one set for each group of blocks, and how they are added up.
 *
 * @param bytes of a set
 */
record WeightSums(long bytes) {
  private static final long TILE_BYTES = 1 << 14;

  /** Tiles that they are added up in. */
  int tiles() {
    return (int) Math.ceilDiv(bytes, TILE_BYTES);
  }

  /** Writes a tile of the gradient: the groups' sums, added in their order. */
  void add(MemorySegment memory, int tile, long sums, long stride, int groups, long out) {
    long start = tile * TILE_BYTES;
    long count = Math.min(TILE_BYTES, bytes - start);
    VectorLoops.sum(memory, count, sums + start, stride, groups, out + start);
  }
}
