package dev.crema.engine.kernel;

import dev.crema.engine.Volume;
import dev.crema.engine.Window;

/**
 * Neighbouring places of a max pool's window of three by three cells, which one turn of a kernel's
 * loop handles: windows share columns.
 *
 * <p>Columns beside the input count as the nearest ones inside it. They change no maximum, for the
 * window holds those, too; and what equals the maximum first takes the gradient, so that nothing is
 * left for the same cell's second time.
 *
 * @param places places of the window
 * @param stride cells from one place to the next
 * @param cell bytes from a cell to the next
 */
record MaxPoolTile(int places, int stride, long cell) {
  /** Height and width of the window. */
  static final int KERNEL = 3;

  /** More take longer to compile, and share hardly more. */
  private static final int MOST_PLACES = 3;

  /** A tile of {@code places} places, at most as many as are worth it. */
  static MaxPoolTile of(Window window, int places, long cell) {
    int most = window.stride() < KERNEL ? MOST_PLACES : 1;
    return new MaxPoolTile(Math.min(places, most), window.stride(), cell);
  }

  /** Columns from the first to the last one under the window. */
  int columns() {
    return (places - 1) * stride + KERNEL;
  }

  /** Whether the window reads this column at this place. */
  boolean reads(int place, int column) {
    int tap = column - place * stride;
    return 0 <= tap && tap < KERNEL;
  }

  String name() {
    return places + "_s" + stride + "_" + cell;
  }

  /**
   * How far a loop over a row's tiles steps, in bytes.
   *
   * @param tiles tiles
   * @param span from the first to the last column of a tile
   * @param last from the first to the last cell of an input's row
   * @param inRow from a row to the next, in the input
   * @param dRow the same in its gradient
   * @param inTile from a tile to the next, in the input
   * @param outTile the same in the output
   */
  record Strides(
      int tiles, long span, long last, long inRow, long dRow, long inTile, long outTile) {
    static final Strides EMPTY = new Strides(0, 0, 0, 0, 0, 0, 0);
    static final Strides SMALL = new Strides(3, 0, 0, 0, 0, 0, 0);
  }

  /** The same for so many tiles. */
  Strides strides(int tiles, Volume in, Volume inGradient) {
    return new Strides(
        tiles,
        (columns() - 1) * cell,
        (in.width() - 1) * cell,
        in.row(),
        inGradient.row(),
        places * stride * cell,
        places * cell);
  }

  /** The code that finds a tile's columns in the rows under the window. */
  static final class Columns {
    private final MaxPoolTile tile;
    private final VectorCode code;
    private final int offset;
    private final int left;
    private final int right;

    /**
     * @param offset from a row's first cell to the tile's first column, which may lie before it
     */
    Columns(MaxPoolTile tile, VectorCode code, int offset) {
      this.tile = tile;
      this.code = code;
      this.offset = offset;
      left = code.newLong();
      right = code.newLong();
    }

    /** Brings the outermost columns inside the row. */
    void clamp() {
      code.setLong(left, offset);
      code.atLeastZero(left);
      code.setLong(right, offset);
      code.addArgument(right, "span");
      code.atMostArgument(right, "last");
    }

    /** The columns of one row of a volume. */
    Row row() {
      return new Row(code.newLong(), code.newLong(), code.newLong());
    }

    /** Where a row's columns are: the outermost ones, and where the others are counted from. */
    final class Row {
      private final int first;
      private final int middle;
      private final int last;

      private Row(int first, int middle, int last) {
        this.first = first;
        this.middle = middle;
        this.last = last;
      }

      /** Goes to the row that starts there. */
      void at(int start) {
        code.setLong(first, start);
        code.add(first, left);
        code.setLong(middle, start);
        code.add(middle, offset);
        code.setLong(last, start);
        code.add(last, right);
      }

      private boolean isInner(int column) {
        return 0 < column && column < tile.columns() - 1;
      }

      private int from(int column) {
        return column == 0 ? first : isInner(column) ? middle : last;
      }

      private long distance(int column) {
        return isInner(column) ? column * tile.cell() : 0;
      }

      void load(int vector, int column) {
        code.load(vector, from(column), distance(column));
      }

      void store(int vector, int column) {
        code.store(vector, from(column), distance(column));
      }
    }
  }
}
