package dev.crema.studio.draw;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrawTest {
  @Test
  void textIsOnlyEverText() {
    assertThat(Element.of("p", "<b>&\"'").with("title", "\"><i>&'"))
        .hasToString("<p title=\"&quot;&gt;&lt;i&gt;&amp;&#39;\">&lt;b&gt;&amp;&quot;&#39;</p>");
    assertThat(Element.of("p", "a\u0000\u202eb\ud800 \u0939\u094d\u200d\u0928 \ud83d\ude00\n"))
        .hasToString("<p>a\ufffd\ufffdb\ufffd \u0939\u094d\u200d\u0928 \ud83d\ude00\n</p>");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "12, 12",
    "1024, 1024",
    "61706, 61.7k",
    "416520, 417k",
    "13228560, 13.2M",
    "2e9, 2G",
    "0.5, 0.5",
    "-0.123456, -0.123",
    "0.001, 0.001",
    "0.00105, 1.05e-3",
    "1e-8, 1e-8",
    "12.345, 12.3",
    "NaN, NaN"
  })
  void numbersTakeLittleRoom(double number, String expected) {
    assertThat(Numbers.brief(number)).isEqualTo(expected);
  }

  @Test
  void ticksAreRound() {
    assertThat(Scale.of(DoubleStream.of(0.62, 0.9), false).ticks())
        .containsExactly(0.65, 0.7, 0.75, 0.8, 0.85, 0.9);
    assertThat(Scale.of(DoubleStream.of(1e-4, 0.02), true).ticks())
        .containsExactly(1e-4, 1e-3, 1e-2);
    assertThat(Scale.of(DoubleStream.of(1, 2, 3), false).wholeTicks())
        .containsExactly(1.0, 2.0, 3.0);
  }

  @Test
  void scalesShowWhatCannotBeShown() {
    Scale constant = Scale.of(DoubleStream.of(0.001, 0.001, Double.NaN), false);
    assertThat(constant.at(0.001)).isEqualTo(0.5);
    Scale empty = Scale.of(DoubleStream.of(-1, 0), true);
    assertThat(empty.ticks()).isNotEmpty();
    assertThat(empty.has(0)).isFalse();
  }

  @Test
  void aBranchWithoutLayersIsALine() {
    Flow.Box box = new Flow.Box("Conv2d-1", "4 × 3 × 3", "learning");
    String svg =
        Flow.svg(
                "net",
                List.of(
                    new Flow.Branches(List.of(List.of(box), List.of())),
                    new Flow.Box("Sum", "4 × 3 × 3", "join")))
            .toString();
    assertThat(svg.split("<rect", -1)).hasSize(3);
    assertThat(svg).doesNotContain("NaN");
  }
}
