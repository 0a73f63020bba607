package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WorkersTest {
  @Test
  @Timeout(10)
  void refuseToWorkAfterTheyWereClosed() {
    for (int count = 1; count <= 2; count++) {
      Workers workers = new Workers(count);
      workers.run(2, (task, worker) -> {});
      workers.close();
      assertThatThrownBy(() -> workers.run(2, (task, worker) -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }
}
