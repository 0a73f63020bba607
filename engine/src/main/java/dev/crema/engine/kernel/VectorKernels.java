package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.BYTES;
import static dev.crema.engine.kernel.Vectors.get;

import dev.crema.engine.Activation;
import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The kernels in vectors. The methods here only walk over channels and rows; the work is done by
 * loops that are small static methods, each of which returns at once if there is nothing to do.
 */
public final class VectorKernels implements Kernels {
  /** There is nothing to configure. */
  public static final VectorKernels INSTANCE = new VectorKernels();

  /** Bytes of scratch memory that the calls of {@link #warm} need. */
  public static final long WARM_BYTES = WarmUp.SCRATCH;

  private VectorKernels() {}

  /** For an operator's loops the calls that bring them to full speed; they write to the scratch. */
  public static List<Warm> warm(Operator operator, MemorySegment m, long scratch) {
    return WarmUp.list(operator, m, scratch);
  }

  // Operators that treat all cells alike run over the longest stretches without a gap: the whole
  // block, else a channel, else a row. The stretch (p, r) starts at cell (channel p, row r, 0).

  private static boolean block(Volume a, Volume b) {
    return a.isContiguous() && b.isContiguous();
  }

  private static int planes(Volume a, Volume b) {
    return block(a, b) ? 1 : a.channels();
  }

  private static int rows(Volume a, Volume b) {
    return a.halo() == 0 && b.halo() == 0 ? 1 : a.height();
  }

  /** Cells of a stretch. */
  private static int cells(Volume a, Volume b) {
    if (block(a, b)) {
      return a.channels() * a.cells();
    }
    return rows(a, b) == 1 ? a.cells() : a.width();
  }

  /** Of three volumes, the one that breaks the stretches most. */
  private static Volume worst(Volume a, Volume b) {
    if (a.halo() != 0 || b.isContiguous()) {
      return a;
    }
    return b;
  }

  @Override
  public void activate(
      MemorySegment m, Activation a, Volume in, long inAt, Volume out, long outAt) {
    int n = cells(in, out) * in.vectors();
    for (int c = 0; c < planes(in, out); c++) {
      for (int y = 0; y < rows(in, out); y++) {
        long from = inAt + in.at(c, y, 0);
        long to = outAt + out.at(c, y, 0);
        switch (a) {
          case RELU -> MapLoops.relu(m, from, to, n);
          case SIGMOID -> MapLoops.sigmoid(m, from, to, n);
          case TANH -> MapLoops.tanh(m, from, to, n);
        }
      }
    }
  }

  @Override
  public void activateBackward(
      MemorySegment m,
      Activation a,
      Volume out,
      long outAt,
      Volume dOut,
      long dOutAt,
      Volume dIn,
      long dInAt) {
    Volume other = worst(dOut, dIn);
    int n = cells(out, other) * out.vectors();
    for (int c = 0; c < planes(out, other); c++) {
      for (int y = 0; y < rows(out, other); y++) {
        long result = outAt + out.at(c, y, 0);
        long from = dOutAt + dOut.at(c, y, 0);
        long to = dInAt + dIn.at(c, y, 0);
        switch (a) {
          case RELU -> MapLoops.reluBackward(m, result, from, to, n);
          case SIGMOID -> MapLoops.sigmoidBackward(m, result, from, to, n);
          case TANH -> MapLoops.tanhBackward(m, result, from, to, n);
        }
      }
    }
  }

  /** Whether windows of two by two cells tile the input. */
  private static boolean halves(Window w) {
    return w.kernel() == 2 && w.stride() == 2 && w.padding() == 0;
  }

  @Override
  public void maxPool(
      MemorySegment m, Window w, float floor, Volume in, long inAt, Volume out, long outAt) {
    long row = in.row();
    long cell = in.cell();
    int n = out.width();
    for (int c = 0; c < in.channels(); c++) {
      for (int y = 0; y < out.height(); y++) {
        int rows = w.rows(y, in.height());
        long from = inAt + in.at(c, w.top(y), 0);
        long to = outAt + out.at(c, y, 0);
        for (long v = 0; v < cell; v += BYTES) {
          if (halves(w)) {
            PoolLoops.max2(m, floor, from + v, row, cell, to + v, n);
          } else {
            PoolLoops.max(
                m,
                floor,
                from + v,
                rows,
                row,
                in.width(),
                cell,
                w.kernel(),
                w.stride(),
                w.padding(),
                to + v,
                n);
          }
        }
      }
    }
  }

