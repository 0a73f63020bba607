package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir private Path folder;

  @Test
  void replacesTheOldFile() {
    Path file = folder.resolve("results.json");
    AtomicFile.write(file, "old");
    AtomicFile.write(file, "new");
    assertThat(file).hasContent("new");
    assertThat(folder).isDirectoryContaining("glob:**results.json");
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void aFullDiskLeavesTheOldFileAndNothingElse() {
    Path file = folder.resolve("best.safetensors");
    AtomicFile.write(file, "old");
    assertThatThrownBy(() ->
            AtomicFile.write(
                file,
                out -> {
                  out.write(new byte[100_000]);
                  throw new IOException("No space left on device");
                }))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            file
                + ": cannot be written: No space left on device; the file that was there is"
                + " unchanged; free room on its disk or check the folder's permissions, then try"
                + " again");
    assertThat(file).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("best.safetensors");
  }

  @Test
  void aFaultOfTheWriterLeavesNothingToo() {
    Path file = folder.resolve("best.safetensors");
    assertThatThrownBy(() ->
            AtomicFile.write(
                file,
                out -> {
                  out.write(1);
                  throw new IllegalStateException("a bug");
                }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void namesAMissingFolder() {
    Path file = folder.resolve("none").resolve("best.safetensors");
    assertThatThrownBy(() -> AtomicFile.write(file, "new"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": cannot be written: ");
  }

  @Test
  void anInterruptDoesNotStopTheSaving() {
    Path file = folder.resolve("checkpoint-1.safetensors");
    Thread.currentThread().interrupt();
    try {
      AtomicFile.write(file, "saved");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(file).hasContent("saved");
  }

  /** A report, say, has no run that somebody takes again. */
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC}) // the program true, and process 1
  void theNextWriterOfANameDeletesWhatAKilledOneLeft() throws Exception {
    Process child = new ProcessBuilder("true").start();
    child.waitFor();
    Files.writeString(folder.resolve(".report.html." + child.pid() + ".tmp"), "half");
    Files.writeString(folder.resolve(".other.html." + child.pid() + ".tmp"), "another's");
    Files.writeString(folder.resolve(".report.html.1.tmp"), "of a process that lives");
    AtomicFile.write(folder.resolve("report.html"), "whole");
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder(
            "report.html", ".other.html." + child.pid() + ".tmp", ".report.html.1.tmp");
  }

  @Test
  void deletesWhatAKilledWriterLeftAndNothingElse() throws IOException {
    Files.writeString(folder.resolve(".checkpoint-8.safetensors.4711.tmp"), "half");
    Files.writeString(folder.resolve("notes.tmp"), "mine");
    AtomicFile.deleteLeftovers(folder);
    assertThat(folder.toFile().list()).containsExactly("notes.tmp");
  }
}
