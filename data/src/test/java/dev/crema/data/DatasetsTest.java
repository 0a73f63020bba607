package dev.crema.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.crema.data.KnownDataset.KnownFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetsTest {
  @TempDir Path folder;

  private void put(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
  }

  private void putOwnData() throws IOException {
    put("train-images.idx3-ubyte", Sample.idx(0x803, new int[] {2, 1, 1}, new byte[] {1, 2}));
    put(
        "train-labels-idx1-ubyte.gz",
        Sample.zip(Sample.idx(0x801, new int[] {2}, new byte[] {0, 1})));
    put("test-images-idx3-ubyte", Sample.idx(0x803, new int[] {1, 1, 1}, new byte[] {3}));
    put("test-labels-idx1-ubyte", Sample.idx(0x801, new int[] {1}, new byte[] {2}));
  }

  @Test
  void loadsAFolderOfOwnDataUnderVariousNames() throws IOException {
    putOwnData();
    Dataset own = Datasets.load(folder.toString());
    assertThat(own.name()).isEqualTo(folder.getFileName().toString());
    assertThat(own.classes()).containsExactly("0", "1", "2");
    assertThat(own.train().count()).isEqualTo(2);
    assertThat(own.test().label(0)).isEqualTo(2);
  }

  @Test
  void classNamesComeFromTheirFile() throws IOException {
    putOwnData();
    Files.writeString(folder.resolve("classes.txt"), "cat\ndog\r\nmouse\n");
    assertThat(Datasets.load(folder.toString()).classes()).containsExactly("cat", "dog", "mouse");
    Files.writeString(folder.resolve("classes.txt"), "cat\ndog\n");
    assertThatThrownBy(() -> Datasets.load(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("test-labels-idx1-ubyte, byte 8: expected a label of 0 ... 1, got 2");
    Files.writeString(folder.resolve("classes.txt"), "cat\n\ndog\n");
    assertThatThrownBy(() -> Datasets.load(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("classes.txt: expected 1 to 256 class names");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train-images.idx3-ubyte",
        "train-labels-idx1-ubyte.gz",
        "test-images-idx3-ubyte",
        "test-labels-idx1-ubyte"
      })
  void namesTheFileThatIsMissingOrBroken(String name) throws IOException {
    putOwnData();
    put(name, new byte[] {1, 2});
    assertThatThrownBy(() -> Datasets.load(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(folder.resolve(name) + ", byte 2");
    Files.delete(folder.resolve(name));
    assertThatThrownBy(() -> Datasets.load(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(folder + ": expected the file ");
  }

  @Test
  void anUnknownNameSaysWhatIsKnownAndNearest() {
    assertThatThrownBy(() -> Datasets.load("fashon-mnist"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "fashon-mnist: expected the name of a dataset (fashion-mnist, mnist) or a folder of IDX files; did you mean fashion-mnist?");
    assertThatThrownBy(() -> Datasets.load("nul\0name")).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> Datasets.locate("cifar")).isInstanceOf(DataException.class);
  }

  @Test
  void aKnownDatasetThatIsNotHereSaysHowToGetIt() {
    assertThatThrownBy(() -> Datasets.load("mnist", folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no copy in " + folder.resolve("mnist"))
        .hasMessageEndingWith("crema data fetch mnist");
  }

  @Test
  void anAlteredByteOfAKnownDatasetIsSeenWhenItIsLoaded() throws IOException {
    KnownDataset known = FetcherTest.known(List.of());
    Path copy = Files.createDirectory(folder.resolve(known.name()));
    for (KnownFile file : known.files()) {
      String name = file.part().fileName();
      Files.write(copy.resolve(name), Sample.unzip(Sample.FOLDER.resolve(name + ".gz")));
    }
    assertThat(Datasets.load(known, folder).train().count()).isEqualTo(200);
    byte[] images = Files.readAllBytes(copy.resolve("t10k-images-idx3-ubyte"));
    images[5000] ^= 1;
    Files.write(copy.resolve("t10k-images-idx3-ubyte"), images);
    assertThatThrownBy(() -> Datasets.load(known, folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(copy.resolve("t10k-images-idx3-ubyte") + " is damaged")
        .hasMessageEndingWith("crema data fetch sample");
  }

  @Test
  void theCacheIsWhereTheEnvironmentSays() {
    Path home = Path.of("/home/ada");
    assertThat(Datasets.cache(Map.<String, String>of()::get, home))
        .isEqualTo(Path.of("/home/ada/.cache/crema/datasets"));
    assertThat(Datasets.cache(Map.of("XDG_CACHE_HOME", "/var/x")::get, home))
        .isEqualTo(Path.of("/var/x/crema/datasets"));
    assertThat(Datasets.cache(Map.of("XDG_CACHE_HOME", "relative")::get, home))
        .isEqualTo(Path.of("/home/ada/.cache/crema/datasets"));
    assertThat(Datasets.cache(Map.of("CREMA_CACHE", "/big", "XDG_CACHE_HOME", "/var/x")::get, home))
        .isEqualTo(Path.of("/big/datasets"));
  }

  @Test
  void theWholeFashionMnistIsBalanced() {
    assumeTrue(
        Datasets.locate("fashion-mnist").isPresent(),
        "skipped: fashion-mnist is not on this machine; crema data fetch fashion-mnist");
    Dataset fashion = Datasets.fashionMnist();
    assertThat(fashion.train().count()).isEqualTo(60_000);
    assertThat(fashion.test().count()).isEqualTo(10_000);
    int[] counts = new int[10];
    for (int i = 0; i < fashion.train().count(); i++) {
      counts[fashion.train().label(i)]++;
    }
    assertThat(counts).containsOnly(6_000);
    Dataset sample = Datasets.load(Sample.FOLDER.toString());
    for (int i = 0; i < 100; i++) {
      assertThat(fashion.test().image(i)).isEqualTo(sample.test().image(i));
      assertThat(fashion.train().label(i)).isEqualTo(sample.train().label(i));
    }
  }

  @Test
  void aBlankNameIsNotTheWorkingFolder() {
    assertThatThrownBy(() -> Datasets.load(" "))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "an empty name: expected the name of a dataset (fashion-mnist, mnist)");
    assertThatThrownBy(() -> Datasets.load(""))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(
            "an empty name: expected the name of a dataset (fashion-mnist, mnist)");
  }
}
