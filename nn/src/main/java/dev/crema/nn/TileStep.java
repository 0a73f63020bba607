package dev.crema.nn;

import java.lang.foreign.MemorySegment;
import java.util.function.ObjIntConsumer;

/** A piece of a program over all blocks, split into tiles of its result. */
public interface TileStep {
  /** How many tiles there are. */
  int tiles();

  /** Bytes that all tiles together write: the workers' shares are made equal in these. */
  long bytes();

  /** Writes one tile of the result. */
  void run(MemorySegment memory, int tile, Work work, Frame frame);

  /** What a step does for one tile of one block. */
  @FunctionalInterface
  interface Part {
    /** Writes this tile of this block's result. */
    void run(MemorySegment memory, int tile, int block);
  }

  /** A step that does the same tile of all blocks, one block after the other. */
  static TileStep ofBlocks(int tiles, long bytes, Part part) {
    return new TileStep() {
      @Override
      public int tiles() {
        return tiles;
      }

      @Override
      public long bytes() {
        return bytes;
      }

      @Override
      public void run(MemorySegment memory, int tile, Work work, Frame frame) {
        for (int block = 0; block < frame.blocks(); block++) {
          part.run(memory, tile, block);
        }
      }
    };
  }

  /** The same, whose first tile begins with something for each block that no other tile reads. */
  default TileStep afterBlocks(ObjIntConsumer<MemorySegment> first) {
    TileStep step = this;
    return new TileStep() {
      @Override
      public int tiles() {
        return step.tiles();
      }

      @Override
      public long bytes() {
        return step.bytes();
      }

      @Override
      public void run(MemorySegment memory, int tile, Work work, Frame frame) {
        for (int block = 0; tile == 0 && block < frame.blocks(); block++) {
          first.accept(memory, block);
        }
        step.run(memory, tile, work, frame);
      }
    };
  }
}
