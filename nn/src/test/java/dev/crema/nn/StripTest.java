package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.engine.Key;
import dev.crema.engine.Lanes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StripTest {
  private static final long SEED = 5;

  @Test
  void everyNumberIsInOneStrip() {
    for (int draw = 0; draw < 200; draw++) {
      Key key = Key.of(SEED).fold(draw);
      List<Strip.Table> tables = tables(key);
      long end = tables.isEmpty() ? 0 : tables.getLast().offset() + tables.getLast().bytes();
      int[] covered = new int[Math.toIntExact(end / Lanes.BYTES)];
      for (Strip strip : Strip.of(tables)) {
        assertThat(strip.bytes()).as("seed %d, draw %d", SEED, draw).isPositive();
        for (int row = 0; row < strip.rows(); row++) {
          long at = strip.offset() + row * strip.stride();
          for (long byteAt = at; byteAt < at + strip.rowBytes(); byteAt += Lanes.BYTES) {
            covered[Math.toIntExact(byteAt / Lanes.BYTES)]++;
          }
        }
      }
      assertThat(covered).as("seed %d, draw %d", SEED, draw).containsOnly(ones(covered.length));
    }
  }

  private static int[] ones(int length) {
    return length == 0 ? new int[0] : new int[] {1};
  }

  /** Up to six tables of up to 100 rows, some whole and some in columns. */
  private static List<Strip.Table> tables(Key key) {
    List<Strip.Table> tables = new ArrayList<>();
    long at = 0;
    for (int i = 0; i < key.below(7, 0); i++) {
      Key draw = key.fold(i);
      long rowBytes = (1L + draw.below(40, 1)) * Lanes.BYTES;
      long bytes = rowBytes * (1 + draw.below(100, 2));
      long columnBytes =
          draw.below(2, 3) == 0 ? Long.MAX_VALUE : (1L + draw.below(20, 4)) * Lanes.BYTES;
      tables.add(new Strip.Table(at, bytes, rowBytes, columnBytes));
      at += bytes;
    }
    return tables;
  }

  @Test
  void whatIsWrittenInColumnsIsUpdatedInColumns() {
    Strip.Table before = new Strip.Table(0, 1 << 14, 1 << 10, Long.MAX_VALUE);
    Strip.Table table = new Strip.Table(1 << 14, 1 << 14, 1 << 11, 1 << 10);
    assertThat(Strip.of(List.of(before, table)))
        .filteredOn(strip -> strip.offset() >= table.offset())
        .hasSize(8)
        .allMatch(strip -> strip.rowBytes() == 1 << 10 && strip.rows() == 2);
  }

  @Test
  void smallNetworksHaveStripsForManyWorkers() {
    Strip.Table table = new Strip.Table(0, 784 * 64, 64, Long.MAX_VALUE);
    assertThat(Strip.of(List.of(table)))
        .hasSizeGreaterThanOrEqualTo(16)
        .allMatch(strip -> strip.bytes() <= table.bytes() / 16);
  }
}
