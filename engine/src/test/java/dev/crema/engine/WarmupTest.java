package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.engine.kernel.Warm;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmupTest {
  /** Of a loop that is never compiled, as there is none of this name. */
  private static final Warm NEVER = new Warm("NoLoops.none", () -> {}, () -> {});

  @Test
  void endsWhenAStopIsAskedFor() {
    AtomicInteger asked = new AtomicInteger();
    Warmup.Result result = Warmup.run(List.of(NEVER), () -> asked.incrementAndGet() > 3);
    assertThat(result.seconds()).as("it would wait for 20 s").isLessThan(10);
    assertThat(result.warning()).as("nobody wants it to be fast any more").isEmpty();
  }
}
