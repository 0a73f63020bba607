package dev.crema.train;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of equally many cells, the first of them the heads of the columns. */
public final class Table {
  private Table() {}

  /** As lines, the first column to the left and the others, mostly numbers, to the right. */
  public static String text(List<List<String>> rows) {
    return text(rows, List.of(0));
  }

  /**
   * As lines.
   *
   * @param left which columns go to the left
   */
  public static String text(List<List<String>> rows, List<Integer> left) {
    checkCells(rows);
    int columns = rows.getFirst().size();
    int[] widths =
        IntStream.range(0, columns)
            .map(c -> rows.stream().mapToInt(row -> row.get(c).length()).max().orElseThrow())
            .toArray();
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String pad = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? "" : "  ")
            .append(left.contains(c) ? row.get(c) + pad : pad + row.get(c));
      }
      text.append(line.toString().stripTrailing()).append(System.lineSeparator());
    }
    return text.toString();
  }

  /** In Markdown. */
  public static String markdown(List<List<String>> rows) {
    checkCells(rows);
    StringBuilder text = new StringBuilder(line(rows.getFirst()));
    text.append("|---".repeat(rows.getFirst().size())).append("|\n");
    rows.stream().skip(1).map(Table::line).forEach(text::append);
    return text.toString();
  }

  /** As RFC 4180 has comma-separated values, but each line ends in a newline alone. */
  public static String csv(List<List<String>> rows) {
    checkCells(rows);
    return rows.stream()
        .map(row -> row.stream().map(Table::quoted).collect(Collectors.joining(",", "", "\n")))
        .collect(Collectors.joining());
  }

  private static void checkCells(List<List<String>> rows) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("expected one row or more, got none");
    }
    int cells = rows.getFirst().size();
    for (int i = 1; i < rows.size(); i++) {
      if (rows.get(i).size() != cells) {
        throw new IllegalArgumentException(
            "expected %s cells as in row 0, got %s in row %s: %s"
                .formatted(cells, rows.get(i).size(), i, rows.get(i)));
      }
    }
  }

  private static String quoted(String cell) {
    return cell.matches("[^\",\\r\\n]*") ? cell : '"' + cell.replace("\"", "\"\"") + '"';
  }

  private static String line(List<String> row) {
    return row.stream()
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
