package dev.crema.data;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.KnownDataset.KnownFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetcherTest {
  @TempDir Path temporary;
  private final List<String> said = new ArrayList<>();

  /** The small real dataset as if it were a known one. */
  static KnownDataset known(List<Source> sources) {
    try {
      List<KnownFile> files = new ArrayList<>();
      for (IdxPart part : IdxPart.values()) {
        byte[] content = Sample.unzip(Sample.FOLDER.resolve(part.fileName() + ".gz"));
        CRC32 crc = new CRC32();
        crc.update(content);
        byte[] sha = MessageDigest.getInstance("SHA-256").digest(content);
        files.add(
            new KnownFile(
                part, content.length, HexFormat.of().formatHex(sha), (int) crc.getValue()));
      }
      List<String> classes = IntStream.range(0, 10).mapToObj(Integer::toString).toList();
      return new KnownDataset("sample", classes, files, sources);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private Path cache() {
    return temporary.resolve("cache");
  }

  private Path fetch(Source... sources) {
    return new Fetcher(cache(), said::add).fetch(known(List.of()), List.of(sources));
  }

  private static Source.Package shell(String... scripts) {
    return new Source.Package(
        Stream.of(scripts).map(script -> List.of("sh", "-c", script)).toList(), "unpacked");
  }

  private static String copyTo(String folder) {
    return "mkdir -p %1$s && cp '%2$s'/*.gz %1$s".formatted(folder, Sample.FOLDER.toAbsolutePath());
  }

  private void assertComplete(Path folder) throws IOException {
    assertThat(folder).isEqualTo(cache().resolve("sample"));
    assertThat(Datasets.load(known(List.of()), cache()).test().count()).isEqualTo(100);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("no temporary file is left")
          .containsExactlyInAnyOrder(
              "train-images-idx3-ubyte",
              "train-labels-idx1-ubyte",
              "t10k-images-idx3-ubyte",
              "t10k-labels-idx1-ubyte");
    }
    assertThatNothingTemporaryIsLeft();
  }

  private void assertThatNothingTemporaryIsLeft() throws IOException {
    try (Stream<Path> files = Files.walk(cache())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.endsWith(".tmp") || name.endsWith(".fetch"));
    }
  }

  @Test
  void takesAFolder() throws IOException {
    assertComplete(fetch(new Source.Folder(Sample.FOLDER)));
  }

  @Test
  void asksNobodyWhenTheCacheIsWhole() throws IOException {
    fetch(new Source.Folder(Sample.FOLDER));
    said.clear();
    assertComplete(fetch(shell("exit 1")));
    assertThat(said).singleElement().asString().startsWith("sample is in ");
  }

  @Test
  void asksTheSourcesInOrderUntilOneHelps() throws IOException {
    assertComplete(
        fetch(
            new Source.Folder(temporary.resolve("nowhere")),
            shell("echo broken mirror; exit 3"),
            new Source.Folder(Sample.FOLDER),
            shell("touch '" + temporary.resolve("asked") + "'")));
    assertThat(said)
        .anySatisfy(line -> assertThat(line).contains("there is no such folder"))
        .anySatisfy(line -> assertThat(line).contains("exit code 3 and said: broken mirror"));
    assertThat(temporary.resolve("asked")).doesNotExist();
  }

  @Test
  void unpacksAPackageInAFolderThatIsGoneAfterwards() throws IOException {
    Path seen = temporary.resolve("seen");
    var source =
        new Source.Package(
            List.of(
                List.of(
                    "sh",
                    "-c",
                    "pwd >'"
                        + seen
                        + "'; "
                        + copyTo("unpacked")
                        + "; tar -cf p.tar unpacked; rm -r unpacked"),
                List.of("tar", "-xf", "*.tar")),
            "unpacked");
    assertComplete(fetch(source));
    assertThat(Path.of(Files.readString(seen).strip())).doesNotExist();
  }

  @Test
  void namesADamagedFileOfTheCacheAndReplacesIt() throws IOException {
    Path folder = fetch(new Source.Folder(Sample.FOLDER));
    Path damaged = folder.resolve("train-labels-idx1-ubyte");
    byte[] bytes = Files.readAllBytes(damaged);
    bytes[100] ^= 1;
    Files.write(damaged, bytes);
    said.clear();
    assertComplete(fetch(new Source.Folder(Sample.FOLDER)));
    assertThat(said.getFirst())
        .contains(damaged + " is damaged")
        .contains("SHA-256")
        .endsWith("fetching it again");
  }

  @Test
  void takesNothingThatIsNotTheKnownContent() throws IOException {
    Path bad = Files.createDirectory(temporary.resolve("bad"));
    for (IdxPart part : IdxPart.values()) {
      byte[] content = Sample.unzip(Sample.FOLDER.resolve(part.fileName() + ".gz"));
      if (part == IdxPart.TEST_LABELS) {
        content[50] ^= 1;
      }
      Files.write(bad.resolve(part.fileName()), content);
    }
    assertThatThrownBy(() -> fetch(new Source.Folder(bad)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            bad.resolve("t10k-labels-idx1-ubyte") + " is damaged, or another file")
        .hasMessageContaining("expected 108 bytes with SHA-256");
    assertThat(cache().resolve("sample/t10k-labels-idx1-ubyte")).doesNotExist();
    // the three good files were kept, so the next source need only give the fourth
    Path rest = Files.createDirectory(temporary.resolve("rest"));
    Files.copy(
        Sample.FOLDER.resolve("t10k-labels-idx1-ubyte.gz"),
        rest.resolve("t10k-labels-idx1-ubyte.gz"));
    assertComplete(fetch(new Source.Folder(rest)));
  }

  /** A folder in the place of the file is as unwritable as a full disk, wherever tests run. */
  @Test
  void aDiskThatTakesNoFileIsNoFaultOfTheSource() throws IOException {
    Path file = cache().resolve("sample/train-images-idx3-ubyte");
    Files.createDirectories(file.resolve("occupied"));
    Path asked = temporary.resolve("asked");
    assertThatThrownBy(
            () -> fetch(new Source.Folder(Sample.FOLDER), shell("touch '" + asked + "'")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith(file + ": cannot be written: ")
        .hasMessageContaining("free room on its disk, or set CREMA_CACHE to another place");
    assertThat(asked).as("another source cannot help").doesNotExist();
    try (Stream<Path> left = Files.list(cache().resolve("sample"))) {
      assertThat(left).as("no temporary file is left").containsExactly(file);
    }
  }

  @Test
  void whenAllFailsItListsWhatWasTriedAndWhy() throws IOException {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    assertThatThrownBy(() ->
            fetch(
                new Source.Folder(empty),
                new Source.Package(List.of(List.of("crema-no-such-client", "download")), "."),
                shell("echo one; echo two >&2; exit 7"),
                shell("true"),
                new Source.Package(List.of(List.of("tar", "-xf", "*.tar")), ".")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("sample: could not be fetched. Tried:")
        .hasMessageContaining("- " + empty + ": it has no train-images-idx3-ubyte")
        .hasMessageContaining("crema-no-such-client")
        .hasMessageContaining("ended with exit code 7 and said: one | two")
        .hasMessageContaining("expected one file *.tar to be downloaded, got []")
        .hasMessageContaining("Or put the files train-images-idx3-ubyte, train-labels-idx1-ubyte");
  }

  @Test
  void deletesWhatAKilledFetchLeft() throws IOException {
    Path folder = Files.createDirectories(cache().resolve("sample"));
    Path unpacked = Files.createDirectories(cache().resolve(".sample.fetch/unpacked"));
    Files.writeString(unpacked.resolve("half"), "of a package");
    Files.writeString(folder.resolve(".train-images-idx3-ubyte.4711.tmp"), "half of a file");
    assertComplete(fetch(new Source.Folder(Sample.FOLDER)));
  }

  /** Or else one would delete what the other is about to move into its place. */
  @Test
  void oneFetchesAtATime() throws Exception {
    Path asked = temporary.resolve("asked");
    var source = shell("echo x >>'" + asked + "'; sleep 1; " + copyTo("unpacked"));
    List<String> other = Collections.synchronizedList(new ArrayList<>());
    Thread first = Thread.ofPlatform().start(() -> fetch(source));
    while (!Files.exists(asked)) {
      Thread.sleep(5);
    }
    Path folder = new Fetcher(cache(), other::add).fetch(known(List.of()), List.of(source));
    first.join();
    assertComplete(folder);
    assertThat(Files.readAllLines(asked)).containsExactly("x");
    assertThat(other)
        .containsExactly("sample: another process fetches it; waiting", "sample is in " + folder);
  }

  @Test
  void interruptingEndsTheClientToo() throws Exception {
    Path started = temporary.resolve("started");
    var failure = new ArrayList<Throwable>();
    Thread thread =
        Thread.ofPlatform()
            .uncaughtExceptionHandler((t, e) -> failure.add(e))
            .start(() ->
                fetch(
                    shell(
                        "echo $$ >'"
                            + started
                            + ".tmp'; mv '"
                            + started
                            + ".tmp' '"
                            + started
                            + "'; sleep 60 & wait")));
    while (!Files.exists(started)) {
      Thread.sleep(5);
    }
    thread.interrupt();
    thread.join(10_000);
    assertThat(thread.isAlive()).isFalse();
    assertThat(failure).singleElement().isInstanceOf(DataException.class);
    assertThatNothingTemporaryIsLeft();
    long pid = Long.parseLong(Files.readString(started).strip());
    ProcessHandle.of(pid).ifPresent(p -> p.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }

  @Test
  void downloadsFromAnAddress() throws IOException {
    try (var server = new Server(Sample.FOLDER)) {
      assertComplete(fetch(new Source.Address(server.address("/data/"))));
    }
  }

  @Test
  void saysWhyADownloadFailed() throws IOException {
    URI gone;
    try (var server = new Server(temporary)) {
      gone = server.address("/data/");
      assertThatThrownBy(() -> fetch(new Source.Address(gone)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining(gone + "train-images-idx3-ubyte.gz answered with status 404");
    }
    assertThatThrownBy(() -> fetch(new Source.Address(gone)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(gone + "train-images-idx3-ubyte.gz: no connection");
  }

  /** Answers GET with the file of that name. */
  private static final class Server implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final Thread thread;

    Server(Path folder) throws IOException {
      thread =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                while (!socket.isClosed()) {
                  try (Socket client = socket.accept()) {
                    answer(client, folder);
                  } catch (IOException e) {
                    // the client will say what is wrong
                  }
                }
              });
    }

    private static void answer(Socket client, Path folder) throws IOException {
      var in = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII));
      String path = in.readLine().split(" ")[1];
      while (!in.readLine().isEmpty()) {}
      Path file = folder.resolve(path.substring(path.lastIndexOf('/') + 1));
      byte[] body = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
      String status = Files.exists(file) ? "200 OK" : "404 Not Found";
      client
          .getOutputStream()
          .write(
              "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                  .formatted(status, body.length)
                  .getBytes(US_ASCII));
      client.getOutputStream().write(body);
    }

    URI address(String path) {
      return URI.create(
          "http://"
              + socket.getInetAddress().getHostAddress()
              + ":"
              + socket.getLocalPort()
              + path);
    }

    @Override
    public void close() throws IOException {
      socket.close();
      try {
        thread.join(); // until then it may still answer one request
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
  }
}
