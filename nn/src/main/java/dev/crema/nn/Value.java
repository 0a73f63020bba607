package dev.crema.nn;

import dev.crema.engine.Volume;

/**
 * What one layer hands to the next: the layout of a block and where the blocks are.
 *
 * @param volume the layout
 * @param buffer the place
 */
public record Value(Volume volume, Buffer buffer) {
  /** The offset of this worker's block. */
  public long at(Work work) {
    return buffer.at(work);
  }

  /** The offset of a block, for steps over all blocks. */
  public long at(int block) {
    return buffer.at(block);
  }
}
