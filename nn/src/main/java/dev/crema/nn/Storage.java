package dev.crema.nn;

import dev.crema.engine.Key;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Where one parameter lies: with its first dimension, the outputs, last and padded to whole
 * vectors, which is how the kernels want it; files hold PyTorch's order. Layers that are computed
 * as one have theirs side by side in such a table.
 *
 * @param path the full name, such as {@code 0.weight}
 * @param parameter what it is
 * @param offset its first byte within the region of its kind
 * @param rowBytes bytes from one output's number to the same output's next one
 */
public record Storage(String path, Parameter parameter, long offset, long rowBytes) {
  /** So many outputs' numbers lie side by side in a line of the processor's caches. */
  private static final int OUTPUTS = 16;

  /** The length of its first dimension; of a single number 1. */
  public int outputs() {
    return parameter.outputs();
  }

  /** How many numbers it has. */
  public int size() {
    return parameter.size();
  }

  /** Whether another program's parameter has this name and shape, and lies where this one does. */
  boolean isLaidOutAs(Storage other) {
    return path.equals(other.path)
        && parameter.shape().equals(other.parameter.shape())
        && offset == other.offset
        && rowBytes == other.rowBytes;
  }

  /**
   * Reads some outputs' numbers in PyTorch's order.
   *
   * @param base the first byte of the region
   * @param values the numbers of the first output that is read begin where it begins
   */
  void read(MemorySegment memory, long base, int from, int count, float[] values) {
    Objects.checkFromIndexSize(from, count, outputs());
    int perOutput = size() / outputs();
    for (int begin = 0; begin < count; begin += OUTPUTS) {
      int end = Math.min(begin + OUTPUTS, count);
      for (int i = 0; i < perOutput; i++) {
        long row = base + offset + i * rowBytes + (long) from * Float.BYTES;
        for (int o = begin; o < end; o++) {
          values[o * perOutput + i] =
              memory.get(ValueLayout.JAVA_FLOAT, row + (long) o * Float.BYTES);
        }
      }
    }
  }

  /** Reads it whole. */
  float[] read(MemorySegment memory, long base) {
    float[] values = new float[size()];
    read(memory, base, 0, outputs(), values);
    return values;
  }

  /**
   * Reads about so many of its numbers, for a statistic: those of all outputs at evenly spread
   * inputs, in no order that means anything. Whole rows are copied, so it costs next to nothing.
   */
  float[] sample(MemorySegment memory, long base, int most) {
    int outputs = outputs();
    int rows = size() / outputs;
    int taken = Math.clamp(most / outputs, 1, rows);
    float[] values = new float[taken * outputs];
    for (int i = 0; i < taken; i++) {
      long row = base + offset + (long) i * rows / taken * rowBytes();
      MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, row, values, i * outputs, outputs);
    }
    return values;
  }

  /** Writes it from PyTorch's order. */
  void write(MemorySegment memory, long base, float[] values) {
    if (values.length != size()) {
      throw new IllegalArgumentException(
          "%s has %s numbers, got %s".formatted(path, size(), values.length));
    }
    write(memory, base, place -> values[place]);
  }

  /** Writes the first values, one by one: as an array the largest would take much of the heap. */
  void initialize(MemorySegment memory, long base, Key key) {
    write(memory, base, place -> parameter.value(place, key));
  }

  private void write(MemorySegment memory, long base, Values values) {
    int perOutput = size() / outputs();
    int size = size();
    for (int i = 0; i < size; i++) {
      memory.set(ValueLayout.JAVA_FLOAT, base + at(i, perOutput), values.at(i));
    }
  }

  /** The numbers in PyTorch's order. */
  @FunctionalInterface
  private interface Values {
    float at(int place);
  }

  /** The offset of the i-th number in PyTorch's order. */
  private long at(int i, int perOutput) {
    return offset + i % perOutput * rowBytes + (long) i / perOutput * Float.BYTES;
  }
}
