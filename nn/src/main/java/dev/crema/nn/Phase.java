package dev.crema.nn;

import java.util.List;

/** A part of a program within which no worker waits for another. */
sealed interface Phase {
  /** A step and what its time is booked under. */
  record Labelled<S>(Profile.Label label, S step) {}

  /** The steps, in the order in which they run. */
  List<? extends Labelled<?>> steps();

  /** Steps that each block goes through, one after the other, while it is in the cache. */
  record Blocks(List<Labelled<BlockStep>> steps) implements Phase {}

  /** Steps over all blocks, split into tiles. */
  record Tiles(List<Labelled<TileStep>> steps) implements Phase {}

  /** Steps of as many tiles each, where a tile needs of the step before only the same tile. */
  record Pipelines(List<Labelled<TileStep>> steps) implements Phase {}
}
