package dev.crema.cli.bench;

import dev.crema.train.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What was measured of several networks. */
public record Rows(List<Row> rows) {
  /**
   * Geometric means of the ratios.
   *
   * @param peer what they were compared with
   * @param nets how many were compared
   */
  public record Means(String peer, int nets, double asInstalled, double tuned) {
    /** By their JSON names. */
    public Map<String, Object> toMap() {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("nets", nets);
      map.put("geometric_mean_as_installed", asInstalled);
      map.put("geometric_mean_tuned", tuned);
      return map;
    }

    /** For people, in one line. */
    public String text() {
      return String.format(
          Locale.ROOT,
          "geometric mean of %d nets: %.2fx %s as installed, %.2fx tuned",
          nets,
          asInstalled,
          peer,
          tuned);
    }
  }

  /** The means over the networks that were compared with another; nothing if fewer than two. */
  public Optional<Means> means() {
    long nets = rows.stream().filter(Row::isCompared).count();
    return peer()
        .filter(_ -> nets >= 2)
        .map(peer -> new Means(peer, (int) nets, mean(Row::asInstalled), mean(Row::tuned)));
  }

  private Optional<String> peer() {
    return rows.stream().filter(Row::isCompared).findFirst().flatMap(Row::peer);
  }

  private double mean(Function<Row, Optional<Row.Best>> which) {
    return Math.exp(
        rows.stream()
            .flatMap(row -> which.apply(row).stream())
            .mapToDouble(best -> Math.log(best.ratio().median()))
            .average()
            .orElseThrow());
  }

  /**
   * A table in Markdown, and what its figures are.
   *
   * @param about how they were measured
   */
  public String markdown(String about) {
    List<List<String>> table = new ArrayList<>();
    table.add(Row.heads(peer()));
    rows.forEach(row -> table.add(row.cells(peer().isPresent())));
    return Stream.concat(
                Stream.of(Table.markdown(table)),
                Stream.concat(means().map(Means::text).stream(), Stream.of(about)))
            .map(String::strip)
            .reduce("", (text, part) -> text + part + "\n\n")
            .strip()
        + "\n";
  }
}
