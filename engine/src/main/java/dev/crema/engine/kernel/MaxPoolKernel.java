package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/** One row of a max pool's results, for one vector of the cells: tile by tile of its places. */
@FunctionalInterface
interface MaxPoolKernel {
  /**
   * @param in the first cell of the first row under the window that lies inside the input
   * @param offset from there to the first column under the window
   * @param rows rows under the window that lie inside the input
   */
  void run(
      MemorySegment memory, MaxPoolTile.Strides strides, long in, long offset, long out, int rows);

  /**
   * Which loop to generate.
   *
   * @param floor what the results are at least
   */
  record Form(MaxPoolTile tile, float floor) implements LoopForm<MaxPoolKernel> {
    @Override
    public Class<MaxPoolKernel> type() {
      return MaxPoolKernel.class;
    }

    @Override
    public String name() {
      return "LoopMaxPool_" + tile.name();
    }

    @Override
    public void runSmall(MaxPoolKernel loop, MemorySegment memory) {
      loop.run(memory, MaxPoolTile.Strides.SMALL, 0, 0, 0, 2);
    }

    @Override
    public void runEmpty(MaxPoolKernel loop, MemorySegment memory) {
      loop.run(memory, MaxPoolTile.Strides.EMPTY, 0, 0, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int in = code.parameter(0);
      int offset = code.parameter(1);
      int out = code.parameter(2);
      int rows = code.parameter(3);
      int lowest = code.constant(floor);
      int[] best = code.newVectors(tile.columns());
      int x = code.newVector();
      int start = code.newLong();
      MaxPoolTile.Columns columns = new MaxPoolTile.Columns(tile, code, offset);
      MaxPoolTile.Columns.Row row = columns.row();
      code.repeatArgument(
          "tiles",
          () -> {
            columns.clamp();
            code.setLong(start, in);
            for (int each : best) {
              code.copy(each, lowest);
            }
            code.repeatParameter(
                rows,
                () -> {
                  row.at(start);
                  for (int column = 0; column < tile.columns(); column++) {
                    row.load(x, column);
                    code.larger(best[column], x);
                  }
                  code.addArgument(start, "inRow");
                });
            for (int place = 0; place < tile.places(); place++) {
              int first = place * tile.stride();
              code.copy(x, lowest);
              for (int tap = 0; tap < MaxPoolTile.KERNEL; tap++) {
                code.larger(x, best[first + tap]);
              }
              code.storeSum(x, out, place * tile.cell());
            }
            code.addArgument(offset, "inTile");
            code.addArgument(out, "outTile");
          });
    }
  }
}
