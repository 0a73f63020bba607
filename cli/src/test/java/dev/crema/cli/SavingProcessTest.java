package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import dev.crema.data.Datasets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a training, as a process: nothing is lost, and it ends in the same bits. */
@EnabledOnOs({OS.LINUX, OS.MAC}) // signals, and limits of the shell
class SavingProcessTest {
  /** Sums over images and draws at random, and takes a while. */
  private static final String LONG =
      """
      data: {name: sample, batch: 8, validation: 0.2}
      net: [flatten, dense: 32, batchnorm, relu, dropout: 0.3, dense: 10]
      optimizer: {adam: {lr: 0.001}}
      keep_best: loss
      epochs: 20
      """;

  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  private Process start(String... arguments) throws IOException {
    return new CremaProcess(folder)
        .start(folder.resolve("out.txt"), folder.resolve("err.txt"), arguments);
  }

  private String weights(String run) throws Exception {
    byte[] file = Files.readAllBytes(folder.resolve(run + "/checkpoints/final.safetensors"));
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
  }

  private List<Path> checkpoints(String run) throws IOException {
    Path checkpoints = folder.resolve(run + "/checkpoints");
    if (!Files.exists(checkpoints)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files.filter(file -> file.getFileName().toString().startsWith("checkpoint-")).toList();
    }
  }

  /** Waits until a process has written a checkpoint of its own; false if it ended before. */
  private boolean awaitCheckpoint(Process process, String run) throws Exception {
    List<Path> before = checkpoints(run);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (before.containsAll(checkpoints(run))) {
      assertThat(System.nanoTime()).as(() -> text("err.txt")).isLessThan(end);
      if (!process.isAlive()) {
        return false;
      }
      Thread.sleep(2);
    }
    return true;
  }

