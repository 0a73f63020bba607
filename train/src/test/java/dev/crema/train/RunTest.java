package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
  @TempDir private Path folder;

  @Test
  void namesRunsByTimeNetAndSeed() throws IOException {
    LocalDateTime start = LocalDateTime.of(2025, 1, 2, 3, 4, 5);
    Path name = Run.name(folder, start, "my nets/lenet", 7);
    assertThat(name).isEqualTo(folder.resolve("20250102-030405-my_nets_lenet-7"));
    Files.createDirectory(name);
    assertThat(Run.name(folder, start, "my nets/lenet", 7))
        .isEqualTo(folder.resolve("20250102-030405-my_nets_lenet-7-2"));
  }

  @Test
  void holdsWhatWasAskedAndWhatCameOut() {
    Run made = Run.create(folder.resolve("runs").resolve("one"), "epochs: 3\n");
    Run run = Run.open(made.folder());
    assertThat(run.experiment()).hasContent("epochs: 3\n");
    assertThat(run.environment()).containsKeys("started", "crema", "java", "os", "cpus");
    assertThat(run.results()).isEmpty();
    run.writeResults(Map.of("test_accuracy", 0.9));
    assertThat(run.results()).contains(Map.of("test_accuracy", 0.9));
  }

  @Test
  void refusesAUsedFolderAndLeavesItAsItIs() throws IOException {
    Files.writeString(folder.resolve("thesis.doc"), "years of work");
    assertThatThrownBy(() -> Run.create(folder, "epochs: 3"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            folder + ": expected an empty directory, but it holds `thesis.doc`; choose another");
    assertThat(folder.toFile().list()).containsExactly("thesis.doc");
    assertThatThrownBy(() -> Run.create(folder.resolve("thesis.doc"), "epochs: 3"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("it is a file");

    Path run = Run.create(folder.resolve("run"), "epochs: 3").folder();
    assertThatThrownBy(() -> Run.create(run, "epochs: 4"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("holds a run already; continue it with `crema resume " + run + "`");
    assertThat(run.resolve("experiment.yaml")).hasContent("epochs: 3");
  }

  @Test
  void namesAFolderThatIsNoRun() {
    assertThatThrownBy(() -> Run.open(folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(folder + ": expected the directory of a run, but it has no exp");
    assertThatThrownBy(() -> Run.open(folder.resolve("none")))
        .hasMessageContaining("but there is none");
  }

  @Test
  void namesDamagedResults() throws IOException {
    Run run = Run.create(folder.resolve("run"), "");
    Files.writeString(folder.resolve("run").resolve("results.json"), "{\"a\":1");
    assertThatThrownBy(run::results)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("results.json: expected one JSON object");
  }

  @Test
  void isTrainedByOneAtATimeAndCleanedWhenTaken() throws IOException {
    Run run = Run.create(folder.resolve("run"), "");
    Path checkpoints = Files.createDirectory(run.checkpoints().folder());
    Files.writeString(checkpoints.resolve(".checkpoint-8.safetensors.4711.tmp"), "half");
    try (Run.Lock _ = run.lock()) {
      assertThat(checkpoints).isEmptyDirectory();
      assertThatThrownBy(run::lock)
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("another process trains this run");
    }
    run.lock().close();
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aKilledProcessGivesTheRunFree() throws Exception {
    Run run = Run.create(folder.resolve("run"), "");
    Process child = Child.shell("exec " + Child.command(Hold.class, run.folder()));
    try {
      assertThat(child.inputReader().readLine()).isEqualTo("locked");
      assertThatThrownBy(run::lock).hasMessageContaining("another process trains this run");
    } finally {
      child.destroyForcibly().waitFor();
    }
    run.lock().close();
  }

  static final class Hold {
    public static void main(String[] args) throws InterruptedException {
      try (Run.Lock _ = new Run(Path.of(args[0])).lock()) {
        System.out.println("locked");
        Thread.sleep(60_000);
      }
    }
  }
}
