package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void csvQuotesWhatItMust() {
    assertThat(
            Table.csv(
                List.of(List.of("net", "error"), List.of("a, b", "0.1"), List.of("\"c\"\nd", ""))))
        .isEqualTo("net,error\n\"a, b\",0.1\n\"\"\"c\"\"\nd\",\n");
  }
}
