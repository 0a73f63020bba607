package dev.crema.cli;

import java.util.Arrays;

/** The rate of a plain loop of this JVM, one multiply-add after the other. */
final class ScalarRate {
  private static final int LENGTH = 4096;
  private static final long NANOS = 200_000_000;

  private ScalarRate() {}

  /** The best of some 0.2 s, in GFLOP/s. */
  static double gflops() {
    float[] a = new float[LENGTH];
    float[] b = new float[LENGTH];
    Arrays.fill(a, 0.5f);
    Arrays.fill(b, 0.25f);
    double best = 0;
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < NANOS) {
      long start = System.nanoTime();
      float sum = dot(a, b);
      double nanos = System.nanoTime() - start;
      if (sum > 0) { // always, which the compiler does not know
        best = Math.max(best, 2.0 * LENGTH / nanos);
      }
    }
    return best;
  }

  /** The order of a sum of floats is fixed, so no compiler makes vectors of it. */
  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
