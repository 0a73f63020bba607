package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListingTest {
  @TempDir private Path folder;

  @Test
  void sortsWhatTheFileSystemListsInAnyOrder() throws IOException {
    List<Path> files = IntStream.range(100, 200).mapToObj(i -> folder.resolve(i + ".txt")).toList();
    for (Path file : files.reversed()) {
      Files.createFile(file);
    }
    assertThat(Listing.of(folder)).isEqualTo(files);
    assertThat(Listing.of(folder, "15*")).isEqualTo(files.subList(50, 60));
    assertThat(Listing.atMost(folder, 7)).hasSize(7).isSorted().isSubsetOf(files);
    Files.createFile(folder.resolve(".hidden"));
    assertThat(Listing.of(folder)).startsWith(folder.resolve(".hidden")).hasSize(101);
  }

  @Test
  void saysThatThereIsNoFolder() {
    assertThatThrownBy(() -> Listing.of(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }
}
