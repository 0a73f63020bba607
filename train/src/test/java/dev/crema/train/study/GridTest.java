package dev.crema.train.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.study.Grid.Question;
import dev.crema.train.study.Slice.Alike;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GridTest {
  @ParameterizedTest
  @CsvSource({
    "10, 1", // 10 w^2 = 10
    "1000, 10",
    "1100, 10", // 1,000 is nearer than 1,210
    "1106, 11", // 1,210 is nearer than 1,000
    "1105, 10", // both as near: the narrower
    "1, 1",
    "40, 2",
    "1000000, 316", // 998,560 and 1,004,890
  })
  void findsTheWidthOfTheNearestCost(long target, int width) {
    assertThat(Grid.width(w -> 10L * w * w, target)).isEqualTo(width);
  }

  @Test
  void matchesEveryDepthToTheMiddle() {
    Grid grid = Made.grid(List.of(3, 1, 2), List.of(4, 8, 16));
    assertThat(grid.middle()).isEqualTo(new Size(2, 8));
    List<Slice> slices = grid.slices(Question.DEPTH);
    assertThat(slices)
        .extracting(Slice::title)
        .containsExactly(
            "width 4",
            "width 8",
            "width 16",
            // 10*8 + 9*64 + 8 + 2*8 + 2
            "about 682 parameters",
            // 36 * (72 + 576) + 16
            "about 23,344 multiply-adds");
    assertThat(slices.get(1).sizes())
        .containsExactly(new Size(1, 8), new Size(2, 8), new Size(3, 8));
    assertThat(slices.get(3).sizes())
        .as("12 w + 2 = 686 for 57; 18 w^2 + 14 w + 2 = 550 for 5, 734 for 6, which is within 10 %")
        .containsExactly(new Size(1, 57), new Size(2, 8), new Size(3, 6));
    assertThat(slices.get(4).sizes())
        .as("326 w = 23,472 for 72; 36 (9 w + 18 w^2) + 2 w = 17,830 for 5, 25,284 for 6: 8 % more")
        .containsExactly(new Size(1, 72), new Size(2, 8), new Size(3, 6));
  }

  @Test
  void leavesOutADepthThatNoWidthMatches() {
    Grid grid = Made.grid(List.of(1, 2, 9), List.of(2));
    Slice slice = grid.slices(Question.DEPTH).get(1);
    assertThat(slice.alike()).isEqualTo(Alike.PARAMETERS);
    assertThat(slice.sizes())
        .as("depth 2, width 2 has 64; depth 9 has 94 at width 1 and misses by half")
        .extracting(Size::depth)
        .containsExactly(1, 2);
  }

  @Test
  void asksAboutWidthAtTheSameDepth() {
    Grid grid = Made.grid(List.of(1, 2), List.of(8, 4));
    List<Slice> slices = grid.slices(Question.WIDTH);
    assertThat(slices)
        .extracting(Slice::alike)
        .containsExactly(Alike.DEPTH, Alike.DEPTH, Alike.PARAMETERS, Alike.MULTIPLY_ADDS);
    assertThat(slices.getFirst().sizes()).containsExactly(new Size(1, 4), new Size(1, 8));
    assertThat(slices.get(2).sizes())
        .as("by width, and not by depth")
        .containsExactly(new Size(2, 8), new Size(1, 57));
  }

  @Test
  void trainsTheGridAndWhatIsMatched() {
    Grid grid = Made.grid(List.of(1, 2), List.of(4, 8));
    assertThat(grid.sizes())
        .startsWith(new Size(1, 4), new Size(1, 8), new Size(2, 4), new Size(2, 8))
        .contains(new Size(1, 57), new Size(1, 72))
        .doesNotHaveDuplicates();
    Cell cell = grid.cell(new Size(1, 57), Made.base());
    assertThat(cell.label()).isEqualTo("depth 1, width 57");
    assertThat(cell.experiment().name()).isEqualTo("made-1x57");
    assertThat(cell.parameters()).isEqualTo(686);
    assertThat(cell.experiment(0.5, 7).training().optimizer().lr()).isEqualTo(0.5);
    assertThat(cell.experiment(0.5, 7).training().seed()).isEqualTo(7);
  }

  @Test
  void refusesWhatIsNoSize() {
    assertThatThrownBy(() -> new Size(0, 3)).hasMessageContaining("got 0 and 3");
    assertThatThrownBy(() -> Made.grid(List.of(), List.of(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
