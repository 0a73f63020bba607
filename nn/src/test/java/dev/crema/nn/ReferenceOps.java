package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Key;
import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Every layer by its definition: [image][channel, row, column] in double precision. */
final class ReferenceOps {
  /**
   * What layers may depend on besides their input.
   *
   * @param mode whether batch norm uses the batch and dropout drops
   * @param key the step's randomness
   */
  record Circumstances(Mode mode, Key key) {}

  private final Circumstances circumstances;
  private long branches;
  private double margin;

  ReferenceOps(Circumstances circumstances) {
    this.circumstances = circumstances;
  }

  /** Forgets the choices of the last evaluation. */
  void reset() {
    branches = 0;
    margin = Double.POSITIVE_INFINITY;
  }

  long branches() {
    return branches;
  }

  double margin() {
    return margin;
  }

  private void choose(int choice, double distance) {
    branches = branches * 31 + choice + 1;
    margin = Math.min(margin, distance);
  }

  /** Applies a layer; running statistics move in {@code parameters}. */
  double[][] apply(Graph.OpNode node, Map<String, double[]> parameters, double[][] in) {
    Shape shape = node.in();
    return switch (node.op()) {
      case Conv2d op -> each(in, x -> convolve(op, shape, node.out(), parameters, x));
      case Dense op -> each(in, x -> dense(op, parameters, x));
      case BatchNorm op -> normalize(op, shape, parameters, in);
      case MaxPool2d op ->
          each(in, x -> pool(op.kernel(), op.stride(), op.padding(), shape, node.out(), x, true));
      case AvgPool2d op ->
          each(in, x -> pool(op.kernel(), op.stride(), op.padding(), shape, node.out(), x, false));
      case GlobalAvgPool op -> each(in, x -> channelMeans(shape, x));
      case Flatten op -> in;
      case Identity op -> in;
      case Relu op -> each(in, x -> map(x, this::rectify));
      case Sigmoid op -> each(in, x -> map(x, v -> 1 / (1 + Math.exp(-v))));
      case Tanh op -> each(in, x -> map(x, Math::tanh));
      case Softmax op -> each(in, x -> map(x, v -> Math.exp(v - logOfSum(x))));
      case LogSoftmax op -> each(in, x -> map(x, v -> v - logOfSum(x)));
      case Dropout op -> drop(op, node.path(), in);
      default -> throw new AssertionError("no definition of " + node.op());
    };
  }

  private interface OneImage {
    double[] apply(double[] image);
  }

  private static double[][] each(double[][] in, OneImage layer) {
    return Arrays.stream(in).map(layer::apply).toArray(double[][]::new);
  }

  private static double[] map(double[] x, DoubleUnaryOperator function) {
    return Arrays.stream(x).map(function).toArray();
  }

  private double rectify(double v) {
    choose(v > 0 ? 1 : 0, Math.abs(v));
    return Math.max(v, 0);
  }

  static double logOfSum(double[] x) {
    double max = Arrays.stream(x).max().orElseThrow();
    return max + Math.log(Arrays.stream(x).map(v -> Math.exp(v - max)).sum());
  }

  private static double[] convolve(
      Conv2d op, Shape in, Shape out, Map<String, double[]> parameters, double[] x) {
    double[] weight = parameters.get("weight");
    double[] y = new double[out.size()];
    int k = op.kernel();
    int groupInputs = in.channels() / op.groups();
    int groupOutputs = op.filters() / op.groups();
    int at = 0;
    for (int o = 0; o < op.filters(); o++) {
      for (int i = 0; i < out.height(); i++) {
        for (int j = 0; j < out.width(); j++) {
          double sum = op.bias() ? parameters.get("bias")[o] : 0;
          for (int c = 0; c < groupInputs; c++) {
            int channel = o / groupOutputs * groupInputs + c;
            for (int ky = 0; ky < k; ky++) {
              for (int kx = 0; kx < k; kx++) {
                int row = i * op.stride() + ky - op.padding();
                int column = j * op.stride() + kx - op.padding();
                if (isInside(in, row, column)) {
                  sum +=
                      weight[((o * groupInputs + c) * k + ky) * k + kx]
                          * x[(channel * in.height() + row) * in.width() + column];
                }
              }
            }
          }
          y[at++] = sum;
        }
      }
    }
    return y;
  }

  private static boolean isInside(Shape shape, int row, int column) {
    return row >= 0 && row < shape.height() && column >= 0 && column < shape.width();
  }

