package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * Brings tiles of a block's images into Winograd's domain: {@code M d M'} for every channel and
 * every tile of a strip, which is some rows of tiles. M is B for inputs, whose tiles overlap, and
 * A' for gradients of outputs.
 *
 * <p>The factors lie as {@code [place in the tile][channel][tile]}: products of matrices follow.
 */
final class TileInputs {
  private final Winograd algorithm;
  private final TileGrid grid;
  private final Volume from;
  private final int padding;
  private final Volume factors;

  /** Cells of a tile along one side. */
  private final int side;

  private final int width;
  private final TransformKernel kernel;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides downEdge;
  private final TransformKernel.Strides across;

  /**
   * Plans the loops.
   *
   * @param matrix M
   * @param padding zero cells before the volume's rows and columns; after them there are as many as
   *     the tiles need
   */
  TileInputs(Library library, TileGrid grid, Matrix matrix, Volume from, int padding) {
    this.algorithm = grid.algorithm();
    this.grid = grid;
    this.from = from;
    this.padding = padding;
    factors = grid.strip(from.channels());
    side = matrix.columns();
    width = (grid.columns() - 1) * algorithm.outputs() + side;
    kernel = library.transform(new TransformKernel.Form(matrix));
    long line = (long) width * Vectors.BYTES;
    down = down(from.row(), line);
    downEdge = down((long) from.width() * Vectors.BYTES, line);
    across =
        new TransformKernel.Strides(
            algorithm.inputs(),
            grid.columns(),
            Vectors.BYTES,
            (long) algorithm.outputs() * Vectors.BYTES,
            line,
            grid.place(factors),
            Vectors.BYTES,
            algorithm.inputs() * grid.place(factors));
  }

  private TransformKernel.Strides down(long row, long line) {
    return new TransformKernel.Strides(
        1, from.width(), row, Vectors.BYTES, 0, line, Vectors.BYTES, 0);
  }

  /** Bytes of a strip's factors. */
  long bytes() {
    return grid.bytes(factors);
  }

  private long linesBytes() {
    return (long) algorithm.inputs() * width * Vectors.BYTES;
  }

  long scratchBytes() {
    return linesBytes() + (long) side * from.width() * Vectors.BYTES;
  }

  /** Transforms a strip that begins with this row of tiles. */
  void run(MemorySegment memory, int firstRow, long at, long scratch, long to) {
    clearBeside(memory, scratch);
    for (int c = 0; c < from.channels(); c++) {
      for (int row = 0; row < grid.rows(); row++) {
        down(memory, c, (firstRow + row) * algorithm.outputs() - padding, at, scratch);
        long tiles = to + factors.at(c, row, 0);
        kernel.run(memory, across, scratch, tiles);
      }
    }
  }

  /** Zeros beside the columns, which nobody writes. */
  private void clearBeside(MemorySegment memory, long lines) {
    int before = padding;
    int after = width - padding - from.width();
    for (int i = 0; i < algorithm.inputs(); i++) {
      long line = lines + (long) i * width * Vectors.BYTES;
      MapLoops.fill(memory, line, before, 0f);
      MapLoops.fill(memory, line + (long) (width - after) * Vectors.BYTES, after, 0f);
    }
  }

  /** Transforms the columns under a row of tiles. */
  private void down(MemorySegment memory, int channel, int top, long at, long lines) {
    long inner = lines + (long) padding * Vectors.BYTES;
    if (top >= 0 && top + side <= from.height()) {
      kernel.run(memory, down, at + from.at(channel, top, 0), inner);
      return;
    }
    long edge = lines + linesBytes();
    for (int i = 0; i < side; i++) {
      long row = edge + (long) i * from.width() * Vectors.BYTES;
      int y = top + i;
      if (y >= 0 && y < from.height()) {
        MapLoops.copy(memory, at + from.at(channel, y, 0), row, from.width());
      } else {
        MapLoops.fill(memory, row, from.width(), 0f);
      }
    }
    kernel.run(memory, downEdge, edge, inner);
  }
}
