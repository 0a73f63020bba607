package dev.crema.bench;

import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Key;
import dev.crema.engine.Lanes;
import dev.crema.engine.Operator;
import dev.crema.engine.Warmup;
import dev.crema.engine.kernel.Library;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Places one after the other, and then the memory for them, as a program has it. */
final class Slab {
  private static final int PAGE = 4096;

  private final Library library;
  private long end = Library.SCRATCH_BYTES;

  /** Nothing yet, for convolutions that are computed so and for these operators. */
  Slab(Convolving convolving, Operator... operators) {
    library = new Library(convolving);
    library.need(Operator.BASIC);
    List.of(operators).forEach(library::need);
  }

  /** The loops that the plans for this memory are made of. */
  Library library() {
    return library;
  }

  /** The place of so many bytes. */
  long place(long bytes) {
    long at = end;
    end += Math.ceilDiv(bytes, Lanes.BYTES) * Lanes.BYTES;
    return at;
  }

  /** The memory, full of numbers in [-1, 1), once all loops that were asked for are compiled. */
  MemorySegment warm() {
    MemorySegment memory = Arena.ofAuto().allocate(end, PAGE);
    Warmup.run(library.takeCold(memory), () -> false);
    Key key = Key.of(1);
    for (long i = 0; i < end / Float.BYTES; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (2 * key.uniform((int) i) - 1));
    }
    return memory;
  }
}
