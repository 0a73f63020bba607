package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Brings tiles of an output's gradient into Winograd's domain, turned around: {@code A' dy A}, with
 * channels in the lanes: {@code [place in the tile][panel of channels][tile][image][channels]}.
 *
 * <p>A row of tiles at a time, and of it a panel of channels, or as many as there are lanes: so
 * what was transposed, and what lies between both sides of the product, stays in the cache.
 */
final class TileGradients {
  /**
   * A panel is written in longer stretches, for which memory is fast, but what it takes should stay
   * in the second-level cache.
   */
  private static final long PANEL_BYTES = 1 << 18;

  private final TileGrid grid;
  private final int lastRows;
  private final Volume from;

  /** Vectors of channels that are transformed together: a panel's, or one. */
  private final int together;

  private final List<Piece> pieces;

  /** Bytes of a cell of a piece, of all its images. */
  private final long pieceCell;

  private final Panels panels;

  /** Bytes of a panel's channels of a tile. */
  private final long cell;

  private final Side down;
  private final Side downLast;
  private final Side across;
  private final Side acrossLast;

  /**
   * Channels that are transformed together.
   *
   * @param from where they begin in the gradient
   * @param to where they begin in a tile
   */
  private record Piece(TransposedChannels transposed, long from, long to) {}

  /** A kernel with the strides that it takes here. */
  private record Side(TransformKernel kernel, TransformKernel.Strides strides) {}

  /**
   * Plans the loops.
   *
   * @param vectors vectors of a panel, which divide those of all channels
   */
  TileGradients(Library library, TileGrid grid, Volume from, int vectors) {
    this.grid = grid;
    this.from = from;
    panels = new Panels(vectors, (long) grid.blocks() * grid.tiles() * Vectors.LANES);
    cell = panels.image() * Vectors.LANES;
    together = scratchBytes(cell) <= PANEL_BYTES ? vectors : 1;
    pieceCell = (long) together * Vectors.LANES * Vectors.BYTES;
    int m = grid.algorithm().outputs();
    pieces =
        IntStream.range(0, Math.ceilDiv(from.channels(), together * Vectors.LANES))
            .mapToObj(i -> piece(library, i * together))
            .toList();
    lastRows = from.height() - (grid.allRows() - 1) * m;
    int lastColumns = from.width() - (grid.columns() - 1) * m;
    down = down(library, m);
    downLast = down(library, lastRows);
    across = across(library, m, lastColumns == m ? grid.columns() : grid.columns() - 1);
    acrossLast = across(library, lastColumns, 1);
  }

  private Piece piece(Library library, int vector) {
    int first = vector * Vectors.LANES;
    int channels = Math.min(together * Vectors.LANES, from.channels() - first);
    return new Piece(
        new TransposedChannels(library, from.withChannels(channels), together),
        first * from.plane(),
        panels.at(vector));
  }

  /** The gradient's cells beyond the edge are zeros: the matrix's columns for them do not count. */
  private TransformKernel kernel(Library library, int cells) {
    Matrix matrix = grid.algorithm().toOutputs().transposed().firstColumns(cells);
    return library.loop(new TransformKernel.Form(matrix));
  }

  private Side down(Library library, int rows) {
    return new Side(
        kernel(library, rows),
        new TransformKernel.Strides(
            from.width(),
            together * Vectors.LANES,
            row(),
            Vectors.BYTES,
            pieceCell,
            row(),
            Vectors.BYTES,
            pieceCell));
  }

  private Side across(Library library, int columns, int tiles) {
    return new Side(
        kernel(library, columns),
        new TransformKernel.Strides(
            tiles,
            together * Vectors.LANES,
            pieceCell,
            Vectors.BYTES,
            grid.algorithm().outputs() * pieceCell,
            place(),
            together == 1 ? panels.image() : Vectors.BYTES,
            cell));
  }

  /** Bytes of a row of a piece. */
  private long row() {
    return from.width() * pieceCell;
  }

  /** How a place's channels lie. */
  Panels panels() {
    return panels;
  }

  /** Bytes from one place's tiles to the next one's: an odd number of vectors, for the caches. */
  long place() {
    return panels.at(Math.ceilDiv(from.channels(), Vectors.LANES)) | Vectors.BYTES;
  }

  /** Bytes of a strip's tiles. */
  long bytes() {
    return grid.places() * place();
  }

  long scratchBytes() {
    return scratchBytes(pieceCell);
  }

  private long scratchBytes(long cell) {
    return (grid.algorithm().outputs() + grid.algorithm().inputs()) * from.width() * cell;
  }

  /** Transforms a strip of a block. */
  void run(MemorySegment memory, int strip, int block, long gradient, long scratch, long to) {
    for (int row = 0; row < grid.rows(); row++) {
      long tiles = to + ((long) block * grid.tiles() + row * grid.columns()) * cell;
      for (int i = 0; i < pieces.size(); i++) {
        turn(memory, grid.first(strip) + row, pieces.get(i), gradient, scratch, tiles);
      }
    }
  }

  /** Transforms a piece of a row of tiles. */
  private void turn(
      MemorySegment memory, int tileRow, Piece piece, long gradient, long scratch, long to) {
    int m = grid.algorithm().outputs();
    int t = grid.algorithm().inputs();
    boolean isLast = tileRow == grid.allRows() - 1;
    long lines = scratch + m * row();
    piece
        .transposed()
        .run(memory, gradient + piece.from(), scratch, tileRow * m, isLast ? lastRows : m);
    Side side = isLast ? downLast : down;
    side.kernel().run(memory, side.strides(), scratch, lines);
    for (int y = 0; y < t; y++) {
      long line = lines + y * row();
      long tiles = to + piece.to() + y * t * place();
      across.kernel().run(memory, across.strides(), line, tiles);
      int last = grid.columns() - 1;
      if (across.strides().lines() == last) {
        acrossLast
            .kernel()
            .run(memory, acrossLast.strides(), line + last * m * pieceCell, tiles + last * cell);
      }
    }
  }
}
