package dev.crema.train.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class SearchTest {
  /** The rates that are tried when validation accuracy is this function of the rate. */
  private static List<Double> tried(Search search, DoubleUnaryOperator accuracy) {
    Map<Double, Score> tried = new LinkedHashMap<>();
    OptionalDouble next = search.next(tried);
    while (next.isPresent()) {
      double rate = next.getAsDouble();
      tried.put(rate, new Score(1, accuracy.applyAsDouble(rate)));
      next = search.next(tried);
    }
    return new ArrayList<>(tried.keySet());
  }

  /** Best at a rate, and worse the more decades away. */
  private static DoubleUnaryOperator peak(double best) {
    return rate -> 0.9 - 0.1 * Math.abs(Math.log10(rate / best));
  }

  @Test
  void triesWhatItIsGivenWhereTheBestLiesWithin() {
    Search search = new Search(List.of(0.01, 0.001, 0.003, 0.001), 2);
    assertThat(tried(search, peak(0.003))).containsExactly(0.001, 0.003, 0.01);
  }

  @Test
  void goesOnBeyondTheEndThatIsBest() {
    Search search = new Search(List.of(0.001, 0.003, 0.01), 2);
    assertThat(tried(search, peak(0.03)))
        .as("a better one lies beyond, and then a worse one")
        .containsExactly(0.001, 0.003, 0.01, 0.033, 0.11);
    assertThat(tried(search, peak(1e-5)))
        .as("no more than two beyond")
        .containsExactly(0.001, 0.003, 0.01, 0.00033, 0.00011);
    assertThat(tried(search, peak(0.0011))).containsExactly(0.001, 0.003, 0.01, 0.00033);
  }

  @Test
  void doesNotSearchWithOneRate() {
    assertThat(tried(new Search(List.of(0.1), 2), peak(1))).containsExactly(0.1);
  }

  @Test
  void theLossDecidesBetweenEqualAccuraciesAndThenTheLowerRate() {
    assertThat(Search.best(Map.of(0.1, new Score(0.5, 0.8), 0.2, new Score(0.4, 0.8))))
        .isEqualTo(0.2);
    assertThat(Search.best(Map.of(0.1, new Score(0.5, 0.8), 0.2, new Score(0.5, 0.8))))
        .isEqualTo(0.1);
    assertThat(Search.best(Map.of(0.1, new Score(Double.NaN, 0.8), 0.2, new Score(9, 0.8))))
        .as("one that diverged has no loss")
        .isEqualTo(0.2);
  }

  @Test
  void refusesWhatIsNoRate() {
    assertThatThrownBy(() -> new Search(List.of(0.1, 0.0), 2))
        .hasMessage("expected learning rates above 0, got 0.0");
    assertThatThrownBy(() -> new Search(List.of(), 2)).hasMessageContaining("got none");
  }
}
