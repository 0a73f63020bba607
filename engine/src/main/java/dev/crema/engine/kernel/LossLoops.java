package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.ORDER;
import static dev.crema.engine.kernel.Vectors.SPECIES;
import static dev.crema.engine.kernel.Vectors.load;
import static dev.crema.engine.kernel.Vectors.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Loops over the {@code n} features of one vector of images, {@code cell} bytes apart.
 *
 * <p>Exponentials and logarithms are long, and past some length of a loop the compiler inlines only
 * what the library marks. So the last lines of such loops call the library and none of our
 * functions: vectors that are handed to a call become objects on the heap.
 */
final class LossLoops {
  static final float TINY = 1e-12f;

  private LossLoops() {}

  /** The largest feature. */
  private static FloatVector max(MemorySegment m, long at, long cell, int n) {
    FloatVector best = load(m, at);
    for (int k = 1; k < n; k++) {
      FloatVector x = load(m, at + k * cell);
      best = x.blend(best, x.compare(VectorOperators.GT, best).not());
    }
    return best;
  }

  /** The logarithm of a sum; unlike the plain one it keeps NaN. */
  private static FloatVector logOfSum(FloatVector sum) {
    FloatVector typed = Vectors.typed(sum);
    return Vectors.log(typed).add(typed.sub(typed));
  }

