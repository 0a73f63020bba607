package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * Results for the inputs that tiles were made of, added up where tiles overlap: {@code B' p B} for
 * every tile.
 */
final class TileSums implements TileResults {
  private final TileGrid grid;
  private final Volume to;
  private final int padding;
  private final Volume products;

  /** What a strip's tiles of a channel cover, and zeros to the end of the volume's rows. */
  private final Volume covered;

  private final TransformKernel kernel;
  private final TransformKernel adding;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides across;

  /**
   * Plans the loops.
   *
   * @param grid strips must not overlap, for what they had in common would count twice
   * @param padding cells that the tiles cover before the volume's rows and columns
   */
  TileSums(Library library, TileGrid grid, Volume to, int padding) {
    this.grid = grid;
    this.to = to;
    this.padding = padding;
    Winograd algorithm = grid.algorithm();
    int t = algorithm.inputs();
    int step = algorithm.step();
    products = grid.strip(to.channels());
    int width = Math.max((grid.columns() - 1) * step + t, padding + to.width());
    covered = new Volume(1, (grid.rows() - 1) * step + t, width, 0, 1);
    Matrix matrix = algorithm.fromInputs().transposed();
    kernel = library.loop(new TransformKernel.Form(matrix));
    adding = library.loop(new TransformKernel.Form(matrix, true));
    long line = (long) grid.columns() * Vectors.BYTES;
    down = grid.down(products);
    across =
        new TransformKernel.Strides(
            t,
            grid.columns(),
            line,
            Vectors.BYTES,
            t * line,
            Vectors.BYTES,
            (long) step * Vectors.BYTES,
            covered.row());
  }

  @Override
  public long bytes() {
    return grid.bytes(products);
  }

  private long halfBytes() {
    return (long) grid.places() * grid.columns() * Vectors.BYTES;
  }

  @Override
  public long scratchBytes() {
    return halfBytes() + covered.bytes();
  }

  @Override
  public void run(MemorySegment memory, int firstRow, long at, long scratch, long out) {
    int step = grid.algorithm().step();
    long sums = scratch + halfBytes();
    for (int c = 0; c < to.channels(); c++) {
      MapLoops.fill(memory, sums, covered.cells(), 0f);
      for (int row = 0; row < grid.rows(); row++) {
        kernel.run(memory, down, at + products.at(c, row, 0), scratch);
        adding.run(memory, across, scratch, sums + covered.at(0, row * step, 0));
      }
      hand(memory, firstRow, sums, out + to.at(c, 0, 0));
    }
  }

  /** Hands on a channel's rows; to those in common with the strip before it they are added. */
  private void hand(MemorySegment memory, int firstRow, long sums, long out) {
    Winograd algorithm = grid.algorithm();
    int top = firstRow * algorithm.step() - padding;
    int common = algorithm.inputs() - algorithm.step();
    int begun = firstRow == 0 ? top : top + common;
    int end = top + covered.height();
    boolean isLast = firstRow + grid.rows() == grid.allRows();
    for (int y = Math.max(0, top); y < (isLast ? to.height() : Math.min(end, to.height())); y++) {
      long from = sums + covered.at(0, y - top, padding);
      long result = out + y * to.row();
      if (y < begun) {
        MapLoops.add(memory, from, result, result, to.width());
      } else if (y < end) {
        MapLoops.copy(memory, from, result, to.width());
      } else {
        MapLoops.fill(memory, result, to.width(), 0f);
      }
    }
  }
}
