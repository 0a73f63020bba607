package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Transposes squares of numbers: of {@code rows} vectors a stride apart, into one vector for each
 * lane. Rows that are missing to a full square count as zeros.
 */
@FunctionalInterface
interface TransposeKernel {
  void run(MemorySegment memory, Strides strides, long from, long to);

  /** How many squares, and how far the loops step, in bytes. */
  record Strides(int squares, long fromRow, long toRow, long fromSquare, long toSquare) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0);
    static final Strides SMALL = new Strides(3, 0, 0, 0, 0);
  }

  /** Which loop to generate: how many of a square's rows there are. */
  record Form(int rows) implements LoopForm<TransposeKernel> {
    @Override
    public Class<TransposeKernel> type() {
      return TransposeKernel.class;
    }

    @Override
    public String name() {
      return "LoopTranspose_" + rows;
    }

    @Override
    public void runSmall(TransposeKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.SMALL, 0, 0);
    }

    @Override
    public void runEmpty(TransposeKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.EMPTY, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int from = code.parameter(0);
      int to = code.parameter(1);
      int[] square = code.newVectors(Vectors.LANES);
      int row = code.newLong();
      code.repeatArgument(
          "squares",
          () -> {
            code.setLong(row, from);
            for (int i = 0; i < square.length; i++) {
              if (i < rows) {
                code.load(square[i], row, 0);
                code.addArgument(row, "fromRow");
              } else {
                code.zero(square[i]);
              }
            }
            code.transpose(square);
            code.setLong(row, to);
            for (int vector : square) {
              code.store(vector, row, 0);
              code.addArgument(row, "toRow");
            }
            code.addArgument(from, "fromSquare");
            code.addArgument(to, "toSquare");
          });
    }
  }
}
