package dev.crema.nn;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.ObjIntConsumer;

/**
 * A piece of a program over all blocks, split into tiles of its result.
 *
 * @param tiles how many there are, at least 1
 * @param bytes what all tiles together write, at least 0: the workers' shares are made equal in
 *     these
 * @param part writes a tile
 */
public record TileStep(int tiles, long bytes, Part part) {
  /** Validates the numbers. */
  public TileStep {
    if (tiles < 1 || bytes < 0) {
      throw new IllegalArgumentException(
          "expected one or more tiles and 0 or more bytes, got %s tiles and %s bytes"
              .formatted(tiles, bytes));
    }
    Objects.requireNonNull(part, "part");
  }

  /** What a step does for one tile. */
  @FunctionalInterface
  public interface Part {
    /** Writes this tile of the result. */
    void run(MemorySegment memory, int tile, Work work, Frame frame);
  }

  /** What a step does for one tile of one block. */
  @FunctionalInterface
  public interface BlockPart {
    /** Writes this tile of this block's result. */
    void run(MemorySegment memory, int tile, int block);
  }

  /** What a step does for half the features of the worker's block. */
  @FunctionalInterface
  public interface HalfPart {
    /** Writes the first or the second half of the result, or that half's share of all of it. */
    void run(MemorySegment memory, boolean isFirst, Work work);
  }

  /** A step whose tiles are halves of blocks: the first halves of all blocks, then the others. */
  static TileStep ofHalves(int blocks, long bytes, HalfPart part) {
    return new TileStep(
        2 * blocks,
        bytes,
        (memory, tile, work, frame) -> {
          int block = tile % blocks;
          if (block < frame.blocks()) {
            work.setBlock(block);
            part.run(memory, tile < blocks, work);
          }
        });
  }

  /** A step that does the same tile of all blocks, one block after the other. */
  static TileStep ofBlocks(int tiles, long bytes, BlockPart part) {
    return new TileStep(
        tiles,
        bytes,
        (memory, tile, work, frame) -> {
          for (int block = 0; block < frame.blocks(); block++) {
            part.run(memory, tile, block);
          }
        });
  }

  /** The same, whose first tile begins with something for each block that no other tile reads. */
  TileStep afterBlocks(ObjIntConsumer<MemorySegment> first) {
    return new TileStep(
        tiles,
        bytes,
        (memory, tile, work, frame) -> {
          for (int block = 0; tile == 0 && block < frame.blocks(); block++) {
            first.accept(memory, block);
          }
          part.run(memory, tile, work, frame);
        });
  }

  /** Writes this tile of the result. */
  void run(MemorySegment memory, int tile, Work work, Frame frame) {
    part.run(memory, tile, work, frame);
  }
}
