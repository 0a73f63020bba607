package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Which loop to generate: equal forms have the same loop.
 *
 * @param <K> the loop's interface, of one method
 */
interface LoopForm<K> {
  /** That interface. */
  Class<K> type();

  /** What the loop's class is called. */
  String name();

  /** Writes the loop. */
  void write(VectorCode code);

  /** Runs such a loop on a few numbers, in the first bytes of the memory, to warm it up. */
  void runSmall(K loop, MemorySegment memory);

  /** Runs such a loop with nothing to do. */
  void runEmpty(K loop, MemorySegment memory);
}
