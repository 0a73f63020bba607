package dev.crema.nn;

import java.lang.foreign.MemorySegment;

/** A piece of a program that adds one block's contribution to sums over all images. */
@FunctionalInterface
public interface SumStep {
  /**
   * Adds what the worker's block contributes.
   *
   * @param sums the offset of one vector of {@link dev.crema.engine.Lanes#COUNT} floats for each
   *     channel; what is added to any lane of a vector counts for its channel
   */
  void run(MemorySegment memory, Work work, long sums);
}