  @Override
  public void maxPoolBackward(
      MemorySegment m,
      Window w,
      float floor,
      Volume in,
      long inAt,
      Volume out,
      long outAt,
      Volume dOut,
      long dOutAt,
      Volume dIn,
      long dInAt) {
    long row = in.row();
    long dRow = dIn.row();
    long cell = in.cell();
    int n = out.width();
    for (int c = 0; c < in.channels(); c++) {
      clearForPool(m, w, out, dIn, c, dInAt);
      for (int y = 0; y < out.height(); y++) {
        int rows = w.rows(y, in.height());
        int top = w.top(y);
        long from = inAt + in.at(c, top, 0);
        long to = dInAt + dIn.at(c, top, 0);
        long result = outAt + out.at(c, y, 0);
        long d = dOutAt + dOut.at(c, y, 0);
        for (long v = 0; v < cell; v += BYTES) {
          if (halves(w)) {
            PoolLoops.max2Backward(
                m, floor, from + v, row, cell, result + v, d + v, to + v, dRow, n);
          } else {
            PoolLoops.maxBackward(
                m,
                floor,
                from + v,
                rows,
                row,
                in.width(),
                cell,
                w.kernel(),
                w.stride(),
                w.padding(),
                result + v,
                d + v,
                to + v,
                dRow,
                n);
          }
        }
      }
    }
  }

  /**
   * Zeros what the backward pass adds to, or, if windows tile the input, what they leave out: of
   * one channel, so that it is in the cache when it is added to.
   */
  static void clearForPool(
      MemorySegment m, Window w, Volume out, Volume dIn, int channel, long dInAt) {
    boolean tiled = halves(w);
    int x = tiled ? 2 * out.width() : 0;
    int whole = tiled ? 2 * out.height() : 0;
    int vectors = dIn.vectors();
    for (int y = 0; y < dIn.height(); y++) {
      int from = y < whole ? x : 0;
      MapLoops.fill(m, dInAt + dIn.at(channel, y, from), (dIn.width() - from) * vectors, 0f);
    }
  }

  @Override
  public void averagePool(MemorySegment m, Window w, Volume in, long inAt, Volume out, long outAt) {
    long row = in.row();
    long cell = in.cell();
    int n = out.width();
    for (int c = 0; c < in.channels(); c++) {
      for (int y = 0; y < out.height(); y++) {
        int rows = w.rows(y, in.height());
        long from = inAt + in.at(c, w.top(y), 0);
        long to = outAt + out.at(c, y, 0);
        for (long v = 0; v < cell; v += BYTES) {
          if (halves(w)) {
            PoolLoops.average2(m, from + v, row, cell, to + v, n);
          } else {
            PoolLoops.average(
                m,
                from + v,
                rows,
                row,
                in.width(),
                cell,
                w.kernel(),
                w.stride(),
                w.padding(),
                to + v,
                n);
          }
        }
      }
    }
  }

  @Override
  public void averagePoolBackward(
      MemorySegment m, Window w, Volume dOut, long dOutAt, Volume dIn, long dInAt) {
    long dRow = dIn.row();
    long cell = dIn.cell();
    int n = dOut.width();
    for (int c = 0; c < dIn.channels(); c++) {
      clearForPool(m, w, dOut, dIn, c, dInAt);
      for (int y = 0; y < dOut.height(); y++) {
        int rows = w.rows(y, dIn.height());
        long to = dInAt + dIn.at(c, w.top(y), 0);
        long d = dOutAt + dOut.at(c, y, 0);
        for (long v = 0; v < cell; v += BYTES) {
          if (halves(w)) {
            PoolLoops.average2Backward(m, d + v, cell, to + v, dRow, n);
          } else {
            PoolLoops.averageBackward(
                m,
                d + v,
                rows,
                dIn.width(),
                cell,
                w.kernel(),
                w.stride(),
                w.padding(),
                to + v,
                dRow,
                n);
          }
        }
      }
    }
  }

  /** to = the sums of a channel's cells, one for each lane. */
  private static void sumCells(MemorySegment m, Volume in, long inAt, int channel, long to) {
    MapLoops.fill(m, to, in.vectors(), 0f);
    int rows = rows(in, in);
    int n = in.cells() / rows;
    for (int y = 0; y < rows; y++) {
      long from = inAt + in.at(channel, y, 0);
      for (long v = 0; v < in.cell(); v += BYTES) {
        MapLoops.sum(m, from + v, in.cell(), n, to + v);
      }
    }
  }

  @Override
  public void globalAveragePool(MemorySegment m, Volume in, long inAt, Volume out, long outAt) {
    for (int c = 0; c < in.channels(); c++) {
      long to = outAt + out.at(c, 0, 0);
      sumCells(m, in, inAt, c, to);
      MapLoops.scale(m, to, in.vectors(), 1f / in.cells());
    }
  }

