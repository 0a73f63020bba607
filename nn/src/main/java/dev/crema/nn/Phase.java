package dev.crema.nn;

import java.util.List;

/** A part of a program within which no worker waits for another. */
sealed interface Phase {
  /** Steps that each block goes through, one after the other, while it is in the cache. */
  record Blocks(List<BlockStep> steps) implements Phase {}

  /** Steps over all blocks, split into tiles. */
  record Tiles(List<TileStep> steps) implements Phase {}
}
