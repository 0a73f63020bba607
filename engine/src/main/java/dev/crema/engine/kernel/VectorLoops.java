package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Small vector loops that several kernels share. */
final class VectorLoops {
  private VectorLoops() {}

  /** {@code to[i] = sum over n of from[i + n * stride]}, in the order of n. */
  static void sum(MemorySegment memory, long bytes, long from, long stride, int count, long to) {
    int vectors = (int) (bytes / Vectors.BYTES);
    long step = Vectors.BYTES + Vectors.nothing(vectors);
    for (int i = 0; i < vectors; i++) {
      FloatVector sum = FloatVector.zero(Vectors.SPECIES);
      long at = from + i * step;
      for (int n = 0; n < count; n++) {
        sum = Vectors.load(memory, at).add(sum);
        at += stride;
      }
      Vectors.store(FloatVector.zero(Vectors.SPECIES).add(sum), memory, to + i * step);
    }
  }
}
