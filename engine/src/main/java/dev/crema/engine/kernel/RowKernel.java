package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/**
 * One row of a convolution: for a tile of output channels, every cell of an output row.
 *
 * <p>It holds {@code outputs x cells} sums in registers, and for each input channel, kernel row and
 * tap loads the cells once and broadcasts one weight for each output. A dense layer is the same
 * loop with one tap and the cell's vectors for cells; backward-data is the same loop with weights
 * walked the other way.
 */
@FunctionalInterface
interface RowKernel {
  /**
   * @param rows kernel rows that lie inside the input
   * @param input the first cell under the first kernel row
   * @param weight the first weight under the first kernel row
   */
  void run(
      MemorySegment memory,
      Strides strides,
      long input,
      long weight,
      long bias,
      long out,
      int rows);

  /**
   * How far the loops step, in bytes.
   *
   * @param channels input channels to sum over
   * @param tiles tiles of cells in the row; the last one overlaps the one before it, so that any
   *     width works with one tile size
   */
  record Strides(
      int channels,
      int taps,
      int tiles,
      long inTap,
      long inPlane,
      long inRow,
      long weightChannel,
      long weightRow,
      long weightTap,
      long weightOut,
      long outPlane,
      long inTile,
      long inLastTile,
      long outTile,
      long outLastTile) {

    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    static final Strides SMALL = new Strides(2, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * Of a product of matrices: one tap, and a row of cells that follow each other.
     *
     * @param cells of the row, at least those of a tile
     */
    static Strides product(
        int channels,
        RowTile tile,
        int cells,
        long inPlane,
        long weightChannel,
        long weightOut,
        long outPlane) {
      int tiles = Math.ceilDiv(cells, tile.cells());
      long step = (long) tile.cells() * Vectors.BYTES;
      long last = (cells - (tiles - 1L) * tile.cells()) * Vectors.BYTES;
      return new Strides(
          channels,
          1,
          tiles,
          0,
          inPlane,
          0,
          weightChannel,
          0,
          0,
          weightOut,
          outPlane,
          step,
          last,
          step,
          last);
    }
  }

  /**
   * A range of the cells that lie under a tile's taps, counted from the first one; the others are
   * zeros beside the row.
   */
  record Reach(int from, int to) {
    boolean holds(int cell) {
      return from <= cell && cell < to;
    }

    /** How many pairs of a tile's cell and tap meet a cell in this range. */
    int products(int cells, int taps, int step) {
      int count = 0;
      for (int x = 0; x < cells; x++) {
        for (int k = 0; k < taps; k++) {
          count += holds(x * step + k) ? 1 : 0;
        }
      }
      return count;
    }
  }

  /**
   * Which loop to generate.
   *
   * @param outputs output channels of a tile
   * @param cells cells of a tile
   * @param taps kernel columns, if they are unrolled, or {@link #LOOP}
   * @param inStep vectors from one input cell to the next output's
   * @param outStep vectors from one output cell to the next
   * @param reach the cells under the tile's taps that are worth multiplying
   * @param isSingle whether there is but one kernel row and column, always
   * @param forward whether the outputs' weights follow each other and a bias is added
   * @param adds whether the sums are added to what is there
   */
  record Form(
      int outputs,
      int cells,
      int taps,
      int inStep,
      int outStep,
      Reach reach,
      boolean isSingle,
      boolean forward,
      boolean adds)
      implements LoopForm<RowKernel> {

    /** Kernel columns are a loop. */
    static final int LOOP = 0;

    /** That of a product of matrices: one tap, whose cells are all there. */
    static Form product(RowTile tile, boolean forward) {
      int cells = tile.cells();
      return new Form(tile.outputs(), cells, 1, 1, 1, new Reach(0, cells), true, forward, false);
    }

    @Override
    public String name() {
      String kind = (forward ? "f" : "b") + (isSingle ? "_single" : "") + (adds ? "_adds" : "");
      return "LoopRow_%sx%s_t%s_s%s_%s_%s_%s%s"
          .formatted(outputs, cells, taps, inStep, outStep, reach.from(), reach.to(), kind);
    }

    @Override
    public Class<RowKernel> type() {
      return RowKernel.class;
    }

    @Override
    public void runSmall(RowKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.SMALL, 0, 0, 0, 0, 2);
    }

    @Override
    public void runEmpty(RowKernel loop, MemorySegment memory) {
      loop.run(memory, Strides.EMPTY, 0, 0, 0, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int input = code.parameter(0);
      int weight = code.parameter(1);
      int bias = code.parameter(2);
      int out = code.parameter(3);
      int rows = code.parameter(4);
      int[] sums = code.newVectors(outputs * cells);
      int[] values = code.newVectors(cells);
      int factor = code.newVector();
      int channelInput = code.newLong();
      int channelWeight = code.newLong();
      int rowInput = code.newLong();
      int rowWeight = code.newLong();
      int tapInput = code.newLong();
      int tapWeight = code.newLong();
      int outWeight = code.newLong();
      int outPlane = code.newLong();
      IntConsumer tap =
          k -> {
            multiply(code, k, tapInput, tapWeight, outWeight, sums, values, factor);
            code.addArgument(tapInput, "inTap");
            code.addArgument(tapWeight, "weightTap");
          };
      Runnable kernelRows =
          () -> {
            code.setLong(rowInput, channelInput);
            code.setLong(rowWeight, channelWeight);
            code.repeatParameter(
                rows,
                () -> {
                  code.setLong(tapWeight, rowWeight);
                  code.setLong(tapInput, rowInput);
                  if (taps == LOOP) {
                    code.repeatArgument("taps", () -> tap.accept(0));
                  } else {
                    for (int k = 0; k < taps; k++) {
                      tap.accept(k);
                    }
                  }
                  code.addArgument(rowInput, "inRow");
                  code.addArgument(rowWeight, "weightRow");
                });
          };
      code.tiles(
          input,
          out,
          () -> {
            code.zero(sums);
            code.setLong(channelInput, input);
            code.setLong(channelWeight, weight);
            code.repeatArgument(
                "channels",
                () -> {
                  if (isSingle) {
                    multiply(code, 0, channelInput, channelWeight, outWeight, sums, values, factor);
                  } else {
                    kernelRows.run();
                  }
                  code.addArgument(channelInput, "inPlane");
                  code.addArgument(channelWeight, "weightChannel");
                });
            code.setLong(outPlane, out);
            for (int t = 0; t < outputs; t++) {
              if (forward) {
                code.broadcast(factor, bias, (long) t * Float.BYTES);
              }
              for (int x = 0; x < cells; x++) {
                int sum = sums[t * cells + x];
                long at = (long) x * outStep * Vectors.BYTES;
                if (forward) {
                  code.addTo(sum, factor);
                }
                if (adds) {
                  code.load(values[0], outPlane, at);
                  code.addTo(sum, values[0]);
                }
                code.storeSum(sum, outPlane, at);
              }
              code.addArgument(outPlane, "outPlane");
            }
          });
    }

    /** Adds what tap {@code k} makes of the cells under it. */
    private void multiply(
        VectorCode code,
        int k,
        int tapInput,
        int tapWeight,
        int outWeight,
        int[] sums,
        int[] values,
        int factor) {
      for (int x = 0; x < cells; x++) {
        if (reach.holds(x * inStep + k)) {
          code.load(values[x], tapInput, (long) x * inStep * Vectors.BYTES);
        }
      }
      if (!forward) {
        code.setLong(outWeight, tapWeight);
      }
      for (int t = 0; t < outputs; t++) {
        if (forward) {
          code.broadcast(factor, tapWeight, (long) t * Float.BYTES);
        } else {
          code.broadcast(factor, outWeight, 0);
        }
        for (int x = 0; x < cells; x++) {
          if (reach.holds(x * inStep + k)) {
            code.multiplyAdd(sums[t * cells + x], factor, values[x]);
          }
        }
        if (!forward && t < outputs - 1) {
          code.addArgument(outWeight, "weightOut");
        }
      }
    }
  }
}
