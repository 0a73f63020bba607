package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.BYTES;
import static dev.crema.engine.kernel.Vectors.SPECIES;
import static dev.crema.engine.kernel.Vectors.load;
import static dev.crema.engine.kernel.Vectors.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** The optimisers' loops over {@code n} vectors. */
final class OptimiserLoops {
  private OptimiserLoops() {}

  static void sgd(
      MemorySegment m, int n, long w, long g, float lr, float decay, float gradientScale) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector x = load(m, w + o);
      FloatVector d = load(m, g + o).mul(gradientScale).add(x.mul(decay));
      store(x.sub(d.mul(lr)), m, w + o);
    }
  }

  static void momentum(
      MemorySegment m,
      int n,
      long w,
      long g,
      long slot,
      float lr,
      float momentum,
      float decay,
      float gradientScale) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector x = load(m, w + o);
      FloatVector d = load(m, g + o).mul(gradientScale).add(x.mul(decay));
      FloatVector b = load(m, slot + o).mul(momentum).add(d);
      store(b, m, slot + o);
      store(x.sub(b.mul(lr)), m, w + o);
    }
  }

  static void nesterov(
      MemorySegment m,
      int n,
      long w,
      long g,
      long slot,
      float lr,
      float momentum,
      float decay,
      float gradientScale) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector x = load(m, w + o);
      FloatVector d = load(m, g + o).mul(gradientScale).add(x.mul(decay));
      FloatVector b = load(m, slot + o).mul(momentum).add(d);
      store(b, m, slot + o);
      store(x.sub(d.add(b.mul(momentum)).mul(lr)), m, w + o);
    }
  }

  static void adam(
      MemorySegment m,
      int n,
      long w,
      long g,
      long first,
      long second,
      float gradientScale,
      float l2,
      float keep,
      float gain1,
      float beta2,
      float gain2,
      float rate,
      float root,
      float eps) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector x = load(m, w + o);
      FloatVector d = load(m, g + o).mul(gradientScale).add(x.mul(l2));
      FloatVector a = load(m, first + o);
      a = a.add(d.sub(a).mul(gain1));
      FloatVector b = load(m, second + o).mul(beta2).add(d.mul(d).mul(gain2));
      store(a, m, first + o);
      store(b, m, second + o);
      FloatVector below = b.sqrt().div(root).add(eps);
      store(x.mul(keep).sub(a.mul(rate).div(below)), m, w + o);
    }
  }

  /** Sums of few vectors in float, which the squares of numbers under 1e18 do not overflow. */
  static double sumOfSquares(MemorySegment m, int n, long at) {
    double sum = 0;
    int group = 256 / Vectors.LANES;
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i += group) {
      int end = Math.min(n, i + group);
      FloatVector squares = FloatVector.zero(SPECIES);
      for (int k = i; k < end; k++) {
        FloatVector x = load(m, at + k * stride);
        squares = x.fma(x, squares);
      }
      sum += sumOfLanes(FloatVector.zero(SPECIES).add(squares));
    }
    return sum;
  }

  private static float sumOfLanes(FloatVector x) {
    FloatVector sum = x;
    if (Vectors.LANES > 8) {
      sum = sum.add(sum.rearrange(Vectors.DOWN_8));
    }
    if (Vectors.LANES > 4) {
      sum = sum.add(sum.rearrange(Vectors.DOWN_4));
    }
    if (Vectors.LANES > 2) {
      sum = sum.add(sum.rearrange(Vectors.DOWN_2));
    }
    return sum.add(sum.rearrange(Vectors.DOWN_1)).lane(0);
  }
}
