package dev.crema.nn;

import java.lang.foreign.MemorySegment;

/** A piece of a program that handles one block of images and needs no other block's result. */
@FunctionalInterface
public interface BlockStep {
  /** Handles the worker's block. */
  void run(MemorySegment memory, Work work);
}