  static void softmax(MemorySegment m, long in, long out, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector max = max(m, in, cell, n);
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      FloatVector e = Vectors.exp(load(m, in + k * cell).sub(max));
      sum = e.add(sum);
      store(e, m, out + k * cell);
    }
    FloatVector factor = FloatVector.broadcast(SPECIES, 1f).div(sum);
    for (int k = 0; k < n; k++) {
      store(load(m, out + k * cell).mul(factor), m, out + k * cell);
    }
  }

  static void softmaxBackward(MemorySegment m, long out, long dOut, long dIn, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      sum = load(m, out + k * cell).fma(load(m, dOut + k * cell), sum);
    }
    for (int k = 0; k < n; k++) {
      FloatVector d = load(m, dOut + k * cell).sub(sum);
      store(load(m, out + k * cell).mul(d), m, dIn + k * cell);
    }
  }

  static void logSoftmax(MemorySegment m, long in, long out, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector max = max(m, in, cell, n);
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      sum = Vectors.exp(load(m, in + k * cell).sub(max)).add(sum);
    }
    FloatVector log = logOfSum(sum);
    for (int k = 0; k < n; k++) {
      FloatVector.fromMemorySegment(SPECIES, m, in + k * cell, ORDER)
          .sub(max)
          .sub(log)
          .intoMemorySegment(m, out + k * cell, ORDER);
    }
  }

  static void logSoftmaxBackward(MemorySegment m, long out, long dOut, long dIn, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      sum = load(m, dOut + k * cell).add(sum);
    }
    for (int k = 0; k < n; k++) {
      FloatVector p = Vectors.exp(load(m, out + k * cell));
      store(load(m, dOut + k * cell).sub(p.mul(sum)), m, dIn + k * cell);
    }
  }

  /** correct = 1 where the first largest feature is that of the label. */
  static void correct(MemorySegment m, long in, long labels, long correct, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector best = load(m, in);
    FloatVector arg = FloatVector.zero(SPECIES);
    for (int k = 1; k < n; k++) {
      FloatVector x = load(m, in + k * cell);
      VectorMask<Float> keep = x.compare(VectorOperators.GT, best).not();
      best = x.blend(best, keep);
      arg = FloatVector.broadcast(SPECIES, k).blend(arg, keep);
    }
    VectorMask<Float> hit = load(m, labels).compare(VectorOperators.EQ, arg);
    store(FloatVector.zero(SPECIES).blend(1f, hit), m, correct);
  }

  /** The loss is log sum - target. */
  static void crossEntropy(
      MemorySegment m,
      long in,
      long labels,
      float smoothing,
      long sumAt,
      long targetAt,
      long cell,
      int n) {
    if (n <= 0) {
      return;
    }
    FloatVector max = max(m, in, cell, n);
    FloatVector label = load(m, labels);
    FloatVector sum = FloatVector.zero(SPECIES);
    FloatVector chosen = FloatVector.zero(SPECIES);
    FloatVector all = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      FloatVector x = load(m, in + k * cell).sub(max);
      sum = Vectors.exp(x).add(sum);
      all = x.add(all);
      chosen = x.blend(chosen, label.compare(VectorOperators.EQ, (float) k).not());
    }
    FloatVector target = FloatVector.broadcast(SPECIES, 1f - smoothing).mul(chosen);
    if (smoothing != 0) {
      target = FloatVector.broadcast(SPECIES, smoothing / n).mul(all).add(target);
    }
    FloatVector.broadcast(SPECIES, 1f).mul(sum).intoMemorySegment(m, sumAt, ORDER);
    target.intoMemorySegment(m, targetAt, ORDER);
  }

  /** loss = log loss - target, for n vectors side by side. */
  static void logMinus(MemorySegment m, long loss, long target, int n) {
    long stride = Vectors.BYTES + Vectors.nothing(n);
    for (int i = 0; i < n; i++) {
      long o = i * stride;
      store(logOfSum(load(m, loss + o)).sub(load(m, target + o)), m, loss + o);
    }
  }

  static void crossEntropyBackward(
      MemorySegment m,
      long in,
      long labels,
      long scale,
      float smoothing,
      long dIn,
      long cell,
      int n) {
    if (n <= 0) {
      return;
    }
    FloatVector max = max(m, in, cell, n);
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      FloatVector e = Vectors.exp(load(m, in + k * cell).sub(max));
      sum = e.add(sum);
      store(e, m, dIn + k * cell);
    }
    FloatVector factor = FloatVector.broadcast(SPECIES, 1f).div(sum);
    FloatVector label = load(m, labels);
    FloatVector times = load(m, scale);
    FloatVector off = FloatVector.broadcast(SPECIES, smoothing / n);
    FloatVector on = off.add(1f - smoothing);
    for (int k = 0; k < n; k++) {
      FloatVector t = off.blend(on, label.compare(VectorOperators.EQ, (float) k));
      FloatVector.fromMemorySegment(SPECIES, m, dIn + k * cell, ORDER)
          .mul(factor)
          .sub(t)
          .mul(times)
          .intoMemorySegment(m, dIn + k * cell, ORDER);
    }
  }

  static void probabilities(
      MemorySegment m, long in, long labels, float smoothing, long loss, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector label = load(m, labels);
    FloatVector off = FloatVector.broadcast(SPECIES, smoothing / n);
    FloatVector on = off.add(1f - smoothing);
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      FloatVector q = clamp(load(m, in + k * cell));
      FloatVector t = off.blend(on, label.compare(VectorOperators.EQ, (float) k));
      sum = t.mul(logOfSum(q)).neg().add(sum);
    }
    FloatVector.broadcast(SPECIES, 1f).mul(sum).intoMemorySegment(m, loss, ORDER);
  }

  static void probabilitiesBackward(
      MemorySegment m,
      long in,
      long labels,
      long scale,
      float smoothing,
      long dIn,
      long cell,
      int n) {
    if (n <= 0) {
      return;
    }
    FloatVector label = load(m, labels);
    FloatVector times = load(m, scale);
    FloatVector off = FloatVector.broadcast(SPECIES, smoothing / n);
    FloatVector on = off.add(1f - smoothing);
    for (int k = 0; k < n; k++) {
      FloatVector q = clamp(load(m, in + k * cell));
      FloatVector t = off.blend(on, label.compare(VectorOperators.EQ, (float) k));
      store(t.neg().div(q).mul(times), m, dIn + k * cell);
    }
  }

  private static FloatVector clamp(FloatVector p) {
    return p.blend(TINY, p.compare(VectorOperators.LT, TINY));
  }

  static void logs(
      MemorySegment m, long in, long labels, float smoothing, long loss, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector label = load(m, labels);
    FloatVector chosen = FloatVector.zero(SPECIES);
    FloatVector all = FloatVector.zero(SPECIES);
    for (int k = 0; k < n; k++) {
      FloatVector x = load(m, in + k * cell);
      all = x.neg().add(all);
      chosen = x.neg().blend(chosen, label.compare(VectorOperators.EQ, (float) k).not());
    }
    FloatVector result = FloatVector.broadcast(SPECIES, 1f - smoothing).mul(chosen);
    if (smoothing != 0) {
      result = FloatVector.broadcast(SPECIES, smoothing / n).mul(all).add(result);
    }
    store(result, m, loss);
  }

  static void logsBackward(
      MemorySegment m, long labels, long scale, float smoothing, long dIn, long cell, int n) {
    if (n <= 0) {
      return;
    }
    FloatVector label = load(m, labels);
    FloatVector times = load(m, scale);
    FloatVector off = FloatVector.broadcast(SPECIES, smoothing / n);
    FloatVector on = off.add(1f - smoothing);
    for (int k = 0; k < n; k++) {
      FloatVector t = off.blend(on, label.compare(VectorOperators.EQ, (float) k));
      store(t.neg().mul(times), m, dIn + k * cell);
    }
  }
}
