package dev.crema.nn;

import dev.crema.engine.Key;

/** How a parameter's first values are drawn. */
public sealed interface Initializer {
  /** PyTorch's default for weights and biases: uniform in +-1 / sqrt(fan in). */
  record TorchDefault() implements Initializer {
    @Override
    public float[] values(int size, int fanIn, int fanOut, Key key) {
      return uniform(size, 1 / Math.sqrt(fanIn), key);
    }
  }

  /** Normal with variance 2 / fan in (He et al., 2015), for layers before a ReLU. */
  record He() implements Initializer {
    @Override
    public float[] values(int size, int fanIn, int fanOut, Key key) {
      return normal(size, 0, Math.sqrt(2.0 / fanIn), key);
    }
  }

  /** Uniform in +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio, 2010). */
  record Glorot() implements Initializer {
    @Override
    public float[] values(int size, int fanIn, int fanOut, Key key) {
      return uniform(size, Math.sqrt(6.0 / (fanIn + fanOut)), key);
    }
  }

  /** Normal with this mean and standard deviation. */
  record Normal(double mean, double std) implements Initializer {
    /** The standard deviation must not be negative. */
    public Normal {
      if (!(std >= 0)) {
        throw new IllegalArgumentException("std must not be negative, got " + std);
      }
    }

    @Override
    public float[] values(int size, int fanIn, int fanOut, Key key) {
      return normal(size, mean, std, key);
    }
  }

  /** The same number everywhere. */
  record Constant(double value) implements Initializer {
    @Override
    public float[] values(int size, int fanIn, int fanOut, Key key) {
      float[] values = new float[size];
      java.util.Arrays.fill(values, (float) value);
      return values;
    }
  }

  /** Draws {@code size} numbers; the same key gives the same numbers. */
  float[] values(int size, int fanIn, int fanOut, Key key);

  private static float[] uniform(int size, double bound, Key key) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) ((2 * key.uniform(i) - 1) * bound);
    }
    return values;
  }

  private static float[] normal(int size, double mean, double std, Key key) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (mean + std * key.normal(i));
    }
    return values;
  }
}
