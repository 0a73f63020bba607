package dev.crema.nn;

import java.lang.foreign.MemorySegment;

/** A piece of a program over all blocks, split into tiles of its result. */
public interface TileStep {
  /** How many tiles there are. */
  int tiles();

  /** Bytes that all tiles together write: the workers' shares are made equal in these. */
  long bytes();

  /** Writes one tile of the result. */
  void run(MemorySegment memory, int tile, Work work, Frame frame);
}