  private static double[] dense(Dense op, Map<String, double[]> parameters, double[] x) {
    double[] weight = parameters.get("weight");
    double[] y = new double[op.units()];
    for (int o = 0; o < y.length; o++) {
      y[o] = op.bias() ? parameters.get("bias")[o] : 0;
      for (int i = 0; i < x.length; i++) {
        y[o] += weight[o * x.length + i] * x[i];
      }
    }
    return y;
  }

  private double[][] normalize(
      BatchNorm op, Shape shape, Map<String, double[]> parameters, double[][] in) {
    int cells = shape.height() * shape.width();
    double count = (double) in.length * cells;
    double[][] out = new double[in.length][shape.size()];
    for (int c = 0; c < shape.channels(); c++) {
      double mean = parameters.get("running_mean")[c];
      double variance = parameters.get("running_var")[c];
      if (circumstances.mode() == Mode.TRAIN) {
        mean = meanOf(in, c * cells, cells);
        double center = mean;
        double[][] squares = each(in, x -> map(x, v -> (v - center) * (v - center)));
        variance = meanOf(squares, c * cells, cells);
        // PyTorch refuses a single number; here it has no variance.
        double unbiased = variance * count / Math.max(1, count - 1);
        move(parameters.get("running_mean"), c, mean, op.momentum());
        move(parameters.get("running_var"), c, unbiased, op.momentum());
      }
      double scale = parameters.get("weight")[c] / Math.sqrt(variance + op.eps());
      for (int i = 0; i < in.length; i++) {
        for (int p = c * cells; p < (c + 1) * cells; p++) {
          out[i][p] = scale * (in[i][p] - mean) + parameters.get("bias")[c];
        }
      }
    }
    return out;
  }

  private static double meanOf(double[][] x, int from, int length) {
    double sum = 0;
    for (double[] image : x) {
      sum += Arrays.stream(image, from, from + length).sum();
    }
    return sum / ((double) x.length * length);
  }

  private static void move(double[] running, int c, double to, double momentum) {
    running[c] = (1 - momentum) * running[c] + momentum * to;
  }

  /** The largest, or the mean, of each window. */
  private double[] pool(
      int kernel, int stride, int padding, Shape in, Shape out, double[] x, boolean max) {
    double[] y = new double[out.size()];
    int at = 0;
    for (int c = 0; c < in.channels(); c++) {
      for (int i = 0; i < out.height(); i++) {
        for (int j = 0; j < out.width(); j++) {
          double sum = 0;
          double best = Double.NEGATIVE_INFINITY;
          double second = Double.NEGATIVE_INFINITY;
          int where = -1;
          for (int ky = 0; ky < kernel; ky++) {
            for (int kx = 0; kx < kernel; kx++) {
              int row = i * stride + ky - padding;
              int column = j * stride + kx - padding;
              if (isInside(in, row, column)) {
                double v = x[(c * in.height() + row) * in.width() + column];
                sum += v;
                if (v > best) {
                  second = best;
                  best = v;
                  where = ky * kernel + kx;
                } else if (v < best) {
                  // Equal numbers are zeros from a rectifier: the first one wins, in floats too.
                  second = Math.max(second, v);
                }
              }
            }
          }
          if (max) {
            choose(where, best - second);
          }
          y[at++] = max ? best : sum / (kernel * kernel);
        }
      }
    }
    return y;
  }

  private static double[] channelMeans(Shape shape, double[] x) {
    int cells = shape.height() * shape.width();
    double[] means = new double[shape.channels()];
    for (int c = 0; c < means.length; c++) {
      means[c] = Arrays.stream(x, c * cells, (c + 1) * cells).sum() / cells;
    }
    return means;
  }

  private double[][] drop(Dropout op, String path, double[][] in) {
    if (circumstances.mode() == Mode.INFER) {
      return in;
    }
    long stream = circumstances.key().state() ^ Key.of(0).fold(path).state();
    int threshold = Math.round((float) op.rate() * (1 << 24));
    double[][] out = new double[in.length][in[0].length];
    for (int i = 0; i < in.length; i++) {
      for (int j = 0; j < in[i].length; j++) {
        boolean kept = Kernels.dropoutBits(stream, i * in[i].length + j) >>> 8 >= threshold;
        out[i][j] = kept ? in[i][j] / (1 - op.rate()) : 0;
      }
    }
    return out;
  }
}