  @Override
  public void globalAveragePoolBackward(
      MemorySegment m, Volume dOut, long dOutAt, Volume dIn, long dInAt) {
    int rows = rows(dIn, dIn);
    int n = dIn.cells() / rows;
    float factor = 1f / dIn.cells();
    for (int c = 0; c < dIn.channels(); c++) {
      long from = dOutAt + dOut.at(c, 0, 0);
      for (int y = 0; y < rows; y++) {
        long to = dInAt + dIn.at(c, y, 0);
        for (long v = 0; v < dIn.cell(); v += BYTES) {
          MapLoops.spread(m, from + v, to + v, dIn.cell(), n, factor);
        }
      }
    }
  }

  @Override
  public void softmax(MemorySegment m, int features, int vectors, long in, long out) {
    long cell = (long) vectors * BYTES;
    for (long v = 0; v < cell; v += BYTES) {
      LossLoops.softmax(m, in + v, out + v, cell, features);
    }
  }

  @Override
  public void softmaxBackward(
      MemorySegment m, int features, int vectors, long out, long dOut, long dIn) {
    long cell = (long) vectors * BYTES;
    for (long v = 0; v < cell; v += BYTES) {
      LossLoops.softmaxBackward(m, out + v, dOut + v, dIn + v, cell, features);
    }
  }

  @Override
  public void logSoftmax(MemorySegment m, int features, int vectors, long in, long out) {
    long cell = (long) vectors * BYTES;
    for (long v = 0; v < cell; v += BYTES) {
      LossLoops.logSoftmax(m, in + v, out + v, cell, features);
    }
  }

  @Override
  public void logSoftmaxBackward(
      MemorySegment m, int features, int vectors, long out, long dOut, long dIn) {
    long cell = (long) vectors * BYTES;
    for (long v = 0; v < cell; v += BYTES) {
      LossLoops.logSoftmaxBackward(m, out + v, dOut + v, dIn + v, cell, features);
    }
  }

  @Override
  public void crossEntropy(
      MemorySegment m,
      int classes,
      int vectors,
      long logits,
      long labels,
      long scale,
      float smoothing,
      long dLogits,
      long loss,
      long correct) {
    long cell = (long) vectors * BYTES;
    for (long v = 0; v < cell; v += BYTES) {
      // The place of correct holds the targets in between.
      LossLoops.crossEntropy(
          m, logits + v, labels + v, smoothing, loss + v, correct + v, cell, classes);
      LossLoops.logMinus(m, loss + v, correct + v, 1);
      LossLoops.correct(m, logits + v, labels + v, correct + v, cell, classes);
      if (dLogits != NONE) {
        LossLoops.crossEntropyBackward(
            m, logits + v, labels + v, scale + v, smoothing, dLogits + v, cell, classes);
      }
    }
  }

  @Override
  public void probabilityCrossEntropy(
      MemorySegment m,
      int classes,
      int vectors,
      long probabilities,
      long labels,
      long scale,
      float smoothing,
      long dProbabilities,
      long loss,
      long correct) {
    long cell = (long) vectors * BYTES;
    for (long v = 0; v < cell; v += BYTES) {
      LossLoops.correct(m, probabilities + v, labels + v, correct + v, cell, classes);
      LossLoops.probabilities(m, probabilities + v, labels + v, smoothing, loss + v, cell, classes);
      if (dProbabilities != NONE) {
        LossLoops.probabilitiesBackward(
            m,
            probabilities + v,
            labels + v,
            scale + v,
            smoothing,
            dProbabilities + v,
            cell,
            classes);
      }
    }
  }

  @Override
  public void negativeLogLikelihood(
      MemorySegment m,
      int classes,
      int vectors,
      long logs,
      long labels,
      long scale,
      float smoothing,
      long dLogs,
      long loss,
      long correct) {
    long cell = (long) vectors * BYTES;
    for (long v = 0; v < cell; v += BYTES) {
      LossLoops.correct(m, logs + v, labels + v, correct + v, cell, classes);
      LossLoops.logs(m, logs + v, labels + v, smoothing, loss + v, cell, classes);
      if (dLogs != NONE) {
        LossLoops.logsBackward(m, labels + v, scale + v, smoothing, dLogs + v, cell, classes);
      }
    }
  }

