package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.BYTES;
import static dev.crema.engine.kernel.Vectors.SPECIES;
import static dev.crema.engine.kernel.Vectors.load;
import static dev.crema.engine.kernel.Vectors.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Loops over {@code n} vectors one after the other. */
final class MapLoops {
  private MapLoops() {}

  static void relu(MemorySegment m, long in, long out, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector x = load(m, in + o);
      store(x.blend(0f, x.compare(VectorOperators.LE, 0f)), m, out + o);
    }
  }

  static void sigmoid(MemorySegment m, long in, long out, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      store(Vectors.sigmoid(load(m, in + o)), m, out + o);
    }
  }

  static void tanh(MemorySegment m, long in, long out, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      // Not by our own store: see LossLoops about long loops.
      Vectors.tanh(load(m, in + o)).intoMemorySegment(m, out + o, Vectors.ORDER);
    }
  }

  static void reluBackward(MemorySegment m, long out, long dOut, long dIn, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      VectorMask<Float> off = load(m, out + o).compare(VectorOperators.LE, 0f);
      store(load(m, dOut + o).blend(0f, off), m, dIn + o);
    }
  }

  static void sigmoidBackward(MemorySegment m, long out, long dOut, long dIn, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector y = load(m, out + o);
      FloatVector slope = y.mul(FloatVector.broadcast(SPECIES, 1f).sub(y));
      store(load(m, dOut + o).mul(slope), m, dIn + o);
    }
  }

  static void tanhBackward(MemorySegment m, long out, long dOut, long dIn, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      FloatVector y = load(m, out + o);
      FloatVector slope = FloatVector.broadcast(SPECIES, 1f).sub(y.mul(y));
      store(load(m, dOut + o).mul(slope), m, dIn + o);
    }
  }

  static void add(MemorySegment m, long a, long b, long out, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      store(load(m, a + o).add(load(m, b + o)), m, out + o);
    }
  }

  static void copy(MemorySegment m, long in, long out, int n) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      store(load(m, in + o), m, out + o);
    }
  }

  /**
   * out, step apart, = byte * scale + shift, for n bytes of each lane, of which a vector has four.
   */
  static void unpack(
      MemorySegment m, long in, long out, long step, int n, float scale, float shift) {
    FloatVector factor = FloatVector.broadcast(SPECIES, scale);
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      IntVector four = load(m, in + (i >> 2) * stride).reinterpretAsInts();
      IntVector one = four.lanewise(VectorOperators.LSHR, (i & 3) << 3).and(0xFF);
      FloatVector value = (FloatVector) one.convertShape(VectorOperators.I2F, SPECIES, 0);
      store(value.fma(factor, FloatVector.broadcast(SPECIES, shift)), m, out + i * step);
    }
  }

  static void fill(MemorySegment m, long at, int n, float value) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      store(FloatVector.broadcast(SPECIES, value), m, at + i * stride);
    }
  }

  /** out, of {@code vectors} vectors each, all become the cell at in times a factor. */
  static void spread(MemorySegment m, long in, long out, long step, int n, float factor) {
    if (n <= 0) {
      return;
    }
    FloatVector x = load(m, in).mul(factor);
    for (int i = 0; i < n; i++) {
      store(x, m, out + i * step);
    }
  }

  /** sum += the vectors at at, at + step, ... */
  static void sum(MemorySegment m, long at, long step, int n, long sum) {
    if (n <= 0) {
      return;
    }
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = FloatVector.zero(SPECIES);
    FloatVector c = FloatVector.zero(SPECIES);
    FloatVector d = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i < n - 3; i += 4) {
      long o = at + i * step;
      a = load(m, o).add(a);
      b = load(m, o + step).add(b);
      c = load(m, o + 2 * step).add(c);
      d = load(m, o + 3 * step).add(d);
    }
    for (; i < n; i++) {
      a = load(m, at + i * step).add(a);
    }
    store(load(m, sum).add(a).add(b).add(c).add(d), m, sum);
  }

  /** at *= factor. */
  static void scale(MemorySegment m, long at, int n, float factor) {
    long stride = BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = at + i * stride;
      store(load(m, o).mul(factor), m, o);
    }
  }

  /**
   * Drops every {@code vectors}-th vector of a row: the features {@code feature}, feature + 1, ...
   * of the images {@code image}, image + 1, ...
   */
  static void dropout(
      MemorySegment m,
      long in,
      long out,
      long step,
      int n,
      int threshold,
      float scale,
      long key,
      int image,
      int features,
      int feature) {
    if (n <= 0) {
      return;
    }
    IntVector images = IntVector.zero(Vectors.INTS).addIndex(1).add(image);
    IntVector counter = images.mul(features).add(feature);
    int low = (int) key;
    int high = (int) (key >>> 32);
    for (int i = 0; i < n; i++) {
      IntVector h =
          mix(
              mix(counter.add(i).lanewise(VectorOperators.XOR, low))
                  .lanewise(VectorOperators.XOR, high));
      IntVector drop = h.lanewise(VectorOperators.LSHR, 8).sub(threshold);
      FloatVector x = load(m, in + i * step).mul(scale);
      // The sign bit of the difference, spread over all bits, says which lanes to drop.
      IntVector kept = drop.lanewise(VectorOperators.ASHR, 31).not();
      store(x.reinterpretAsInts().and(kept).reinterpretAsFloats(), m, out + i * step);
    }
  }

  private static IntVector mix(IntVector h) {
    IntVector a = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 16));
    a = a.mul(0x85ebca6b);
    a = a.lanewise(VectorOperators.XOR, a.lanewise(VectorOperators.LSHR, 13));
    a = a.mul(0xc2b2ae35);
    return a.lanewise(VectorOperators.XOR, a.lanewise(VectorOperators.LSHR, 16));
  }
}
