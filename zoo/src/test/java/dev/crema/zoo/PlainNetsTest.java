package dev.crema.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.nn.Graph;
import dev.crema.nn.Shape;
import dev.crema.nn.Summary;
import dev.crema.train.study.Size;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainNetsTest {
  /**
   * By hand: {@code 9 w + w + (d - 1) (9 w w + w) + 10 (49 w + 1)}, and the convolutions on 28, 14
   * and 7 pixels a side.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 8, 4010, 1, 0, 0",
    "2, 16, 10330, 1, 1, 0",
    "3, 4, 2306, 1, 1, 1",
    "4, 32, 43754, 1, 2, 1",
    "9, 8, 8682, 1, 4, 4",
  })
  void isAsDeepAndAsWideAsItSays(
      int depth, int width, long parameters, int whole, int halves, int quarters) {
    Graph graph = Graph.of(PlainNets.convolutions(new Size(depth, width)), Shape.image(1, 28, 28));
    Summary summary = Summary.of(graph);
    assertThat(summary.trainable()).isEqualTo(parameters);
    assertThat(graph.shape(graph.output())).isEqualTo(Shape.features(10));
    List<Integer> sides =
        summary.rows().stream()
            .filter(row -> row.layer().startsWith("Conv2d"))
            .map(row -> row.output().height())
            .toList();
    assertThat(sides).filteredOn(side -> side == 28).hasSize(whole);
    assertThat(sides).filteredOn(side -> side == 14).hasSize(halves);
    assertThat(sides).filteredOn(side -> side == 7).hasSize(quarters);
  }
}
