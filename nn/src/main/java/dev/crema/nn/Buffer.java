package dev.crema.nn;

import dev.crema.engine.Lanes;

/**
 * A place in a program's memory: one for each block of the batch, or, where nothing outlives a
 * worker's turn with a block, one for each worker.
 *
 * <p>The second kind stays in the worker's cache, whatever the batch size.
 */
public final class Buffer {
  private final long bytes;
  private boolean perBlock;
  private int phase = -1;
  private long base = -1;

  Buffer(long bytes, boolean perBlock) {
    this.bytes = Math.ceilDiv(bytes, Lanes.BYTES) * Lanes.BYTES;
    this.perBlock = perBlock;
  }

  /** Notes a use; a buffer used in more than one phase has a place for each block. */
  void use(int phase) {
    if (this.phase >= 0 && this.phase != phase) {
      perBlock = true;
    }
    this.phase = phase;
  }

  boolean isPerBlock() {
    return perBlock;
  }

  void place(long base) {
    this.base = base;
  }

  /** Bytes of one place; also the distance from one block's place to the next one's. */
  public long bytes() {
    return bytes;
  }

  /** The offset of the place for this block and worker. */
  public long at(Work work) {
    return base + (perBlock ? work.block() : work.worker()) * bytes;
  }

  /** The offset of the place for this block, in a buffer that has one for each. */
  public long at(int block) {
    return base + block * bytes;
  }

  /** The offset of the first place. */
  public long base() {
    return base;
  }
}
