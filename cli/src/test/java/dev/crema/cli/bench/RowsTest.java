package dev.crema.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.crema.cli.bench.Measured.Figures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** What is made of measurements in turns. */
class RowsTest {
  private static final Contender CREMA =
      new Contender("Crema", "Crema", false, List.of(), Map.of());
  private static final Contender EAGER =
      new Contender("PyTorch", "eager", false, List.of(), Map.of());
  private static final Contender TUNED =
      new Contender("PyTorch", "eager + tcmalloc", true, List.of(), Map.of());

  private static Figures crema(double rate) {
    return new Figures(
        Map.of(
            "images_per_second",
            rate,
            "batch",
            64,
            "threads",
            2,
            "gflops",
            rate / 10,
            "peak_gflops",
            200.0,
            "peak_fraction",
            rate / 2000,
            "planned_bytes",
            5_000_000L,
            "warmup_seconds",
            1.25,
            "resident_bytes",
            250_000_000L));
  }

  private static Figures other(double rate) {
    return new Figures(
        Map.of("images_per_second", rate, "warmup_seconds", 0.5, "resident_bytes", 300_000_000L));
  }

  private static Figures with(Figures figures, String name, Object value) {
    Map<String, Object> values = new HashMap<>(figures.values());
    values.put(name, value);
    return new Figures(values);
  }

  /** Crema's figures with a layer at this rate a thread. */
  private static Figures profiled(double gflops) {
    Map<String, Object> layer =
        new Layer("4.0", "forward", 1e-3, 0.25, gflops, 2e6, gflops / 100).toMap();
    return with(crema(1000), "profile", List.of(layer));
  }

  /** Of as many rounds as each contender has figures. */
  private static Row row(String net, Map<Contender, List<Figures>> figures) {
    List<Map<Contender, Figures>> rounds = new ArrayList<>();
    figures.forEach((contender, each) -> {
      for (int i = 0; i < each.size(); i++) {
        if (rounds.size() == i) {
          rounds.add(new HashMap<>());
        }
        rounds.get(i).put(contender, each.get(i));
      }
    });
    return Row.of(net, CREMA, List.copyOf(figures.keySet()), rounds).orElseThrow();
  }

  private static Row threeRounds() {
    return row(
        "lenet",
        Map.of(
            CREMA, List.of(crema(1000), crema(800), crema(1200)),
            EAGER, List.of(other(500), other(100), other(400)),
            TUNED, List.of(other(500), other(500), other(480))));
  }

  @Test
  void ratiosAreThoseOfTheRounds() {
    assertThat(threeRounds().text().lines().map(String::strip))
        .containsExactly(
            "lenet: 1,000 images/s (800 to 1,200) (batch 64, 2 threads)",
            "3.0x (2.0 to 8.0) PyTorch as installed (eager: 400 (100 to 500))",
            "2.0x (1.6 to 2.5) PyTorch tuned (eager + tcmalloc: 500 (480 to 500))",
            "100.0 GFLOP/s (80.0 to 120.0), 0.50 (0.40 to 0.60) of the peak",
            "5 MB planned, 250 MB resident (PyTorch as installed: 300 MB), warm in 1.3 s");
  }

  @Test
  void theTableHasColumnsForThePeerOnlyIfThereIsOne() {
    Row alone = row("mlp", Map.of(CREMA, List.of(crema(1000))));
    assertThat(new Rows(List.of(alone)).markdown("How."))
        .isEqualTo(
            """
            | net | images/s | GFLOP/s | of peak | planned MB | resident MB | warm-up |
            |---|---|---|---|---|---|---|
            | `mlp` | 1,000 | 100.0 | 0.50 | 5 | 250 | 1.3 s |

            How.
            """);
    assertThat(new Rows(List.of(alone, threeRounds())).markdown("How.").lines())
        .as("what failed is a dash")
        .contains("| `mlp` | 1,000 | - | - | - | - | 100.0 | 0.50 | - | 5 | 250 | - | 1.3 s |");
  }

  @Test
  void ratesAreSetAgainstTheMatrixProductOfTheSameRound() {
    String product = "product_gflops";
    Row row =
        row(
            "lenet",
            Map.of(
                CREMA, List.of(profiled(90), profiled(80), profiled(50)),
                EAGER,
                    List.of(
                        with(other(500), product, 190),
                        with(other(500), product, 150),
                        with(other(500), product, 100)),
                TUNED,
                    List.of(
                        with(other(500), product, 170),
                        with(other(500), product, 170),
                        with(other(500), product, 100))));
    assertThat(row.text().lines().map(String::strip))
        .contains(
            "100.0 GFLOP/s, 0.50 of the peak, 0.63 (0.56 to 1.00) of PyTorch's matrix product (160.0 GFLOP/s (100.0 to 180.0))",
            "4.0                      forward             1000.0 us  25.0 %     2.0 GB/s   80.0 GFLOP/s, 0.80 of the peak, 1.00 of PyTorch's");
    assertThat(new Rows(List.of(row)).markdown("How."))
        .contains("| of peak | of its product |", "| 0.50 | 0.63 (0.56 to 1.00) |");
    assertThat(row.toMap().get("profile"))
        .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
        .singleElement()
        .satisfies(layer -> assertThat(layer).containsKeys("gflops", "product_fraction"));
  }

  @Test
  void theMeanIsGeometric() {
    Row four = row("a", Map.of(CREMA, List.of(crema(400)), EAGER, List.of(other(100))));
    Row one = row("b", Map.of(CREMA, List.of(crema(100)), EAGER, List.of(other(100))));
    Rows.Means means = new Rows(List.of(four, one)).means().orElseThrow();
    assertThat(means.asInstalled()).isCloseTo(2, within(1e-9));
    assertThat(means.text())
        .isEqualTo("geometric mean of 2 nets: 2.00x PyTorch as installed, 2.00x tuned");
    assertThat(new Rows(List.of(four)).means()).isEmpty();
  }
}
