package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TemporaryFolderTest {
  private static final Path PARENT = Path.of(System.getProperty("java.io.tmpdir"));

  @Test
  void isGoneOnceItIsClosed() throws IOException {
    Path path;
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      path = folder.path();
      Files.writeString(Files.createDirectory(path.resolve("inner")).resolve("file"), "text");
      assertThat(path).isDirectory();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void deletesWhatKilledProcessesLeftAndNothingElse() throws IOException {
    Path dead = folder("crema-999999999-old", Duration.ofDays(2));
    Path recent = folder("crema-999999999-recent", Duration.ZERO);
    Path living = folder("crema-" + ProcessHandle.current().pid() + "-old", Duration.ofDays(2));
    Path other = folder("cremated-999999999-old", Duration.ofDays(2));
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      assertThat(folder.path()).isDirectory();
      assertThat(dead).doesNotExist();
      assertThat(recent).exists();
      assertThat(living).exists();
      assertThat(other).exists();
    } finally {
      for (Path left : new Path[] {recent, living, other}) {
        Files.delete(left.resolve("file"));
        Files.delete(left);
      }
    }
  }

  private static Path folder(String name, Duration age) throws IOException {
    Path folder = Files.createDirectories(PARENT.resolve(name));
    Files.writeString(folder.resolve("file"), "left");
    Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(age)));
    return folder;
  }
}
