package dev.crema.engine.kernel;

import static dev.crema.engine.kernel.Vectors.get;
import static dev.crema.engine.kernel.Vectors.set;

import dev.crema.engine.Activation;
import dev.crema.engine.Kernels;
import dev.crema.engine.Lanes;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import java.lang.foreign.MemorySegment;

/** Every kernel as its formula says, one number after the other. */
public final class PlainKernels implements Kernels {
  /** There is nothing to configure. */
  public static final PlainKernels INSTANCE = new PlainKernels();

  private PlainKernels() {}

  /** The address of one image's number in a cell. */
  private static long lane(long cell, int image) {
    return cell + (long) image * Float.BYTES;
  }

  private static int images(Volume v) {
    return v.vectors() * Lanes.COUNT;
  }

  /** The address of an image's pixel. */
  private static long at(Volume v, long base, int c, int y, int x, int image) {
    return lane(base + v.at(c, y, x), image);
  }

  private static float channel(MemorySegment m, long numbers, int c) {
    return get(m, numbers + (long) c * Float.BYTES);
  }

  @Override
  public void activate(
      MemorySegment m, Activation a, Volume in, long inAt, Volume out, long outAt) {
    for (int c = 0; c < in.channels(); c++) {
      for (int y = 0; y < in.height(); y++) {
        for (int x = 0; x < in.width(); x++) {
          for (int i = 0; i < images(in); i++) {
            float value = get(m, at(in, inAt, c, y, x, i));
            float result =
                switch (a) {
                  case RELU -> value <= 0 ? 0 : value;
                  case SIGMOID -> (float) (1 / (1 + Math.exp(-value)));
                  case TANH -> (float) Math.tanh(value);
                };
            set(m, at(out, outAt, c, y, x, i), result);
          }
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
    for (int c = 0; c < out.channels(); c++) {
      for (int y = 0; y < out.height(); y++) {
        for (int x = 0; x < out.width(); x++) {
          for (int i = 0; i < images(out); i++) {
            float result = get(m, at(out, outAt, c, y, x, i));
            float d = get(m, at(dOut, dOutAt, c, y, x, i));
            float slope =
                switch (a) {
                  case RELU -> result <= 0 ? 0 : 1;
                  case SIGMOID -> result * (1 - result);
                  case TANH -> 1 - result * result;
                };
            set(m, at(dIn, dInAt, c, y, x, i), slope == 0 ? 0 : d * slope);
          }
        }
      }
    }
  }

  @Override
  public void maxPool(
      MemorySegment m, Window w, float floor, Volume in, long inAt, Volume out, long outAt) {
    for (int c = 0; c < out.channels(); c++) {
      for (int y = 0; y < out.height(); y++) {
        for (int x = 0; x < out.width(); x++) {
          for (int i = 0; i < images(out); i++) {
            float best = floor;
            for (int ky = w.first(y); ky < w.end(y, in.height()); ky++) {
              for (int kx = w.first(x); kx < w.end(x, in.width()); kx++) {
                int row = y * w.stride() - w.padding() + ky;
                int column = x * w.stride() - w.padding() + kx;
                float value = get(m, at(in, inAt, c, row, column, i));
                best = value > best ? value : best;
              }
            }
            set(m, at(out, outAt, c, y, x, i), best);
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
    clear(m, dIn, dInAt);
    for (int c = 0; c < out.channels(); c++) {
      for (int y = 0; y < out.height(); y++) {
        for (int x = 0; x < out.width(); x++) {
          for (int i = 0; i < images(out); i++) {
            float best = get(m, at(out, outAt, c, y, x, i));
            float d = get(m, at(dOut, dOutAt, c, y, x, i));
            boolean found = best <= floor;
            for (int ky = w.first(y); ky < w.end(y, in.height()); ky++) {
              for (int kx = w.first(x); kx < w.end(x, in.width()); kx++) {
                int row = y * w.stride() - w.padding() + ky;
                int column = x * w.stride() - w.padding() + kx;
                if (!found && get(m, at(in, inAt, c, row, column, i)) == best) {
                  add(m, at(dIn, dInAt, c, row, column, i), d);
                  found = true;
                }
              }
            }
          }
        }
      }
    }
  }

  private static void add(MemorySegment m, long at, float value) {
    set(m, at, get(m, at) + value);
  }

  private static void clear(MemorySegment m, Volume v, long base) {
    for (int c = 0; c < v.channels(); c++) {
      for (int y = 0; y < v.height(); y++) {
        for (int x = 0; x < v.width(); x++) {
          for (int i = 0; i < images(v); i++) {
            set(m, at(v, base, c, y, x, i), 0);
          }
        }
      }
    }
  }

  @Override
  public void averagePool(MemorySegment m, Window w, Volume in, long inAt, Volume out, long outAt) {
    for (int c = 0; c < out.channels(); c++) {
      for (int y = 0; y < out.height(); y++) {
        for (int x = 0; x < out.width(); x++) {
          for (int i = 0; i < images(out); i++) {
            float sum = 0;
            for (int ky = w.first(y); ky < w.end(y, in.height()); ky++) {
              for (int kx = w.first(x); kx < w.end(x, in.width()); kx++) {
                int row = y * w.stride() - w.padding() + ky;
                int column = x * w.stride() - w.padding() + kx;
                sum += get(m, at(in, inAt, c, row, column, i));
              }
            }
            set(m, at(out, outAt, c, y, x, i), sum / (w.kernel() * w.kernel()));
          }
        }
      }
    }
  }

  @Override
  public void averagePoolBackward(
      MemorySegment m, Window w, Volume dOut, long dOutAt, Volume dIn, long dInAt) {
    clear(m, dIn, dInAt);
    for (int c = 0; c < dOut.channels(); c++) {
      for (int y = 0; y < dOut.height(); y++) {
        for (int x = 0; x < dOut.width(); x++) {
          for (int i = 0; i < images(dOut); i++) {
            float d = get(m, at(dOut, dOutAt, c, y, x, i)) / (w.kernel() * w.kernel());
            for (int ky = w.first(y); ky < w.end(y, dIn.height()); ky++) {
              for (int kx = w.first(x); kx < w.end(x, dIn.width()); kx++) {
                int row = y * w.stride() - w.padding() + ky;
                int column = x * w.stride() - w.padding() + kx;
                add(m, at(dIn, dInAt, c, row, column, i), d);
              }
            }
          }
        }
      }
    }
  }

  @Override
  public void globalAveragePool(MemorySegment m, Volume in, long inAt, Volume out, long outAt) {
    for (int c = 0; c < in.channels(); c++) {
      for (int i = 0; i < images(in); i++) {
        double sum = 0;
        for (int y = 0; y < in.height(); y++) {
          for (int x = 0; x < in.width(); x++) {
            sum += get(m, at(in, inAt, c, y, x, i));
          }
        }
        set(m, at(out, outAt, c, 0, 0, i), (float) (sum / in.cells()));
      }
    }
  }

  @Override
  public void globalAveragePoolBackward(
      MemorySegment m, Volume dOut, long dOutAt, Volume dIn, long dInAt) {
    for (int c = 0; c < dIn.channels(); c++) {
      for (int y = 0; y < dIn.height(); y++) {
        for (int x = 0; x < dIn.width(); x++) {
          for (int i = 0; i < images(dIn); i++) {
            float d = get(m, at(dOut, dOutAt, c, 0, 0, i));
            set(m, at(dIn, dInAt, c, y, x, i), d / dIn.cells());
          }
        }
      }
    }
  }

  /** The address of feature k of an image; cells of flat volumes follow each other. */
  private static long feature(long base, int k, int vectors, int image) {
    return lane(base + (long) k * vectors * Lanes.BYTES, image);
  }

  private static double max(MemorySegment m, int features, int vectors, long in, int i) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < features; k++) {
      max = Math.max(max, get(m, feature(in, k, vectors, i)));
    }
    return max;
  }

  /** log sum_k e^in_k. */
  private static double logOfSum(MemorySegment m, int features, int vectors, long in, int i) {
    double max = max(m, features, vectors, in, i);
    double sum = 0;
    for (int k = 0; k < features; k++) {
      sum += Math.exp(get(m, feature(in, k, vectors, i)) - max);
    }
    return max + Math.log(sum);
  }

  @Override
  public void softmax(MemorySegment m, int features, int vectors, long in, long out) {
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      double log = logOfSum(m, features, vectors, in, i);
      for (int k = 0; k < features; k++) {
        double x = get(m, feature(in, k, vectors, i));
        set(m, feature(out, k, vectors, i), (float) Math.exp(x - log));
      }
    }
  }

  @Override
  public void softmaxBackward(
      MemorySegment m, int features, int vectors, long out, long dOut, long dIn) {
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      double sum = 0;
      for (int k = 0; k < features; k++) {
        double y = get(m, feature(out, k, vectors, i));
        sum += y * get(m, feature(dOut, k, vectors, i));
      }
      for (int k = 0; k < features; k++) {
        double y = get(m, feature(out, k, vectors, i));
        double d = get(m, feature(dOut, k, vectors, i));
        set(m, feature(dIn, k, vectors, i), (float) (y * (d - sum)));
      }
    }
  }

  @Override
  public void logSoftmax(MemorySegment m, int features, int vectors, long in, long out) {
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      double log = logOfSum(m, features, vectors, in, i);
      for (int k = 0; k < features; k++) {
        double x = get(m, feature(in, k, vectors, i));
        set(m, feature(out, k, vectors, i), (float) (x - log));
      }
    }
  }

  @Override
  public void logSoftmaxBackward(
      MemorySegment m, int features, int vectors, long out, long dOut, long dIn) {
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      double sum = 0;
      for (int k = 0; k < features; k++) {
        sum += get(m, feature(dOut, k, vectors, i));
      }
      for (int k = 0; k < features; k++) {
        double p = Math.exp(get(m, feature(out, k, vectors, i)));
        double d = get(m, feature(dOut, k, vectors, i));
        set(m, feature(dIn, k, vectors, i), (float) (d - p * sum));
      }
    }
  }

  /** How much of an image's target lies on class k. */
  private static double target(
      MemorySegment m, int classes, long labels, float smoothing, int i, int k) {
    double target = smoothing / (double) classes;
    return get(m, lane(labels, i)) == k ? target + 1 - smoothing : target;
  }

  private static void correct(
      MemorySegment m, int classes, int vectors, long in, long labels, int i, long correct) {
    int best = 0;
    for (int k = 1; k < classes; k++) {
      if (get(m, feature(in, k, vectors, i)) > get(m, feature(in, best, vectors, i))) {
        best = k;
      }
    }
    set(m, lane(correct, i), best == get(m, lane(labels, i)) ? 1 : 0);
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
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      correct(m, classes, vectors, logits, labels, i, correct);
      double log = logOfSum(m, classes, vectors, logits, i);
      double sum = 0;
      for (int k = 0; k < classes; k++) {
        double x = get(m, feature(logits, k, vectors, i));
        double t = target(m, classes, labels, smoothing, i, k);
        sum -= t == 0 ? 0 : t * (x - log);
        if (dLogits != NONE) {
          double d = (Math.exp(x - log) - t) * get(m, lane(scale, i));
          set(m, feature(dLogits, k, vectors, i), (float) d);
        }
      }
      set(m, lane(loss, i), (float) sum);
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
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      correct(m, classes, vectors, probabilities, labels, i, correct);
      double sum = 0;
      for (int k = 0; k < classes; k++) {
        double q = Math.max(get(m, feature(probabilities, k, vectors, i)), 1e-12f);
        double t = target(m, classes, labels, smoothing, i, k);
        sum -= t * Math.log(q);
        if (dProbabilities != NONE) {
          double d = -t / q * get(m, lane(scale, i));
          set(m, feature(dProbabilities, k, vectors, i), (float) d);
        }
      }
      set(m, lane(loss, i), (float) sum);
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
    for (int i = 0; i < vectors * Lanes.COUNT; i++) {
      correct(m, classes, vectors, logs, labels, i, correct);
      double sum = 0;
      for (int k = 0; k < classes; k++) {
        double t = target(m, classes, labels, smoothing, i, k);
        sum -= t == 0 ? 0 : t * get(m, feature(logs, k, vectors, i));
        if (dLogs != NONE) {
          set(m, feature(dLogs, k, vectors, i), (float) (-t * get(m, lane(scale, i))));
        }
      }
      set(m, lane(loss, i), (float) sum);
    }
  }

  @Override
  public void normStatistics(MemorySegment m, Volume in, long inAt, long mask, long partial) {
    for (int c = 0; c < in.channels(); c++) {
      for (int i = 0; i < images(in); i++) {
        double sum = 0;
        for (int y = 0; y < in.height(); y++) {
          for (int x = 0; x < in.width(); x++) {
            sum += get(m, at(in, inAt, c, y, x, i));
          }
        }
        double mean = sum / in.cells();
        double squares = 0;
        for (int y = 0; y < in.height(); y++) {
          for (int x = 0; x < in.width(); x++) {
            double d = get(m, at(in, inAt, c, y, x, i)) - mean;
            squares += d * d;
          }
        }
        float live = get(m, lane(mask, i));
        set(m, feature(partial, 2 * c, in.vectors(), i), (float) (mean * live));
        set(m, feature(partial, 2 * c + 1, in.vectors(), i), (float) (squares * live));
      }
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
    for (int c = 0; c < in.channels(); c++) {
      double scale = channel(m, norm.gamma(), c) * (double) channel(m, norm.inverseStd(), c);
      double mean = channel(m, norm.mean(), c);
      double beta = channel(m, norm.beta(), c);
      for (int y = 0; y < in.height(); y++) {
        for (int x = 0; x < in.width(); x++) {
          for (int i = 0; i < images(in); i++) {
            double result = scale * (get(m, at(in, inAt, c, y, x, i)) - mean) + beta;
            set(m, at(out, outAt, c, y, x, i), (float) result);
          }
        }
      }
    }
  }

  @Override
  public void normBackwardStatistics(
      MemorySegment m, Volume in, long inAt, Volume dOut, long dOutAt, Norm norm, long partial) {
    for (int c = 0; c < in.channels(); c++) {
      double mean = channel(m, norm.mean(), c);
      double inverse = channel(m, norm.inverseStd(), c);
      for (int i = 0; i < images(in); i++) {
        double sum = 0;
        double products = 0;
        for (int y = 0; y < in.height(); y++) {
          for (int x = 0; x < in.width(); x++) {
            double g = get(m, at(dOut, dOutAt, c, y, x, i));
            sum += g;
            products += g * (get(m, at(in, inAt, c, y, x, i)) - mean) * inverse;
          }
        }
        set(m, feature(partial, 2 * c, in.vectors(), i), (float) sum);
        set(m, feature(partial, 2 * c + 1, in.vectors(), i), (float) products);
      }
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
    for (int c = 0; c < in.channels(); c++) {
      double mean = channel(m, norm.mean(), c);
      double inverse = channel(m, norm.inverseStd(), c);
      double gamma = channel(m, norm.gamma(), c);
      double meanG = channel(m, norm.dBeta(), c) / (double) count;
      double meanProduct = channel(m, norm.dGamma(), c) / (double) count;
      for (int y = 0; y < in.height(); y++) {
        for (int x = 0; x < in.width(); x++) {
          for (int i = 0; i < images(in); i++) {
            double g = get(m, at(dOut, dOutAt, c, y, x, i));
            double normal = (get(m, at(in, inAt, c, y, x, i)) - mean) * inverse;
            double d = gamma * inverse * (g - meanG - normal * meanProduct);
            set(m, at(dIn, dInAt, c, y, x, i), (float) (d * get(m, lane(mask, i))));
          }
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
    int features = in.channels() * in.cells();
    for (int c = 0; c < in.channels(); c++) {
      for (int y = 0; y < in.height(); y++) {
        for (int x = 0; x < in.width(); x++) {
          for (int i = 0; i < images(in); i++) {
            int feature = (c * in.height() + y) * in.width() + x;
            int bits = Kernels.dropoutBits(keyState, (firstImage + i) * features + feature);
            float value = get(m, at(in, inAt, c, y, x, i));
            boolean kept = bits >>> 8 >= threshold;
            set(m, at(out, outAt, c, y, x, i), kept ? value * (1f / (1f - rate)) : 0);
          }
        }
      }
    }
  }

  @Override
  public void add(MemorySegment m, Volume a, long aAt, Volume b, long bAt, Volume out, long outAt) {
    for (int c = 0; c < a.channels(); c++) {
      for (int y = 0; y < a.height(); y++) {
        for (int x = 0; x < a.width(); x++) {
          for (int i = 0; i < images(a); i++) {
            float sum = get(m, at(a, aAt, c, y, x, i)) + get(m, at(b, bAt, c, y, x, i));
            set(m, at(out, outAt, c, y, x, i), sum);
          }
        }
      }
    }
  }

  @Override
  public void copy(MemorySegment m, Volume in, long inAt, Volume out, long outAt) {
    Volume shape = in.isFlat() ? out : in;
    for (int c = 0; c < shape.channels(); c++) {
      for (int y = 0; y < shape.height(); y++) {
        for (int x = 0; x < shape.width(); x++) {
          for (int i = 0; i < images(shape); i++) {
            int feature = (c * shape.height() + y) * shape.width() + x;
            long from = in.isFlat() ? in.at(feature, 0, 0) : in.at(c, y, x);
            long to = out.isFlat() ? out.at(feature, 0, 0) : out.at(c, y, x);
            set(m, lane(outAt + to, i), get(m, lane(inAt + from, i)));
          }
        }
      }
    }
  }

  @Override
  public void fill(MemorySegment m, long at, long bytes, float value) {
    for (long o = 0; o < bytes; o += Float.BYTES) {
      set(m, at + o, value);
    }
  }

  @Override
  public void addRange(MemorySegment m, long from, long to, long bytes) {
    for (long o = 0; o < bytes; o += Float.BYTES) {
      add(m, to + o, get(m, from + o));
    }
  }

  @Override
  public void biasGradient(MemorySegment m, Volume dOut, long dOutAt, long sums) {
    for (int c = 0; c < dOut.channels(); c++) {
      for (int lane = 0; lane < Lanes.COUNT; lane++) {
        double sum = 0;
        for (int y = 0; y < dOut.height(); y++) {
          for (int x = 0; x < dOut.width(); x++) {
            for (int i = lane; i < images(dOut); i += Lanes.COUNT) {
              sum += get(m, at(dOut, dOutAt, c, y, x, i));
            }
          }
        }
        long to = lane(sums + (long) c * Lanes.BYTES, lane);
        set(m, to, (float) (get(m, to) + sum));
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
    for (long o = 0; o < bytes; o += Float.BYTES) {
      float weight = get(m, w + o);
      float d = get(m, g + o) * gradientScale + weightDecay * weight;
      if (momentumSlot != NONE) {
        float b = momentum * get(m, momentumSlot + o) + d;
        set(m, momentumSlot + o, b);
        d = nesterov ? d + momentum * b : b;
      }
      set(m, w + o, weight - lr * d);
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
    for (long o = 0; o < bytes; o += Float.BYTES) {
      double weight = get(m, w + o);
      double d = get(m, g + o) * (double) gradientScale + l2 * weight;
      double mean = get(m, first + o);
      mean += (1 - beta1) * (d - mean);
      double square = beta2 * get(m, second + o) + (1 - beta2) * d * d;
      set(m, first + o, (float) mean);
      set(m, second + o, (float) square);
      double below = Math.sqrt(square) / Math.sqrt(correction2) + eps;
      double moved = weight * (1 - lr * decoupledDecay) - lr / correction1 * mean / below;
      set(m, w + o, (float) moved);
    }
  }

  @Override
  public double sumOfSquares(MemorySegment m, long bytes, long at) {
    double sum = 0;
    for (long o = 0; o < bytes; o += Float.BYTES) {
      double x = get(m, at + o);
      sum += x * x;
    }
    return sum;
  }
}
