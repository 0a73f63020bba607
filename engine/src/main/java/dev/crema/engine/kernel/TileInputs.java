package dev.crema.engine.kernel;

import dev.crema.engine.Convolution;
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
  /** A call for a single tile costs more than its work. */
  private static final int TOGETHER = 4;

  private final Winograd algorithm;
  private final TileGrid grid;
  private final Volume from;
  private final int padding;
  private final Volume factors;

  /** Cells of a tile along one side. */
  private final int side;

  /** Cells from one tile to the next. */
  private final int step;

  /** Cells of a row of tiles. */
  private final int width;

  /** Those of them that lie in the volume. */
  private final int inner;

  /** Channels that go across in one call: several where a row is a single tile. */
  private final int together;

  private final TransformKernel kernel;
  private final TransformKernel.Strides down;
  private final TransformKernel.Strides downEdge;
  private final TransformKernel.Strides across;
  private final TransformKernel.Strides acrossLast;

  /**
   * Plans the loops.
   *
   * @param matrix M
   * @param step cells from one tile to the next
   * @param padding zero cells before the volume's rows and columns; after them there are as many as
   *     the tiles need, and cells that they do not need are left out
   */
  TileInputs(Library library, TileGrid grid, Matrix matrix, int step, Volume from, int padding) {
    this.step = step;
    this.algorithm = grid.algorithm();
    this.grid = grid;
    this.from = from;
    this.padding = padding;
    factors = grid.strip(from.channels());
    side = matrix.columns();
    width = (grid.columns() - 1) * step + side;
    inner = Math.min(from.width(), width - padding);
    kernel = library.loop(new TransformKernel.Form(matrix));
    long line = (long) width * Vectors.BYTES;
    down = down(from.row(), line);
    downEdge = down((long) inner * Vectors.BYTES, line);
    together = grid.columns() == 1 ? Math.min(TOGETHER, from.channels()) : 1;
    int left = from.channels() % together;
    across = across(together);
    acrossLast = left == 0 ? across : across(left);
  }

  /** Of a convolution's input, under the tiles of its output. */
  static TileInputs ofImages(Library library, TileGrid grid, Convolution spec) {
    Winograd algorithm = grid.algorithm();
    return new TileInputs(
        library,
        grid,
        algorithm.fromInputs(),
        algorithm.step(),
        spec.in(),
        spec.window().padding());
  }

  private TransformKernel.Strides down(long row, long line) {
    return new TransformKernel.Strides(1, inner, row, Vectors.BYTES, 0, line, Vectors.BYTES, 0);
  }

  private TransformKernel.Strides across(int channels) {
    long line = (long) width * Vectors.BYTES;
    // Single cells, which nothing brings down the columns, are read where they lie.
    long channel = side == 1 ? from.plane() : linesBytes();
    boolean isSingle = grid.columns() == 1;
    return new TransformKernel.Strides(
        algorithm.inputs(),
        isSingle ? channels : grid.columns(),
        Vectors.BYTES,
        isSingle ? channel : (long) step * Vectors.BYTES,
        line,
        grid.place(factors),
        isSingle ? factors.plane() : Vectors.BYTES,
        algorithm.inputs() * grid.place(factors));
  }

  /** Bytes of a strip's factors. */
  long bytes() {
    return grid.bytes(factors);
  }

  private long linesBytes() {
    return (long) algorithm.inputs() * width * Vectors.BYTES;
  }

  long scratchBytes() {
    return together * linesBytes() + (long) side * inner * Vectors.BYTES;
  }

  /** Transforms a strip that begins with this row of tiles. */
  void run(MemorySegment memory, int firstRow, long at, long scratch, long to) {
    for (int i = 0; i < together; i++) {
      clearBeside(memory, scratch + i * linesBytes());
    }
    for (int c = 0; c < from.channels(); c += together) {
      int channels = Math.min(together, from.channels() - c);
      TransformKernel.Strides some = channels == together ? across : acrossLast;
      for (int row = 0; row < grid.rows(); row++) {
        int top = (firstRow + row) * step - padding;
        long tiles = to + factors.at(c, row, 0);
        if (side == 1) {
          // Without padding: there is nothing to do down the columns.
          kernel.run(memory, some, at + from.at(c, top, 0), tiles);
        } else {
          for (int i = 0; i < channels; i++) {
            down(memory, c + i, top, at, scratch, i);
          }
          kernel.run(memory, some, scratch, tiles);
        }
      }
    }
  }

  /** Zeros beside the columns, which nobody writes. */
  private void clearBeside(MemorySegment memory, long lines) {
    int after = width - padding - inner;
    for (int i = 0; i < algorithm.inputs(); i++) {
      long line = lines + (long) i * width * Vectors.BYTES;
      MapLoops.fill(memory, line, padding, 0f);
      MapLoops.fill(memory, line + (long) (width - after) * Vectors.BYTES, after, 0f);
    }
  }

  /** Transforms the columns under a row of tiles, into the lines of the i-th channel. */
  private void down(MemorySegment memory, int channel, int top, long at, long scratch, int i) {
    long columns = scratch + i * linesBytes() + (long) padding * Vectors.BYTES;
    if (top >= 0 && top + side <= from.height()) {
      kernel.run(memory, down, at + from.at(channel, top, 0), columns);
      return;
    }
    long edge = scratch + together * linesBytes();
    for (int y = 0; y < side; y++) {
      long row = edge + (long) y * inner * Vectors.BYTES;
      int cell = top + y;
      if (cell >= 0 && cell < from.height()) {
        MapLoops.copy(memory, at + from.at(channel, cell, 0), row, inner);
      } else {
        MapLoops.fill(memory, row, inner, 0f);
      }
    }
    kernel.run(memory, downEdge, edge, columns);
  }
}
