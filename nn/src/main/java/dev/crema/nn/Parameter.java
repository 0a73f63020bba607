package dev.crema.nn;

import dev.crema.engine.Key;
import java.util.List;
import java.util.Objects;

/**
 * Numbers that a layer learns or keeps.
 *
 * @param name its name within the layer, as PyTorch has it: {@code weight}, {@code running_mean}
 * @param shape its sizes in PyTorch's order: outputs first
 * @param initializer its first values
 * @param fanIn inputs that one output sums over, at least 1
 * @param fanOut outputs that one input reaches, at least 1
 * @param trainable whether the optimiser changes it
 */
public record Parameter(
    String name,
    List<Integer> shape,
    Initializer initializer,
    int fanIn,
    int fanOut,
    boolean trainable) {
  /**
   * Copies the shape, which must be of at least one number and of no more than an array can hold.
   */
  public Parameter {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(initializer, "initializer");
    shape = List.copyOf(shape);
    long size = 1;
    for (int dim : shape) {
      if (dim < 1) {
        throw new IllegalArgumentException(
            "the sizes of `%s` must be positive, got %s".formatted(name, shape));
      }
      size *= dim;
      if (size > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "its %s of %s has more numbers than an array can hold".formatted(name, shape));
      }
    }
    if (fanIn < 1 || fanOut < 1) {
      throw new IllegalArgumentException(
          "fanIn and fanOut of `%s` must be positive, got %s and %s"
              .formatted(name, fanIn, fanOut));
    }
  }

  /** The length of its first dimension; of a single number 1. */
  public int outputs() {
    return shape.isEmpty() ? 1 : shape.getFirst();
  }

  /** How many numbers it has. */
  public int size() {
    return shape.stream().reduce(1, (a, b) -> a * b);
  }

  /** The first value of the number at this place, in PyTorch's order. */
  public float value(int place, Key key) {
    return (float) initializer.value(place, fanIn, fanOut, key);
  }

  /** One number for each of these channels. */
  static Parameter vector(
      String name, int channels, Initializer initializer, int fanIn, boolean trainable) {
    return new Parameter(name, List.of(channels), initializer, fanIn, channels, trainable);
  }
}
