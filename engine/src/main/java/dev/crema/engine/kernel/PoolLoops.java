package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.SPECIES;
import static dev.crema.engine.kernel.Vectors.load;
import static dev.crema.engine.kernel.Vectors.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * One row of a pooling's results, for one vector of the cells. {@code cell} is the distance between
 * neighbours; the rows of the input that the window reaches start at {@code in} and are {@code
 * rows}.
 */
final class PoolLoops {
  private PoolLoops() {}

  static void max2(MemorySegment m, float floor, long in, long row, long cell, long out, int n) {
    for (int i = 0; i < n; i++) {
      long o = in + 2 * i * cell;
      FloatVector best = FloatVector.broadcast(SPECIES, floor);
      best = larger(best, load(m, o));
      best = larger(best, load(m, o + cell));
      best = larger(best, load(m, o + row));
      best = larger(best, load(m, o + row + cell));
      store(best, m, out + i * cell);
    }
  }

  private static FloatVector larger(FloatVector best, FloatVector x) {
    return x.blend(best, x.compare(VectorOperators.GT, best).not());
  }

  /** The gradient where the result is above the floor, and else 0. */
  private static FloatVector above(float floor, FloatVector best, FloatVector gradient) {
    return gradient.blend(0f, best.compare(VectorOperators.LE, floor));
  }

  static void max2Backward(
      MemorySegment m,
      float floor,
      long in,
      long row,
      long cell,
      long out,
      long dOut,
      long dIn,
      long dRow,
      int n) {
    for (int i = 0; i < n; i++) {
      long o = in + 2 * i * cell;
      long d = dIn + 2 * i * cell;
      FloatVector best = load(m, out + i * cell);
      FloatVector rest = above(floor, best, load(m, dOut + i * cell));
      FloatVector zero = FloatVector.zero(SPECIES);
      VectorMask<Float> hit = load(m, o).compare(VectorOperators.EQ, best);
      store(zero.blend(rest, hit), m, d);
      rest = rest.blend(zero, hit);
      hit = load(m, o + cell).compare(VectorOperators.EQ, best);
      store(zero.blend(rest, hit), m, d + cell);
      rest = rest.blend(zero, hit);
      hit = load(m, o + row).compare(VectorOperators.EQ, best);
      store(zero.blend(rest, hit), m, d + dRow);
      rest = rest.blend(zero, hit);
      hit = load(m, o + row + cell).compare(VectorOperators.EQ, best);
      store(zero.blend(rest, hit), m, d + dRow + cell);
    }
  }

  static void max(
      MemorySegment m,
      float floor,
      long in,
      int rows,
      long row,
      int width,
      long cell,
      int kernel,
      int stride,
      int padding,
      long out,
      int n) {
    for (int i = 0; i < n; i++) {
      int x = i * stride - padding;
      int from = Math.max(0, x);
      int to = Math.min(width, x + kernel);
      FloatVector best = FloatVector.broadcast(SPECIES, floor);
      for (int r = 0; r < rows; r++) {
        for (int k = from; k < to; k++) {
          best = larger(best, load(m, in + r * row + k * cell));
        }
      }
      store(Vectors.typed(best), m, out + i * cell);
    }
  }

  /** Adds to dIn. */
  static void maxBackward(
      MemorySegment m,
      float floor,
      long in,
      int rows,
      long row,
      int width,
      long cell,
      int kernel,
      int stride,
      int padding,
      long out,
      long dOut,
      long dIn,
      long dRow,
      int n) {
    for (int i = 0; i < n; i++) {
      int x = i * stride - padding;
      int from = Math.max(0, x);
      int to = Math.min(width, x + kernel);
      FloatVector best = load(m, out + i * cell);
      FloatVector rest = above(floor, best, load(m, dOut + i * cell));
      for (int r = 0; r < rows; r++) {
        for (int k = from; k < to; k++) {
          VectorMask<Float> hit =
              load(m, in + r * row + k * cell).compare(VectorOperators.EQ, best);
          long d = dIn + r * dRow + k * cell;
          store(load(m, d).add(FloatVector.zero(SPECIES).blend(rest, hit)), m, d);
          rest = FloatVector.zero(SPECIES).blend(rest, hit.not());
        }
      }
    }
  }

  static void average2(MemorySegment m, long in, long row, long cell, long out, int n) {
    for (int i = 0; i < n; i++) {
      long o = in + 2 * i * cell;
      FloatVector sum = load(m, o).add(load(m, o + cell));
      sum = sum.add(load(m, o + row)).add(load(m, o + row + cell));
      store(sum.mul(0.25f), m, out + i * cell);
    }
  }

  static void average2Backward(MemorySegment m, long dOut, long cell, long dIn, long dRow, int n) {
    for (int i = 0; i < n; i++) {
      FloatVector d = load(m, dOut + i * cell).mul(0.25f);
      long o = dIn + 2 * i * cell;
      store(d, m, o);
      store(d, m, o + cell);
      store(d, m, o + dRow);
      store(d, m, o + dRow + cell);
    }
  }

  static void average(
      MemorySegment m,
      long in,
      int rows,
      long row,
      int width,
      long cell,
      int kernel,
      int stride,
      int padding,
      long out,
      int n) {
    float factor = 1f / (kernel * kernel);
    for (int i = 0; i < n; i++) {
      int x = i * stride - padding;
      int from = Math.max(0, x);
      int to = Math.min(width, x + kernel);
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int r = 0; r < rows; r++) {
        for (int k = from; k < to; k++) {
          sum = load(m, in + r * row + k * cell).add(sum);
        }
      }
      store(FloatVector.broadcast(SPECIES, factor).mul(sum), m, out + i * cell);
    }
  }

  /** Adds to dIn. */
  static void averageBackward(
      MemorySegment m,
      long dOut,
      int rows,
      int width,
      long cell,
      int kernel,
      int stride,
      int padding,
      long dIn,
      long dRow,
      int n) {
    float factor = 1f / (kernel * kernel);
    for (int i = 0; i < n; i++) {
      int x = i * stride - padding;
      int from = Math.max(0, x);
      int to = Math.min(width, x + kernel);
      FloatVector g = load(m, dOut + i * cell).mul(factor);
      for (int r = 0; r < rows; r++) {
        for (int k = from; k < to; k++) {
          long d = dIn + r * dRow + k * cell;
          store(load(m, d).add(g), m, d);
        }
      }
    }
  }
}
