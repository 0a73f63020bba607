package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;

/**
 * Brings tiles of an output's gradient into Winograd's domain, turned around: {@code A' dy A}. The
 * gradient has been transposed, and so is the result: {@code [place in the tile][tile][image]
 * [channels]}.
 */
final class TileGradients {
  private final TileGrid grid;
  private final int lastRows;
  private final Volume from;
  private final int pieces;
  private final long cell;
  private final Side down;
  private final Side downLast;
  private final Side across;
  private final Side acrossLast;

  /** A kernel with the strides that it takes here. */
  private record Side(TransformKernel kernel, TransformKernel.Strides strides) {}

  TileGradients(Library library, TileGrid grid, Volume from) {
    this.grid = grid;
    this.from = from;
    Winograd algorithm = grid.algorithm();
    int m = algorithm.outputs();
    // A piece of each cell at a time, so that what lies between both sides stays in the cache.
    pieces = Math.ceilDiv(from.channels(), Vectors.LANES);
    cell = (long) pieces * Vectors.LANES * Vectors.BYTES;
    lastRows = from.height() - (grid.allRows() - 1) * m;
    int lastColumns = from.width() - (grid.columns() - 1) * m;
    down = down(library, m);
    downLast = down(library, lastRows);
    across = across(library, m, lastColumns == m ? grid.columns() : grid.columns() - 1);
    acrossLast = across(library, lastColumns, 1);
  }

  /** The gradient's cells beyond the edge are zeros: the matrix's columns for them do not count. */
  private TransformKernel kernel(Library library, int cells) {
    Matrix matrix = grid.algorithm().toOutputs().transposed().firstColumns(cells);
    return library.transform(new TransformKernel.Form(matrix));
  }

  private Side down(Library library, int rows) {
    return new Side(
        kernel(library, rows),
        new TransformKernel.Strides(
            from.width(),
            Vectors.LANES,
            from.width() * cell,
            Vectors.BYTES,
            cell,
            line(),
            Vectors.BYTES,
            piece()));
  }

  private Side across(Library library, int columns, int tiles) {
    return new Side(
        kernel(library, columns),
        new TransformKernel.Strides(
            tiles,
            Vectors.LANES,
            piece(),
            Vectors.BYTES,
            grid.algorithm().outputs() * piece(),
            place(),
            Vectors.BYTES,
            cell));
  }

  private static long piece() {
    return (long) Vectors.LANES * Vectors.BYTES;
  }

  /** Bytes of a piece of a row's cells. */
  private long line() {
    return from.width() * piece();
  }

  /** Bytes from one place's tiles to the next one's. */
  long place() {
    return (long) grid.blocks() * grid.tiles() * cell | Vectors.BYTES;
  }

  /** Bytes of a strip's tiles. */
  long bytes() {
    return grid.places() * place();
  }

  long scratchBytes() {
    return grid.algorithm().inputs() * line();
  }

  /** Transforms a strip of a block. */
  void run(MemorySegment memory, int strip, int block, long transposed, long scratch, long to) {
    Winograd algorithm = grid.algorithm();
    int t = algorithm.inputs();
    for (int row = 0; row < grid.rows(); row++) {
      int tileRow = grid.first(strip) + row;
      long source = transposed + (long) tileRow * algorithm.outputs() * from.width() * cell;
      Side side = tileRow == grid.allRows() - 1 ? downLast : down;
      for (int i = 0; i < pieces; i++) {
        long piece = i * piece();
        side.kernel().run(memory, side.strides(), source + piece, scratch);
        for (int y = 0; y < t; y++) {
          long line = scratch + y * line();
          long tiles =
              to
                  + y * t * place()
                  + ((long) block * grid.tiles() + row * grid.columns()) * cell
                  + piece;
          across.kernel().run(memory, across.strides(), line, tiles);
          int last = grid.columns() - 1;
          if (across.strides().lines() == last) {
            long end = line + last * algorithm.outputs() * piece();
            acrossLast.kernel().run(memory, acrossLast.strides(), end, tiles + last * cell);
          }
        }
      }
    }
  }
}
