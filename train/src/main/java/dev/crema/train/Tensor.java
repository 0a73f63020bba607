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

  /**
   * Single-precision numbers that stay where they are until they are asked for, and may have
   * changed by then: as arrays, those of a large network would take much of the heap.
   *
   * @param rows what lies at the places of the first axis
   */
  record Live(List<Integer> shape, Rows rows) implements Tensor {
    /** About so many numbers are read at once, and at least so many rows. */
    private static final int PART = 1 << 14;

    private static final int ROWS = 16;

    /** Where the numbers are. */
    @FunctionalInterface
    public interface Rows {
      /** Reads the numbers at some places of the first axis, one place after the other. */
      void read(int from, int count, float[] into);
    }

    /** What takes some numbers, the first ones of an array. */
    @FunctionalInterface
    interface Part<E extends Exception> {
      void take(float[] numbers, int count) throws E;
    }

    public Live {
      shape = List.copyOf(shape);
      if (count(shape) == 0) {
        throw new IllegalArgumentException("expected some numbers, got shape " + shape);
      }
    }

    private int places() {
      return shape.isEmpty() ? 1 : shape.getFirst();
    }

    /** All of them, as they are now. */
    Floats read() {
      float[] values = new float[Math.toIntExact(count(shape))];
      rows.read(0, places(), values);
      return new Floats(shape, values);
    }

    /** Hands on all of them, as they are now, in their order. */
    <E extends Exception> void forEachPart(Part<E> part) throws E {
      int row = Math.toIntExact(count(shape) / places());
      int some = Math.min(places(), Math.max(ROWS, PART / row));
      float[] numbers = new float[some * row];
      for (int from = 0; from < places(); from += some) {
        int count = Math.min(some, places() - from);
        rows.read(from, count, numbers);
        part.take(numbers, count * row);
      }
    }

    /** Whether no number is a NaN or an infinity. */
    boolean isFinite() {
      boolean[] finite = {true};
      forEachPart((numbers, count) -> {
        for (int i = 0; i < count; i++) {
          finite[0] &= Float.isFinite(numbers[i]);
        }
      });
      return finite[0];
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
    long product = count(shape);
    if (product != count) {
      throw new IllegalArgumentException(
          "shape " + shape + " holds " + product + " numbers, got " + count);
    }
    return List.copyOf(shape);
  }

  /** How many numbers a shape holds. */
  static long count(List<Integer> shape) {
    long product = 1;
    for (int axis : shape) {
      if (axis < 0) {
        throw new IllegalArgumentException("an axis cannot be shorter than 0, got shape " + shape);
      }
      if (axis > 0 && product > Long.MAX_VALUE / axis) {
        throw new IllegalArgumentException("too many numbers to count, got shape " + shape);
      }
      product *= axis;
    }
    return product;
  }
}
