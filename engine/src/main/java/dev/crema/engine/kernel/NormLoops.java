package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.BYTES;
import static dev.crema.engine.kernel.Vectors.SPECIES;
import static dev.crema.engine.kernel.Vectors.load;
import static dev.crema.engine.kernel.Vectors.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** The loops of batch norm. */
final class NormLoops {
  private NormLoops() {}

  /** squares += the squared differences of the vectors at at, at + step, ... from the mean. */
  static void squares(MemorySegment m, long at, long step, int n, long mean, long squares) {
    if (n <= 0) {
      return;
    }
    FloatVector center = load(m, mean);
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = FloatVector.zero(SPECIES);
    FloatVector c = FloatVector.zero(SPECIES);
    FloatVector d = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i < n - 3; i += 4) {
      long o = at + i * step;
      FloatVector x = load(m, o).sub(center);
      a = x.fma(x, a);
      FloatVector y = load(m, o + step).sub(center);
      b = y.fma(y, b);
      FloatVector z = load(m, o + 2 * step).sub(center);
      c = z.fma(z, c);
      FloatVector w = load(m, o + 3 * step).sub(center);
      d = w.fma(w, d);
    }
    for (; i < n; i++) {
      FloatVector x = load(m, at + i * step).sub(center);
      a = x.fma(x, a);
    }
    store(load(m, squares).add(a).add(b).add(c).add(d), m, squares);
  }

  /** at *= mask * factor, for a cell of n vectors. */
  static void mask(MemorySegment m, long at, long mask, int n, float factor) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      store(load(m, at + o).mul(load(m, mask + o)).mul(factor), m, at + o);
    }
  }

  static void normalize(
      MemorySegment m, long in, long out, int n, float mean, float scale, float beta) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector x = load(m, in + o).sub(mean);
      store(x.fma(scale, beta), m, out + o);
    }
  }

  /** Adds to the sums of g and of g * (x - mean). */
  static void sums(
      MemorySegment m, long in, long dOut, long step, int n, float mean, long sum, long product) {
    if (n <= 0) {
      return;
    }
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = FloatVector.zero(SPECIES);
    FloatVector c = FloatVector.zero(SPECIES);
    FloatVector d = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i < n - 1; i += 2) {
      long o = i * step;
      FloatVector g = load(m, dOut + o);
      a = g.add(a);
      b = load(m, in + o).sub(mean).fma(g, b);
      FloatVector h = load(m, dOut + o + step);
      c = h.add(c);
      d = load(m, in + o + step).sub(mean).fma(h, d);
    }
    for (; i < n; i++) {
      FloatVector g = load(m, dOut + i * step);
      a = g.add(a);
      b = load(m, in + i * step).sub(mean).fma(g, b);
    }
    store(load(m, sum).add(a).add(c), m, sum);
    store(load(m, product).add(b).add(d), m, product);
  }

  /** dIn = (g * scale + (x - mean) * slope + shift) * mask. */
  static void backward(
      MemorySegment m,
      long in,
      long dOut,
      long dIn,
      long step,
      int n,
      float mean,
      float scale,
      float slope,
      float shift,
      long mask) {
    if (n <= 0) {
      return;
    }
    FloatVector live = load(m, mask);
    for (int i = 0; i < n; i++) {
      long o = i * step;
      FloatVector x = load(m, in + o).sub(mean).fma(slope, shift);
      store(load(m, dOut + o).fma(FloatVector.broadcast(SPECIES, scale), x).mul(live), m, dIn + o);
    }
  }
}