  @Override
  public void normStatistics(MemorySegment m, Volume in, long inAt, long mask, long partial) {
    long cell = in.cell();
    int rows = rows(in, in);
    int n = in.cells() / rows;
    for (int c = 0; c < in.channels(); c++) {
      long mean = partial + 2 * c * cell;
      long squares = mean + cell;
      sumCells(m, in, inAt, c, mean);
      NormLoops.mask(m, mean, mask, in.vectors(), 1f / in.cells());
      MapLoops.fill(m, squares, in.vectors(), 0f);
      for (int y = 0; y < rows; y++) {
        long from = inAt + in.at(c, y, 0);
        for (long v = 0; v < cell; v += BYTES) {
          NormLoops.squares(m, from + v, cell, n, mean + v, squares + v);
        }
      }
      NormLoops.mask(m, squares, mask, in.vectors(), 1f);
    }
  }

  @Override
  public void normFinish(MemorySegment m, int channel, Partials partials, Norm norm) {
    ScalarLoops.normFinish(m, channel, partials, norm);
  }

  @Override
  public void normFromRunning(MemorySegment m, int channels, Norm norm) {
    ScalarLoops.normFromRunning(m, channels, norm);
  }

  @Override
  public void normalize(MemorySegment m, Volume in, long inAt, Volume out, long outAt, Norm norm) {
    int rows = rows(in, out);
    int n = in.cells() / rows * in.vectors();
    for (int c = 0; c < in.channels(); c++) {
      long number = (long) c * Float.BYTES;
      float mean = get(m, norm.mean() + number);
      float scale = get(m, norm.gamma() + number) * get(m, norm.inverseStd() + number);
      float beta = get(m, norm.beta() + number);
      for (int y = 0; y < rows; y++) {
        long from = inAt + in.at(c, y, 0);
        long to = outAt + out.at(c, y, 0);
        NormLoops.normalize(m, from, to, n, mean, scale, beta);
      }
    }
  }

  @Override
  public void normBackwardStatistics(
      MemorySegment m, Volume in, long inAt, Volume dOut, long dOutAt, Norm norm, long partial) {
    long cell = in.cell();
    int rows = rows(in, dOut);
    int n = in.cells() / rows;
    for (int c = 0; c < in.channels(); c++) {
      float mean = get(m, norm.mean() + (long) c * Float.BYTES);
      long sum = partial + 2 * c * cell;
      long product = sum + cell;
      MapLoops.fill(m, sum, 2 * in.vectors(), 0f);
      for (int y = 0; y < rows; y++) {
        long x = inAt + in.at(c, y, 0);
        long d = dOutAt + dOut.at(c, y, 0);
        for (long v = 0; v < cell; v += BYTES) {
          NormLoops.sums(m, x + v, d + v, cell, n, mean, sum + v, product + v);
        }
      }
      MapLoops.scale(m, product, in.vectors(), get(m, norm.inverseStd() + (long) c * Float.BYTES));
    }
  }

  @Override
  public void normBackwardFinish(MemorySegment m, int channel, Partials partials, Norm norm) {
    ScalarLoops.normBackwardFinish(m, channel, partials, norm);
  }

  @Override
  public void normBackward(
      MemorySegment m,
      Volume in,
      long inAt,
      Volume dOut,
      long dOutAt,
      Volume dIn,
      long dInAt,
      Norm norm,
      long count,
      long mask) {
    long cell = in.cell();
    int rows = rows(in, worst(dOut, dIn));
    int n = in.cells() / rows;
    for (int c = 0; c < in.channels(); c++) {
      long number = (long) c * Float.BYTES;
      float mean = get(m, norm.mean() + number);
      float inverse = get(m, norm.inverseStd() + number);
      float scale = get(m, norm.gamma() + number) * inverse;
      float slope = (float) (-(double) scale * inverse * get(m, norm.dGamma() + number) / count);
      float shift = (float) (-(double) scale * get(m, norm.dBeta() + number) / count);
      for (int y = 0; y < rows; y++) {
        long x = inAt + in.at(c, y, 0);
        long d = dOutAt + dOut.at(c, y, 0);
        long to = dInAt + dIn.at(c, y, 0);
        for (long v = 0; v < cell; v += BYTES) {
          long live = mask + v;
          NormLoops.backward(m, x + v, d + v, to + v, cell, n, mean, scale, slope, shift, live);
        }
      }
    }
  }

