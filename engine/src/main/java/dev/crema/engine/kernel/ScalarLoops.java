package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.get;
import static dev.crema.engine.kernel.Vectors.set;

import dev.crema.engine.Kernels.Norm;
import dev.crema.engine.Kernels.Partials;
import java.lang.foreign.MemorySegment;

/** The small loops over single numbers that both kinds of kernels share. */
final class ScalarLoops {
  private ScalarLoops() {}

  static void normFinish(MemorySegment m, int channel, Partials p, Norm norm) {
    long lanes = (long) p.vectors() * Vectors.LANES;
    long at = p.at() + 2L * channel * lanes * Float.BYTES;
    int images = 0;
    double sum = 0;
    double squares = 0;
    for (int b = 0; b < p.blocks(); b++) {
      images += (int) sumOf(m, p.masks() + b * p.maskStride(), (int) lanes);
      sum += sumOf(m, at + b * p.stride(), (int) lanes);
      squares += sumOf(m, at + b * p.stride() + lanes * Float.BYTES, (int) lanes);
    }
    if (images == 0) {
      return;
    }
    double mean = sum / images;
    double spread = 0;
    for (int b = 0; b < p.blocks(); b++) {
      spread += spreadOf(m, at + b * p.stride(), p.masks() + b * p.maskStride(), mean, (int) lanes);
    }
    double count = (double) images * p.cells();
    double m2 = squares + p.cells() * spread;
    double variance = m2 / count;
    long c = (long) channel * Float.BYTES;
    set(m, norm.mean() + c, (float) mean);
    set(m, norm.inverseStd() + c, (float) (1 / Math.sqrt(variance + norm.eps())));
    move(m, norm.runningMean() + c, mean, norm.momentum());
    move(m, norm.runningVariance() + c, m2 / Math.max(1, count - 1), norm.momentum());
  }

  private static void move(MemorySegment m, long at, double to, float momentum) {
    set(m, at, (float) ((1.0 - momentum) * get(m, at) + momentum * to));
  }

  static void normBackwardFinish(MemorySegment m, int channel, Partials p, Norm norm) {
    long lanes = (long) p.vectors() * Vectors.LANES;
    long at = p.at() + 2L * channel * lanes * Float.BYTES;
    double dBeta = 0;
    double dGamma = 0;
    for (int b = 0; b < p.blocks(); b++) {
      dBeta += sumOf(m, at + b * p.stride(), (int) lanes);
      dGamma += sumOf(m, at + b * p.stride() + lanes * Float.BYTES, (int) lanes);
    }
    set(m, norm.dBeta() + (long) channel * Float.BYTES, (float) dBeta);
    set(m, norm.dGamma() + (long) channel * Float.BYTES, (float) dGamma);
  }

  static void normFromRunning(MemorySegment m, int channels, Norm norm) {
    for (int i = 0; i < channels; i++) {
      long c = (long) i * Float.BYTES;
      set(m, norm.mean() + c, get(m, norm.runningMean() + c));
      double variance = get(m, norm.runningVariance() + c);
      set(m, norm.inverseStd() + c, (float) (1 / Math.sqrt(variance + norm.eps())));
    }
  }

  static double sumOf(MemorySegment m, long at, int count) {
    double sum = 0;
    long step = Float.BYTES + Vectors.nothing(count);
    for (int i = 0; i < count; i++) {
      sum += get(m, at + i * step);
    }
    return sum;
  }

  static double spreadOf(MemorySegment m, long at, long mask, double mean, int count) {
    double sum = 0;
    long step = Float.BYTES + Vectors.nothing(count);
    for (int i = 0; i < count; i++) {
      double d = get(m, at + i * step) - mean;
      sum += get(m, mask + i * step) * d * d;
    }
    return sum;
  }

  static void sumLanes(MemorySegment m, int count, long sums, long out) {
    long number = Float.BYTES + Vectors.nothing(count);
    long vector = Vectors.BYTES + Vectors.nothing(count);
    for (int i = 0; i < count; i++) {
      set(m, out + i * number, Vectors.sum(m, sums + i * vector));
    }
  }
}
