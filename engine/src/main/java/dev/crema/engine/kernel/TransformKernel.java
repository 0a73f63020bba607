package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Multiplies columns of vectors by a matrix of constants: {@code out[i] = sum of matrix[i, j] *
 * in[j]}, for every column of several lines; or adds that to what is there.
 */
@FunctionalInterface
interface TransformKernel {
  void run(MemorySegment memory, Strides strides, long in, long out);

  /**
   * How far the loops step, in bytes.
   *
   * @param columns columns of a line
   * @param inEntry from an entry of a column to the next
   * @param inColumn from a column to the next
   */
  record Strides(
      int lines,
      int columns,
      long inEntry,
      long inColumn,
      long inLine,
      long outEntry,
      long outColumn,
      long outLine) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0, 0);
    static final Strides SMALL = new Strides(2, 3, 0, 0, 0, 0, 0, 0);
  }

  /**
   * Which loop to generate.
   *
   * @param adds whether it adds to what is there
   */
  record Form(Matrix matrix, boolean adds) implements LoopForm<TransformKernel> {
    Form(Matrix matrix) {
      this(matrix, false);
    }

    @Override
    public Class<TransformKernel> type() {
      return TransformKernel.class;
    }

    @Override
    public String name() {
      return String.format(
          Locale.ROOT,
          "LoopTransform_%dx%d_%08x%s",
          matrix.rows(),
          matrix.columns(),
          matrix.hashCode(),
          adds ? "_adds" : "");
    }

    @Override
    public void runSmall(TransformKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.SMALL, 0, 0);
    }

    @Override
    public void runEmpty(TransformKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.EMPTY, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int in = code.parameter(0);
      int out = code.parameter(1);
      int[] factors = factors(code);
      int[] values = code.newVectors(matrix.columns());
      int[] sums = code.newVectors(matrix.rows());
      int columnIn = code.newLong();
      int columnOut = code.newLong();
      int entry = code.newLong();
      code.repeatArgument(
          "lines",
          () -> {
            code.setLong(columnIn, in);
            code.setLong(columnOut, out);
            code.repeatArgument(
                "columns",
                () -> {
                  code.setLong(entry, columnIn);
                  for (int value : values) {
                    code.load(value, entry, 0);
                    code.addArgument(entry, "inEntry");
                  }
                  code.setLong(entry, columnOut);
                  for (int i = 0; i < sums.length; i++) {
                    if (adds) {
                      code.load(sums[i], entry, 0);
                    }
                    sum(code, i, values, sums[i], factors);
                    code.storeSum(sums[i], entry, 0);
                    code.addArgument(entry, "outEntry");
                  }
                  code.addArgument(columnIn, "inColumn");
                  code.addArgument(columnOut, "outColumn");
                });
            code.addArgument(in, "inLine");
            code.addArgument(out, "outLine");
          });
    }

    /** A vector for each entry of the matrix, the same one for equal entries. */
    private int[] factors(VectorCode code) {
      Map<Float, Integer> vectors = new LinkedHashMap<>();
      return matrix.numbers().stream()
          .mapToInt(number -> vectors.computeIfAbsent(number, code::constant))
          .toArray();
    }

    private void sum(VectorCode code, int row, int[] values, int sum, int[] factors) {
      boolean isFirst = !adds;
      for (int j = 0; j < values.length; j++) {
        float number = matrix.at(row, j);
        int factor = factors[row * matrix.columns() + j];
        if (number == 0) {
          continue;
        }
        if (number == 1 && isFirst) {
          code.copy(sum, values[j]);
        } else if (number == 1) {
          code.addTo(sum, values[j]);
        } else if (isFirst) {
          code.multiply(sum, values[j], factor);
        } else {
          code.multiplyAdd(sum, values[j], factor);
        }
        isFirst = false;
      }
      if (isFirst) {
        code.zero(sum);
      }
    }
  }
}