  @Override
  public void dropout(
      MemorySegment m,
      Volume in,
      long inAt,
      Volume out,
      long outAt,
      float rate,
      long keyState,
      int firstImage) {
    int threshold = Math.round(rate * (1 << 24));
    float scale = 1f / (1f - rate);
    int features = in.channels() * in.cells();
    long cell = in.cell();
    int n = cells(in, out);
    for (int c = 0; c < planes(in, out); c++) {
      for (int y = 0; y < rows(in, out); y++) {
        int feature = (c * in.height() + y) * in.width();
        long from = inAt + in.at(c, y, 0);
        long to = outAt + out.at(c, y, 0);
        for (int v = 0; v < in.vectors(); v++) {
          long o = (long) v * BYTES;
          int image = firstImage + v * Vectors.LANES;
          MapLoops.dropout(
              m, from + o, to + o, cell, n, threshold, scale, keyState, image, features, feature);
        }
      }
    }
  }

  @Override
  public void add(MemorySegment m, Volume a, long aAt, Volume b, long bAt, Volume out, long outAt) {
    Volume other = worst(b, out);
    int n = cells(a, other) * a.vectors();
    for (int c = 0; c < planes(a, other); c++) {
      for (int y = 0; y < rows(a, other); y++) {
        MapLoops.add(m, aAt + a.at(c, y, 0), bAt + b.at(c, y, 0), outAt + out.at(c, y, 0), n);
      }
    }
  }

  @Override
  public void copy(MemorySegment m, Volume in, long inAt, Volume out, long outAt) {
    if (block(in, out)) {
      MapLoops.copy(m, inAt, outAt, in.channels() * in.cells() * in.vectors());
      return;
    }
    Volume shape = in.isFlat() ? out : in;
    int rows = rows(shape, in.isFlat() ? in : out);
    int cells = shape.cells() / rows;
    for (int c = 0; c < shape.channels(); c++) {
      for (int y = 0; y < rows; y++) {
        long flat = ((long) c * rows + y) * cells * shape.cell();
        long from = inAt + (in.isFlat() ? flat : in.at(c, y, 0));
        long to = outAt + (out.isFlat() ? flat : out.at(c, y, 0));
        MapLoops.copy(m, from, to, cells * shape.vectors());
      }
    }
  }

  @Override
  public void fill(MemorySegment m, long at, long bytes, float value) {
    MapLoops.fill(m, at, Math.toIntExact(bytes / BYTES), value);
  }

  @Override
  public void addRange(MemorySegment m, long from, long to, long bytes) {
    MapLoops.add(m, to, from, to, Math.toIntExact(bytes / BYTES));
  }

  @Override
  public void biasGradient(MemorySegment m, Volume dOut, long dOutAt, long sums) {
    int rows = rows(dOut, dOut);
    int n = dOut.cells() / rows * dOut.vectors();
    for (int c = 0; c < dOut.channels(); c++) {
      for (int y = 0; y < rows; y++) {
        MapLoops.sum(m, dOutAt + dOut.at(c, y, 0), BYTES, n, sums + (long) c * BYTES);
      }
    }
  }

  @Override
  public void sumLanes(MemorySegment m, int count, long sums, long out) {
    ScalarLoops.sumLanes(m, count, sums, out);
  }

  @Override
  public void sgd(
      MemorySegment m,
      long bytes,
      long w,
      long g,
      long momentumSlot,
      float lr,
      float momentum,
      boolean nesterov,
      float weightDecay,
      float gradientScale) {
    int n = Math.toIntExact(bytes / BYTES);
    if (momentumSlot == NONE) {
      OptimiserLoops.sgd(m, n, w, g, lr, weightDecay, gradientScale);
    } else if (nesterov) {
      OptimiserLoops.nesterov(m, n, w, g, momentumSlot, lr, momentum, weightDecay, gradientScale);
    } else {
      OptimiserLoops.momentum(m, n, w, g, momentumSlot, lr, momentum, weightDecay, gradientScale);
    }
  }

  @Override
  public void adam(
      MemorySegment m,
      long bytes,
      long w,
      long g,
      long first,
      long second,
      double lr,
      double beta1,
      double beta2,
      double eps,
      double l2,
      double decoupledDecay,
      double correction1,
      double correction2,
      float gradientScale) {
    OptimiserLoops.adam(
        m,
        Math.toIntExact(bytes / BYTES),
        w,
        g,
        first,
        second,
        gradientScale,
        (float) l2,
        (float) (1 - lr * decoupledDecay),
        (float) (1 - beta1),
        (float) beta2,
        (float) (1 - beta2),
        (float) (lr / correction1),
        (float) Math.sqrt(correction2),
        (float) eps);
  }

  @Override
  public double sumOfSquares(MemorySegment m, long bytes, long at) {
    return OptimiserLoops.sumOfSquares(m, Math.toIntExact(bytes / BYTES), at);
  }
}