  private String text(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Batch norm and dropout are in it. */
  @Test
  void anyNumberOfThreadsGivesTheSameBits() throws Exception {
    List<Process> processes = new ArrayList<>();
    try {
      for (int threads = 1; threads <= 3; threads++) {
        String[] arguments = {
          "train",
          "dwcnn",
          "--data",
          "sample",
          "--epochs",
          "1",
          "--threads",
          "" + threads,
          "--out",
          "threads-" + threads
        };
        processes.add(start(arguments));
      }
      for (Process process : processes) {
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(() -> text("err.txt")).isZero();
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    assertThat(weights("threads-2")).isEqualTo(weights("threads-1"));
    assertThat(weights("threads-3")).isEqualTo(weights("threads-1"));
  }

  @Test
  void killsAndInterruptsChangeNoBit() throws Exception {
    Files.writeString(folder.resolve("long.yaml"), LONG);
    assertThat(crema("train", "long.yaml", "--out", "whole").exit()).isZero();

    Process first = start("train", "long.yaml", "--out", "run", "--checkpoint-seconds", "0");
    try {
      assertThat(awaitCheckpoint(first, "run")).as(() -> text("err.txt")).isTrue();
      isRefusedMeanwhile(first);
      interruptTwice(first);
    } finally {
      first.destroyForcibly().waitFor();
    }

    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int kill = 0; kill < 2; kill++) {
      String threads = String.valueOf(1 + 2 * kill);
      Process process = start("resume", "run", "--threads", threads, "--checkpoint-seconds", "0");
      try {
        if (awaitCheckpoint(process, "run")) {
          Thread.sleep(random.nextInt(60));
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
    Path newest = damageNewest("run");
    Result end = crema("resume", "run");
    assertThat(end.exit()).as("seed %d: %s", seed, end.err()).isZero();
    assertThat(end.err())
        .as("seed %d", seed)
        .contains("warning: run/checkpoints/" + newest.getFileName() + ": in its content: expected")
        .contains("going back to the one before")
        .contains("goes on from step ");
    assertThat(weights("run")).as("seed %d", seed).isEqualTo(weights("whole"));
    assertThat(Files.mismatch(best("run"), best("whole"))).as("seed %d", seed).isEqualTo(-1);

    Result again = crema("resume", "run");
    assertThat(again.exit()).as(again.err()).isZero();
    assertThat(again.out()).startsWith("run: finished already, after 20 epochs");
  }

  /** An epoch of one step ends with it: there is no place within one. */
  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
  void aSignalEndsEpochsOfOneStepToo(String signal, int code) throws Exception {
    Files.writeString(
        folder.resolve("one-step.yaml"),
        LONG.replace("batch: 8", "batch: 300").replace("epochs: 20", "epochs: 500"));
    Result whole = crema("train", "one-step.yaml", "--out", "whole");
    assertThat(whole.exit()).as(whole.err()).isZero();
    assertThat(whole.err().lines().filter(line -> line.startsWith("epoch "))).hasSize(500);
    Process process = start("train", "one-step.yaml", "--out", "run");
    try {
      CremaProcess.await(
          process, () -> text("run/events.jsonl").contains("\"event\":\"epoch_ended\""));
      CremaProcess.signal(process, signal);
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("it ends").isTrue();
      assertThat(process.exitValue()).as(() -> text("err.txt")).isEqualTo(code);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(text("out.txt"))
        .containsPattern("interrupted with \\d+ of 500 epochs done, and saved; continue with: ");
    assertThat(text("run/events.jsonl").lines().reduce("", (_, line) -> line))
        .contains("\"event\":\"interrupted\"");
    Result end = crema("resume", "run");
    assertThat(end.exit()).as(end.err()).isZero();
    assertThat(weights("run")).isEqualTo(weights("whole"));
  }

  private Path damageNewest(String run) throws IOException {
    Path newest =
        checkpoints(run).stream()
            .max(
                Comparator.comparing(
                    file -> Long.valueOf(file.getFileName().toString().replaceAll("\\D", ""))))
            .orElseThrow();
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length - 7] ^= 1;
    return Files.write(newest, bytes);
  }

  private Path best(String run) {
    return folder.resolve(run + "/checkpoints/best.safetensors");
  }

  /** The first one is stopped for as long, so that it cannot come to its end. */
  private void isRefusedMeanwhile(Process first) throws Exception {
    CremaProcess.signal(first, "STOP");
    Result second = crema("resume", "run");
    assertThat(second.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(second.err())
        .isEqualToIgnoringNewLines(
            "crema: run: another process trains this run; wait for it, or stop it and resume");
  }

  /** As Ctrl-C does; the second time it is saving. */
  private void interruptTwice(Process process) throws Exception {
    CremaProcess.interrupt(process);
    CremaProcess.signal(process, "CONT");
    CremaProcess.interrupt(process);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ended").isTrue();
    assertThat(process.exitValue()).as(() -> text("err.txt")).isEqualTo(130);
    assertThat(text("out.txt"))
        .contains(" epochs done, and saved; continue with: crema resume run");
    assertThat(text("err.txt")).contains("interrupted after step ");
  }

  /** The shell's limit on the size of files fails a write in the middle, as a full disk does. */
  @Test
  void aFullDiskLosesNothing() throws Exception {
    String[] train = {"train", "softmax", "--data", "sample", "--epochs", "2", "--out"};
    Result full =
        new CremaProcess(folder)
            .jvm("-XX:-UsePerfData") // a file of the JVM's own
            .after("ulimit -f 20")
            .run(
                Stream.concat(Stream.of(train), Stream.of("full", "--json"))
                    .toArray(String[]::new));
    assertThat(full.exit()).as(full.err()).isEqualTo(ExitCodes.STORAGE);
    assertThat(full.out()).isEmpty();
    assertThat(full.err())
        .containsPattern("full/checkpoints/checkpoint-[12].safetensors: cannot be written: ")
        .contains("free room on its disk");
    try (Stream<Path> left = Files.list(folder.resolve("full/checkpoints"))) {
      assertThat(left).isEmpty();
    }
    assertThat(crema("resume", "full").exit()).isZero();
    assertThat(Files.exists(folder.resolve("full/checkpoints/final.safetensors"))).isTrue();
  }

  /** Its environment is written and the experiment, or the Java file, is not. */
  @ParameterizedTest
  @ValueSource(strings = {"long-name.yaml", "SwishNet.java"})
  void aFullDiskLeavesNoHalfMadeRun(String file) throws Exception {
    String tooLong = "x".repeat(30_000);
    Files.writeString(
        folder.resolve("long-name.yaml"),
        """
        data: {name: sample, batch: 32}
        net: [flatten, named: {name: %s, net: [dense: 10]}]
        epochs: 1
        """
            .formatted(tooLong));
    Files.writeString(
        folder.resolve("SwishNet.java"),
        Objects.requireNonNull(JavaFileTest.documented().get("SwishNet.java")) + "// " + tooLong);
    Files.createDirectory(folder.resolve("old"));
    for (String out : List.of("new", "old")) {
      String[] train = {"train", file, "--data", "sample", "--epochs", "1", "--out", out};
      Result full =
          new CremaProcess(folder).jvm("-XX:-UsePerfData").after("ulimit -f 20").run(train);
      assertThat(full.exit()).as(full.err()).isEqualTo(ExitCodes.STORAGE);
      assertThat(full.err()).contains("cannot be written: ").contains("free room on its disk");
      assertThat(Files.exists(folder.resolve("new"))).as("what was made is gone").isFalse();
      Result again = crema(train);
      assertThat(again.exit()).as(again.err()).isZero();
      new ProcessBuilder("rm", "-r", folder.resolve(out).toString()).start().waitFor();
    }
  }

  @Test
  void weightsThatAreDamagedOrGoneAreNoUntrainedRun() throws Exception {
    assertThat(crema("train", "softmax", "--data", "sample", "--out", "run").exit()).isZero();
    for (Path checkpoint : checkpoints("run")) {
      Files.delete(checkpoint);
    }
    Path weights = folder.resolve("run/checkpoints/final.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 7] ^= 1;
    Files.write(weights, bytes);
    Result damaged = crema("eval", "run");
    assertThat(damaged.exit()).as(damaged.err()).isEqualTo(ExitCodes.STORAGE);
    assertThat(damaged.err())
        .contains("run/checkpoints/final.safetensors: in its content: expected checksum");
    Files.delete(weights);
    Result gone = crema("eval", "run");
    assertThat(gone.exit()).as(gone.err()).isEqualTo(ExitCodes.STORAGE);
    assertThat(gone.err())
        .startsWith("crema: run/checkpoints: expected the weights of a training that has come");
  }

  @Test
  void aFullDiskIsNamedWhenDataIsFetched() throws Exception {
    Optional<Path> copy = Datasets.locate("fashion-mnist");
    assumeTrue(copy.isPresent(), "needs a copy of Fashion-MNIST on this machine");
    Result full =
        new CremaProcess(folder)
            .jvm("-XX:-UsePerfData")
            .after("ulimit -f 20")
            .run("data", "fetch", "fashion-mnist", "--from", copy.get().toString());
    Path file = folder.resolve("cache/datasets/fashion-mnist/train-images-idx3-ubyte");
    assertThat(full.exit()).as(full.err()).isEqualTo(ExitCodes.STORAGE);
    assertThat(full.err())
        .contains("crema: " + file + ": cannot be written: ")
        .contains("free room on its disk, or set CREMA_CACHE to another place");
  }

  @Test
  void aTrainingThatDivergesLeavesItsLastGoodCheckpoint() throws Exception {
    Files.writeString(
        folder.resolve("wild.yaml"),
        """
        data: {name: sample, batch: 32}
        net: [flatten, dense: 32, relu, named: {name: head, net: [dense: 10]}]
        optimizer: {sgd: {lr: 1.0e+25}}
        """);
    Result wild = crema("train", "wild.yaml", "--out", "wild", "--checkpoint-seconds", "0");
    assertThat(wild.exit()).as(wild.err()).isEqualTo(ExitCodes.DIVERGED);
    // a step of 1e25 keeps the numbers of the first layer below 3e38, and not those of the second
    assertThat(wild.err())
        .contains("diverged at step 2 (epoch 1): the first that is not finite is the output of")
        .contains("layer head.0, Dense(units=10)")
        .contains("the weights were not touched, and the last good checkpoint is wild/checkpoints")
        .contains("smaller learning rate");
    Result eval = crema("eval", "wild", "--json");
    assertThat(eval.exit()).as(eval.err()).isZero();
    assertThat(eval.err()).contains("wild: its training has not come to its end");
    assertThat(JSON.std.mapFrom(eval.out())).containsEntry("net", "wild").containsEntry("step", 1);
  }
}
