package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir private Path folder;

  @Test
  void readsBackEverythingToTheBit() {
    Path file = folder.resolve("one.safetensors");
    Checkpoint written = checkpoint(1234, 40);
    written.write(file);
    assertThat(Checkpoint.read(file)).isEqualTo(written);
    assertThat(Checkpoint.read(file).weights().keySet())
        .containsExactly("0.weight", "stage1.0.bn.running_mean");
    assertThat(Safetensors.read(file).tensors())
        .containsKeys("0.weight", "optimizer.m.0.weight", "optimizer.v.0.weight");
  }

  /** Old checkpoints stay readable; this one was written by format 1. */
  @Test
  void readsTheFirstFormat() throws URISyntaxException {
    Path file = Path.of(CheckpointTest.class.getResource("format-1.safetensors").toURI());
    assertThat(Checkpoint.read(file)).isEqualTo(checkpoint(1234, 40));
  }

  @Test
  void refusesSafetensorsThatAreNoCheckpoint() {
    Path file = folder.resolve("other.safetensors");
    Safetensors.write(file, Map.of("0.weight", Tensor.of(new float[1], 1)), Map.of());
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not a checkpoint of Crema");
    Safetensors.write(file, Map.of(), Map.of("crema", "{\"format\":2}"));
    assertThatThrownBy(() -> Checkpoint.read(file))
        .hasMessageContaining("expected format 1, got 2; use the Crema that wrote it");
    Safetensors.write(file, Map.of(), Map.of("crema", "{\"format\":1,\"progress\":{}}"));
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected a whole number `epoch`, got null");
  }

  @Test
  void refusesSlotsThatDoNotFitTheWeights() {
    Map<String, Tensor> weights = Map.of("0.weight", Tensor.of(new float[2], 2));
    Map<String, Map<String, Tensor>> slots =
        Map.of("m", Map.of("0.weight", Tensor.of(new float[3], 3)));
    assertThatThrownBy(() -> new Checkpoint(0, 0, 0, 1, weights, slots, Map.of()))
        .hasMessage("the slot `m` of `0.weight` has shape [3], its weight has [2]");
  }

  @Test
  void keepsTheLastTwoTheBestAndTheFinal() {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("checkpoints"));
    for (long step = 90; step <= 120; step += 10) {
      checkpoints.save(checkpoint(step, 0));
      checkpoints.saveBest(checkpoint(step, 0));
    }
    checkpoints.saveLast(checkpoint(120, 0));
    assertThat(checkpoints.folder().toFile().list())
        .containsExactlyInAnyOrder(
            "checkpoint-110.safetensors",
            "checkpoint-120.safetensors",
            "best.safetensors",
            "final.safetensors");
    assertThat(Checkpoint.read(checkpoints.last())).isEqualTo(checkpoint(120, 0).weightsOnly());
    assertThat(latest(checkpoints, new ArrayList<>())).isEqualTo(120);
  }

  @Test
  void goesBackToTheOneBeforeADamagedOneAndSaysSo() throws IOException {
    Checkpoints checkpoints = new Checkpoints(folder);
    checkpoints.save(checkpoint(900, 0));
    Path newest = checkpoints.save(checkpoint(1000, 0));
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length - 5] ^= 4;
    Files.write(newest, bytes);

    List<String> warnings = new ArrayList<>();
    assertThat(latest(checkpoints, warnings)).isEqualTo(900);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst())
        .startsWith(newest + ": in its content: expected checksum ")
        .endsWith("; going back to the one before");

    // The training that goes on from 900 saves again: never without a good one, never two bad.
    checkpoints.save(checkpoint(950, 0));
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("checkpoint-900.safetensors", "checkpoint-950.safetensors");
  }

  @Test
  void isEmptyWhenNothingWasWrittenAndSaysWhenNothingIsWhole() throws IOException {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("checkpoints"));
    List<String> warnings = new ArrayList<>();
    assertThat(checkpoints.latestGood(warnings::add)).isEmpty();
    assertThat(warnings).isEmpty();
    Files.write(checkpoints.save(checkpoint(1, 0)), new byte[3]);
    Files.write(checkpoints.save(checkpoint(2, 0)), new byte[3]);
    assertThatThrownBy(() -> checkpoints.latestGood(warnings::add))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(checkpoints.folder() + ": no checkpoint is whole")
        .hasMessageContaining("checkpoint-1.safetensors: ");
    assertThat(warnings).singleElement().asString().contains("checkpoint-2.safetensors: ");
  }

  @Test
  void saysThatTheOnlyWeightsAreDamaged() throws IOException {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("checkpoints"));
    List<String> warnings = new ArrayList<>();
    Files.write(checkpoints.saveLast(checkpoint(9, 0)), new byte[3]);
    assertThatThrownBy(() -> checkpoints.weights(warnings::add))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(checkpoints.folder() + ": no checkpoint is whole (the last one")
        .hasMessageContaining("final.safetensors: at byte 0: expected the 8 bytes of")
        .hasMessageEndingWith("bring one back from a copy, or train anew");
    assertThat(warnings).isEmpty();

    Files.write(checkpoints.saveBest(checkpoint(8, 0)), new byte[3]);
    assertThatThrownBy(() -> checkpoints.weights(warnings::add))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("best.safetensors: at byte 0")
        .hasMessageEndingWith("bring one back from a copy, or train anew");
    assertThat(warnings).singleElement().asString().contains("final.safetensors: at byte 0");
  }

  @Test
  void ignoresWhatAKilledWriterLeft() throws IOException {
    Checkpoints checkpoints = new Checkpoints(folder);
    checkpoints.save(checkpoint(7, 0));
    Files.writeString(folder.resolve(".checkpoint-8.safetensors.4711.tmp"), "half of it");
    List<String> warnings = new ArrayList<>();
    assertThat(latest(checkpoints, warnings)).isEqualTo(7);
    assertThat(warnings).isEmpty();
  }

  /** The shell's limit on the size of files fails a write in the middle, as a full disk does. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aFullDiskLeavesTheCheckpointsThatWereThere() throws Exception {
    Checkpoints checkpoints = new Checkpoints(folder);
    Path good = checkpoints.save(checkpoint(1, 0));
    Process child = Child.shell("ulimit -f 8; " + Child.command(SaveMuch.class, folder));
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(said)
        .contains(folder.resolve("checkpoint-2.safetensors") + ": cannot be written: ")
        .contains("free room on its disk");
    assertThat(folder.toFile().list()).containsExactly(good.getFileName().toString());
    assertThat(latest(checkpoints, new ArrayList<>())).isEqualTo(1);
  }

  static final class SaveMuch {
    public static void main(String[] args) {
      Tensor much = Tensor.of(new float[100_000], 100_000);
      new Checkpoints(Path.of(args[0]))
          .save(new Checkpoint(0, 2, 2, 1, Map.of("0.weight", much), Map.of(), Map.of()));
    }
  }

  private static long latest(Checkpoints checkpoints, List<String> warnings) {
    return checkpoints.latestGood(warnings::add).orElseThrow().step();
  }

  private static Checkpoint checkpoint(long step, long stepInEpoch) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    weights.put("0.weight", Tensor.of(new float[] {1, -0f, Float.MIN_VALUE, 4}, 2, 2));
    weights.put("stage1.0.bn.running_mean", Tensor.of(new float[] {0.1f}, 1));
    Map<String, Map<String, Tensor>> slots = new LinkedHashMap<>();
    slots.put("m", Map.of("0.weight", Tensor.of(new float[] {5, 6, 7, 8}, 2, 2)));
    slots.put("v", Map.of("0.weight", Tensor.of(new float[] {9, 10, 11, 12}, 2, 2)));
    Map<String, Double> progress = new LinkedHashMap<>();
    progress.put("loss_sum", Math.nextUp(0.1));
    progress.put("best_accuracy", Double.NaN);
    return new Checkpoint(3, stepInEpoch, step, -42, weights, slots, progress);
  }
}
