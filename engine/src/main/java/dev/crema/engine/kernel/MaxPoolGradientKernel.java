package dev.crema.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * What one row of a max pool's results adds to the gradient of its input, for one vector of the
 * cells.
 */
@FunctionalInterface
interface MaxPoolGradientKernel {
  /**
   * @param in the first cell of the first row under the window that lies inside the input
   * @param offset from there to the first column under the window
   * @param dIn the same as {@code in} in the gradient
   * @param rows rows under the window that lie inside the input
   */
  void run(
      MemorySegment memory,
      MaxPoolTile.Strides strides,
      long in,
      long offset,
      long out,
      long dOut,
      long dIn,
      int rows);

  /**
   * Which loop to generate.
   *
   * @param floor results above it hand their gradient on
   */
  record Form(MaxPoolTile tile, float floor) implements LoopForm<MaxPoolGradientKernel> {
    @Override
    public Class<MaxPoolGradientKernel> type() {
      return MaxPoolGradientKernel.class;
    }

    @Override
    public String name() {
      return "LoopMaxPoolGradient_" + tile.name();
    }

    @Override
    public void runSmall(MaxPoolGradientKernel loop, MemorySegment memory) {
      loop.run(memory, MaxPoolTile.Strides.SMALL, 0, 0, 0, 0, 0, 2);
    }

    @Override
    public void runEmpty(MaxPoolGradientKernel loop, MemorySegment memory) {
      loop.run(memory, MaxPoolTile.Strides.EMPTY, 0, 0, 0, 0, 0, 0);
    }

    @Override
    public void write(VectorCode code) {
      int in = code.parameter(0);
      int offset = code.parameter(1);
      int out = code.parameter(2);
      int dOut = code.parameter(3);
      int dIn = code.parameter(4);
      int rows = code.parameter(5);
      int zero = code.constant(0f);
      int lowest = code.constant(floor);
      int[] best = code.newVectors(tile.places());
      int[] rest = code.newVectors(tile.places());
      int x = code.newVector();
      int gradient = code.newVector();
      int taken = code.newVector();
      int start = code.newLong();
      int dStart = code.newLong();
      MaxPoolTile.Columns columns = new MaxPoolTile.Columns(tile, code, offset);
      MaxPoolTile.Columns.Row row = columns.row();
      MaxPoolTile.Columns.Row dRow = columns.row();
      code.repeatArgument(
          "tiles",
          () -> {
            columns.clamp();
            code.setLong(start, in);
            code.setLong(dStart, dIn);
            for (int place = 0; place < tile.places(); place++) {
              code.load(best[place], out, place * tile.cell());
              code.load(x, dOut, place * tile.cell());
              code.whereLarger(rest[place], x, best[place], lowest, zero);
            }
            code.repeatParameter(
                rows,
                () -> {
                  row.at(start);
                  dRow.at(dStart);
                  for (int column = 0; column < tile.columns(); column++) {
                    row.load(x, column);
                    dRow.load(gradient, column);
                    for (int place = 0; place < tile.places(); place++) {
                      if (tile.reads(place, column)) {
                        code.takeWhereEqual(taken, rest[place], x, best[place], zero);
                        code.addTo(gradient, taken);
                      }
                    }
                    dRow.store(gradient, column);
                  }
                  code.addArgument(start, "inRow");
                  code.addArgument(dStart, "dRow");
                });
            code.addArgument(offset, "inTile");
            code.addArgument(out, "outTile");
            code.addArgument(dOut, "outTile");
          });
    }
  }
}
