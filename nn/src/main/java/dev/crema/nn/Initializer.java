package dev.crema.nn;

import dev.crema.engine.Key;

/** How a parameter's first values are drawn. */
public sealed interface Initializer {
  /** PyTorch's default for weights and biases: uniform in +-1 / sqrt(fan in). */
  record TorchDefault() implements Initializer {
    @Override
    public double value(int place, int fanIn, int fanOut, Key key) {
      return uniform(place, 1 / Math.sqrt(fanIn), key);
    }
  }

  /** Normal with variance 2 / fan in (He et al., 2015), for layers before a ReLU. */
  record He() implements Initializer {
    @Override
    public double value(int place, int fanIn, int fanOut, Key key) {
      return normal(place, 0, Math.sqrt(2.0 / fanIn), key);
    }
  }

  /** Uniform in +-sqrt(6 / (fan in + fan out)) (Glorot and Bengio, 2010). */
  record Glorot() implements Initializer {
    @Override
    public double value(int place, int fanIn, int fanOut, Key key) {
      return uniform(place, Math.sqrt(6.0 / ((double) fanIn + fanOut)), key);
    }
  }

  /** Normal with this mean and standard deviation. */
  record Normal(double mean, double std) implements Initializer {
    /** Both must be finite, and the standard deviation not negative. */
    public Normal {
      checkFinite("mean", mean);
      checkFinite("std", std);
      if (!(std >= 0)) {
        throw new IllegalArgumentException("std must not be negative, got " + std);
      }
    }

    @Override
    public double value(int place, int fanIn, int fanOut, Key key) {
      return normal(place, mean, std, key);
    }
  }

  /** The same number everywhere. */
  record Constant(double value) implements Initializer {
    /** It must be finite. */
    public Constant {
      checkFinite("value", value);
    }

    @Override
    public double value(int place, int fanIn, int fanOut, Key key) {
      return value;
    }
  }

  /** Draws the number at this place; the same key gives the same number. */
  double value(int place, int fanIn, int fanOut, Key key);

  /** Parameters are floats. */
  private static void checkFinite(String name, double number) {
    if (!Float.isFinite((float) number)) {
      throw new IllegalArgumentException(name + " must be finite as a float, got " + number);
    }
  }

  private static double uniform(int place, double bound, Key key) {
    return (2 * key.uniform(place) - 1) * bound;
  }

  private static double normal(int place, double mean, double std, Key key) {
    return mean + std * key.normal(place);
  }
}
