package dev.crema.nn;

import dev.crema.engine.Lanes;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of the trainable parameters that one worker updates at once: rows of bytes, a fixed
 * distance apart.
 *
 * @param offset the first row's first byte, within the region of the parameters
 * @param rowBytes bytes of a row
 * @param rows how many there are
 * @param stride bytes from one row to the next
 */
record Strip(long offset, long rowBytes, int rows, long stride) {
  private static final long MAX_BYTES = 1 << 15;

  // Of small networks, too, each worker should get as much, and what it wrote.
  private static final int MIN_STRIPS = 16;

  /**
   * A parameter as a table, or several side by side.
   *
   * @param offset its first byte
   * @param bytes all of it
   * @param rowBytes bytes of the table's rows
   * @param columnBytes bytes of a row that one worker writes, for all rows, when it makes the
   *     gradient
   */
  record Table(long offset, long bytes, long rowBytes, long columnBytes) {
    /** The same, written in columns of so many bytes. */
    Table inColumns(long columnBytes) {
      return new Table(offset, bytes, rowBytes, columnBytes);
    }

    private boolean isWhole() {
      return columnBytes >= rowBytes;
    }
  }

  long bytes() {
    return rowBytes * rows;
  }

  /** Offset of a row within the region of the parameters. */
  long row(int row) {
    return offset + row * stride;
  }

  /** The strips of tables that follow each other without a gap. */
  static List<Strip> of(List<Table> tables) {
    List<Strip> strips = new ArrayList<>();
    long all = tables.stream().mapToLong(Table::bytes).sum();
    long share = all / MIN_STRIPS / Lanes.BYTES * Lanes.BYTES;
    long most = Math.clamp(share, Lanes.BYTES, MAX_BYTES);
    long first = 0;
    long end = 0;
    for (Table table : tables) {
      if (!table.isWhole()) {
        addRange(strips, first, end, most);
        addColumns(strips, table, most);
        first = table.offset() + table.bytes();
      }
      end = table.offset() + table.bytes();
    }
    addRange(strips, first, end, most);
    return List.copyOf(strips);
  }

  private static void addRange(List<Strip> strips, long first, long end, long most) {
    for (long at = first; at < end; at += most) {
      long bytes = Math.min(most, end - at);
      strips.add(new Strip(at, bytes, 1, bytes));
    }
  }

  private static void addColumns(List<Strip> strips, Table table, long most) {
    int allRows = Math.toIntExact(table.bytes() / table.rowBytes());
    for (long column = 0; column < table.rowBytes(); column += table.columnBytes()) {
      long width = Math.min(table.columnBytes(), table.rowBytes() - column);
      int rows = (int) Math.max(1, most / width);
      for (int row = 0; row < allRows; row += rows) {
        strips.add(
            new Strip(
                table.offset() + row * table.rowBytes() + column,
                width,
                Math.min(rows, allRows - row),
                table.rowBytes()));
      }
    }
  }
}
