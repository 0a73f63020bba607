package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Brings tiles of an output's gradient into Winograd's domain, turned around: {@code A' dy A}, with
 * channels in the lanes: {@code [place in the tile][panel of channels][tile][image][channels]}.
 *
 * <p>A row of tiles at a time, and of it as many channels as there are lanes: so what was
 * transposed, and what lies between both sides of the product, stays in the cache.
 */
final class TileGradients {
  /** What lies between both sides of the product should stay in the second-level cache. */
  private static final long WIDE_BYTES = 1 << 18;

  private final TileGrid grid;
  private final int lastRows;
  private final Volume from;

  /** Vectors of channels that are transformed together: a panel's, or one. */
  private final int together;

  /** For each piece of the channels. */
  private final List<TransposedChannels> pieces;

  /** Bytes of a piece of a cell, of all its images. */
  private final long piece;

  private final Panels panels;

  /** Bytes of a panel's channels of a tile. */
  private final long cell;

  private final Side down;
  private final Side downLast;
  private final Side across;
  private final Side acrossLast;

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
    together = scratchBytes(cell) <= WIDE_BYTES ? vectors : 1;
    piece = (long) together * Vectors.LANES * Vectors.BYTES;
    int m = grid.algorithm().outputs();
    pieces =
        IntStream.range(0, Math.ceilDiv(from.channels(), together * Vectors.LANES))
            .mapToObj(i -> new TransposedChannels(library, channels(i), together))
            .toList();
    lastRows = from.height() - (grid.allRows() - 1) * m;
    int lastColumns = from.width() - (grid.columns() - 1) * m;
    down = down(library, m);
    downLast = down(library, lastRows);
    across = across(library, m, lastColumns == m ? grid.columns() : grid.columns() - 1);
    acrossLast = across(library, lastColumns, 1);
  }

  private Volume channels(int piece) {
    int all = together * Vectors.LANES;
    return from.withChannels(Math.min(all, from.channels() - piece * all));
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
            piece,
            row(),
            Vectors.BYTES,
            piece));
  }

  private Side across(Library library, int columns, int tiles) {
    return new Side(
        kernel(library, columns),
        new TransformKernel.Strides(
            tiles,
            together * Vectors.LANES,
            piece,
            Vectors.BYTES,
            grid.algorithm().outputs() * piece,
            place(),
            together == 1 ? panels.image() : Vectors.BYTES,
            cell));
  }

  /** Bytes of a piece of a row's cells. */
  private long row() {
    return from.width() * piece;
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
    return scratchBytes(piece);
  }

  private long scratchBytes(long piece) {
    return (grid.algorithm().outputs() + grid.algorithm().inputs()) * from.width() * piece;
  }

  /** Transforms a strip of a block. */
  void run(MemorySegment memory, int strip, int block, long gradient, long scratch, long to) {
    for (int row = 0; row < grid.rows(); row++) {
      long tiles = to + ((long) block * grid.tiles() + row * grid.columns()) * cell;
      for (int i = 0; i < pieces.size(); i++) {
        turn(
            memory, grid.first(strip) + row, i, gradient, scratch, tiles + panels.at(i * together));
      }
    }
  }

  /** Transforms a piece of a row of tiles. */
  private void turn(
      MemorySegment memory, int tileRow, int number, long gradient, long scratch, long to) {
    int m = grid.algorithm().outputs();
    int t = grid.algorithm().inputs();
    boolean isLast = tileRow == grid.allRows() - 1;
    long lines = scratch + m * row();
    pieces
        .get(number)
        .run(
            memory,
            gradient + (long) number * together * Vectors.LANES * from.plane(),
            scratch,
            tileRow * m,
            isLast ? lastRows : m);
    Side side = isLast ? downLast : down;
    side.kernel().run(memory, side.strides(), scratch, lines);
    for (int y = 0; y < t; y++) {
      long line = lines + y * row();
      long tiles = to + y * t * place();
      across.kernel().run(memory, across.strides(), line, tiles);
      int last = grid.columns() - 1;
      if (across.strides().lines() == last) {
        acrossLast
            .kernel()
            .run(memory, acrossLast.strides(), line + last * m * piece, tiles + last * cell);
      }
    }
  }
}
