package dev.crema.train;

import java.util.Arrays;
import java.util.List;

/**
 * Numbers with a shape, row-major, as files hold them; a shape of no axes is one number.
 *
 * <p>A tensor takes the array that it is given and hands it out again without copying: who makes
 * one gives the array away, and who reads one leaves it unchanged. Two are equal when their shapes
 * and the bits of their numbers are.
 */
public sealed interface Tensor {
  /** The length of each axis, outermost first. */
  List<Integer> shape();

  /** A tensor of single-precision numbers. */
  static Tensor of(float[] values, int... shape) {
    return new Floats(Arrays.stream(shape).boxed().toList(), values);
  }

  /** Single-precision numbers. */
  record Floats(List<Integer> shape, float[] values) implements Tensor {
    public Floats {
      shape = checked(shape, values.length);
    }

    /** Whether no number is a NaN or an infinity. */
    boolean isFinite() {
      for (float value : values) {
        if (!Float.isFinite(value)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Floats(var s, var v) && shape.equals(s) && Arrays.equals(values, v);
    }

    @Override
    public int hashCode() {
      return 31 * shape.hashCode() + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
      return "Floats" + shape;
    }
  }

  /** 64-bit whole numbers, such as PyTorch's {@code num_batches_tracked}. */
  record Longs(List<Integer> shape, long[] values) implements Tensor {
    public Longs {
      shape = checked(shape, values.length);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Longs(var s, var v) && shape.equals(s) && Arrays.equals(values, v);
    }

    @Override
    public int hashCode() {
      return 31 * shape.hashCode() + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
      return "Longs" + shape;
    }
  }

  /** Unsigned bytes. */
  record Bytes(List<Integer> shape, byte[] values) implements Tensor {
    public Bytes {
      shape = checked(shape, values.length);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes(var s, var v) && shape.equals(s) && Arrays.equals(values, v);
    }

    @Override
    public int hashCode() {
      return 31 * shape.hashCode() + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
      return "Bytes" + shape;
    }
  }

  private static List<Integer> checked(List<Integer> shape, int count) {
    long product = 1;
    for (int axis : shape) {
      if (axis < 0) {
        throw new IllegalArgumentException("an axis cannot be shorter than 0, got shape " + shape);
      }
      product = Math.multiplyExact(product, axis);
    }
    if (product != count) {
      throw new IllegalArgumentException(
          "shape " + shape + " holds " + product + " numbers, got " + count);
    }
    return List.copyOf(shape);
  }
}
