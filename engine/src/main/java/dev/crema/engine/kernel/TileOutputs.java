package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/** Results of their own for every tile: {@code A p A'}. */
final class TileOutputs implements TileResults {
  private final Winograd algorithm;
  private final TileGrid grid;
  private final Volume to;
  private final Volume products;
  private final TransformKernel kernel;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides across;
  private final TransformKernel.Strides acrossLast;
  private final boolean isRagged;
  private final boolean rectifies;

  /**
   * Plans the loops.
   *
   * @param rectifies whether negative results become 0, while they are in the cache
   */
  TileOutputs(Library library, TileGrid grid, Volume to, boolean rectifies) {
    this.rectifies = rectifies;
    this.algorithm = grid.algorithm();
    this.grid = grid;
    this.to = to;
    products = grid.strip(to.channels());
    kernel = library.loop(new TransformKernel.Form(algorithm.toOutputs()));
    isRagged = grid.columns() * algorithm.outputs() != to.width();
    down = grid.down(products);
    across = across(algorithm.outputs());
    acrossLast = across(to.height() - (grid.allRows() - 1) * algorithm.outputs());
  }

  private TransformKernel.Strides across(int rows) {
    long line = (long) grid.columns() * Vectors.BYTES;
    return new TransformKernel.Strides(
        rows,
        grid.columns(),
        line,
        Vectors.BYTES,
        algorithm.inputs() * line,
        Vectors.BYTES,
        (long) algorithm.outputs() * Vectors.BYTES,
        isRagged ? algorithm.outputs() * line : to.row());
  }

  @Override
  public long bytes() {
    return grid.bytes(products);
  }

  private long halfBytes() {
    return (long) algorithm.outputs() * algorithm.inputs() * grid.columns() * Vectors.BYTES;
  }

  @Override
  public long scratchBytes() {
    long tiles = (long) algorithm.outputs() * algorithm.outputs() * grid.columns() * Vectors.BYTES;
    return halfBytes() + (isRagged ? tiles : 0);
  }

  @Override
  public void run(MemorySegment memory, int firstRow, long at, long scratch, long out) {
    for (int o = 0; o < to.channels(); o++) {
      for (int row = 0; row < grid.rows(); row++) {
        boolean isLast = firstRow + row == grid.allRows() - 1;
        long result = out + to.at(o, (firstRow + row) * algorithm.outputs(), 0);
        kernel.run(memory, down, at + products.at(o, row, 0), scratch);
        TransformKernel.Strides strides = isLast ? acrossLast : across;
        if (isRagged) {
          long rows = scratch + halfBytes();
          kernel.run(memory, strides, scratch, rows);
          for (int i = 0; i < strides.lines(); i++) {
            MapLoops.copy(memory, rows + i * strides.outLine(), result + i * to.row(), to.width());
          }
        } else {
          kernel.run(memory, strides, scratch, result);
        }
        for (int i = 0; rectifies && i < strides.lines(); i++) {
          long line = result + i * to.row();
          MapLoops.relu(memory, line, line, to.width());
        }
      }
    }
  }
}
