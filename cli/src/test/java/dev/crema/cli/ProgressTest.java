package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Score;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Started STARTED =
      new Started(0, "lenet", "fashion-mnist", 1, 10, 64, 2, 1000, 61_706);
  private static final EpochEnded EPOCH =
      new EpochEnded(
          3000,
          3,
          new Score(0.33124, 0.8791),
          Optional.of(new Score(0.35, 0.8702)),
          Optional.empty(),
          2);

  private final StringWriter err = new StringWriter();
  private long now;

  private Progress progress(boolean live) {
    return new Progress(new PrintWriter(err), live, () -> now);
  }

  @Test
  void elsewhereThereIsOneLinePerEpoch() {
    Progress progress = progress(false);
    progress.accept(STARTED);
    progress.accept(new StepLogged(2500, 2, 0.4, 0.1, 60_000));
    progress.accept(EPOCH);
    assertThat(err.toString())
        .isEqualTo(
            "epoch 3/10  loss 0.3312  accuracy 0.8791  validation 0.8702  2.0 s  32,000 images/s"
                + System.lineSeparator());
  }

  @Test
  void shortEpochsHaveALineEachToo() {
    Progress progress = progress(false);
    progress.accept(STARTED);
    for (int epoch = 1; epoch <= 10; epoch++) {
      progress.accept(
          new EpochEnded(
              epoch, epoch, new Score(1, 0.5), Optional.empty(), Optional.empty(), 0.05));
    }
    assertThat(err.toString().lines().map(line -> line.substring(0, line.indexOf(' ', 6))))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 10).mapToObj(epoch -> "epoch " + epoch + "/10").toList());
  }

  @Test
  void onATerminalALineLives() {
    Progress progress = progress(true);
    progress.accept(STARTED);
    progress.accept(new StepLogged(1, 0, 2.3, 0.1, 30_000));
    assertThat(err.toString())
        .isEqualTo("\repoch 1/10  step 1/1,000  loss 2.3000  30,000 images/s");
    now = 100_000_000;
    progress.accept(new StepLogged(500, 0, 1, 0.1, 60_000));
    assertThat(err.toString()).doesNotContain("500");
    now = 1_000_000_000;
    progress.accept(new StepLogged(1001, 1, 1, 0.1, 60_000));
    assertThat(err.toString())
        .endsWith("\repoch 2/10  step 1/1,000  loss 1.0000  60,000 images/s  ETA 0:09");
    progress.accept(new Finished(10_000, 10, new Score(1, 0.5), Optional.empty(), 20));
    assertThat(err.toString()).endsWith(" \r");
  }
}
