package dev.crema.train.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.data.Augment;
import dev.crema.nn.Dense;
import dev.crema.nn.Loss;
import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.Optimizer;
import dev.crema.train.Training;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The bytes are those of TensorBoard's own library, as {@code make_golden.py} has it write them.
 */
class GoldenTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000L, 250_000_000));

  private static final HexFormat HEX = HexFormat.of();

  private static final Experiment EXPERIMENT =
      new Experiment(
          "one",
          new Dense(10),
          "softmax",
          new Feed("mnist").augment(Augment.NONE.flip(0.5)),
          Loss.of(new Dense(10)),
          new Training(Optimizer.sgd(0.1)));

  @TempDir private Path folder;

  @Test
  void writesWhatTheRealLibraryWrites() throws Exception {
    ParameterMeasured measured =
        new ParameterMeasured(
            1L << 40, 0, "0.weight", 0.5, 0.25, -1, 2, List.of(3, 0, 1), Optional.empty());
    byte[] png = new byte[200];
    for (int i = 0; i < png.length; i++) {
      png[i] = (byte) i;
    }
    try (EventFile file = EventFile.in(folder, CLOCK, message -> {})) {
      file.restart(301);
      file.write(
          302,
          Hyperparameters.start(
              EXPERIMENT, List.of("accuracy/test", "loss/test"), CLOCK.instant()));
      file.write(
          1L << 40,
          List.of(
              Value.scalar("loss/batch", 0.1),
              Value.scalar("no number", Double.NaN),
              Value.histogram("parameters/0.weight", measured),
              Value.image("images/\u00e9", png)));
      file.write(303, List.of(Hyperparameters.end(false, CLOCK.instant())));
    }
    try (var golden = GoldenTest.class.getResourceAsStream("/tensorboard/golden.tfevents");
        var files = Files.list(folder)) {
      Path written = files.findFirst().orElseThrow();
      assertThat(written.getFileName().toString())
          .matches("events\\.out\\.tfevents\\.1700000000\\..+\\.\\d+\\.0");
      byte[] expected = golden.readAllBytes();
      byte[] bytes = Files.readAllBytes(written);
      List<byte[]> records = Records.split(expected);
      assertThat(Records.split(bytes)).hasSize(records.size());
      for (int i = 0; i < records.size(); i++) {
        assertThat(HEX.formatHex(Records.split(bytes).get(i)))
            .as("record %d", i)
            .isEqualTo(HEX.formatHex(records.get(i)));
      }
      assertThat(bytes).isEqualTo(expected);
    }
  }
}
