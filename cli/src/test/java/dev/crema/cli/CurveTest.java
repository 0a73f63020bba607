package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CurveTest {
  private final Curve curve = new Curve();

  @Test
  void drawsALineBetweenItsPoints() {
    curve.add(0, 0);
    curve.add(10, 70);
    // 4 letters of 2 x 4 dots in 2 rows are 8 x 8 dots: a diagonal
    assertThat(curve.draw(14, 2))
        .containsExactly(
            "     70.0 \u2800\u2800\u2860\u280a", "     0.00 \u2860\u280a\u2800\u2800");
  }

  @Test
  void showsTheMeanOfPointsThatShareADot() {
    for (int step = 0; step <= 1000; step++) {
      curve.add(step, step % 2 == 0 ? 1 : 3);
    }
    List<String> lines = curve.draw(14, 4);
    assertThat(lines.getFirst()).startsWith("     2.0");
    assertThat(lines.getLast()).matches(" +(2.0|1.9).*");
  }

  @Test
  void remembersTheShapeOfAnyNumberOfPoints() {
    for (int step = 0; step < 1_000_000; step++) {
      curve.add(step, step < 500_000 ? 1 : 2);
    }
    List<String> lines = curve.draw(10 + 40, 2);
    assertThat(lines.getFirst().substring(10)).matches("\u2800{19,20}[^\u2800]{20,21}");
    assertThat(lines.getLast().substring(10)).matches("[^\u2800]{20,21}\u2800{19,20}");
  }

  @Test
  void leavesOutWhatIsNotFiniteAndWhatWasForgotten() {
    assertThat(curve.draw(40, 4)).isEmpty();
    curve.add(1, Double.NaN);
    curve.add(2, Double.POSITIVE_INFINITY);
    assertThat(curve.isEmpty()).isTrue();
    curve.add(3, 5);
    curve.add(4, 9);
    curve.forgetFrom(4);
    assertThat(curve.draw(12, 3))
        .containsExactly(
            "     5.00 \u2800\u2800", "          \u2802\u2800", "          \u2800\u2800");
  }

  @Test
  void hasNoRoomInFewerLettersThanItsLabelTakes() {
    curve.add(1, 1);
    assertThat(curve.draw(10, 4)).isEmpty();
    assertThat(curve.draw(40, 0)).isEmpty();
  }
}
