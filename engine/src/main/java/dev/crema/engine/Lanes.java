package dev.crema.engine;

import jdk.incubator.vector.FloatVector;

/**
 * The vector width this machine computes with: how many images of a batch lie side by side in one
 * vector.
 */
public final class Lanes {
  /** Images in one vector: 16 on AVX-512, 8 on AVX2, 4 on NEON. */
  public static final int COUNT = count();

  /** Bytes of one vector; every offset of a vector is a multiple of it. */
  public static final int BYTES = COUNT * Float.BYTES;

  private Lanes() {}

  private static int count() {
    VectorModule.require();
    return FloatVector.SPECIES_PREFERRED.length();
  }

  /** The smallest multiple of {@link #COUNT} that holds this many numbers. */
  public static int roundUp(int count) {
    return Math.ceilDiv(count, COUNT) * COUNT;
  }
}
