package dev.crema.studio.live;

import static dev.crema.studio.live.StudioClient.body;
import static dev.crema.studio.live.StudioClient.json;
import static dev.crema.studio.live.StudioClient.status;
import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.Run;
import dev.crema.train.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that never end, or are other than they say: each is answered, and ties up nothing. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class RequestLimitsTest {
  private static final Net NET = Net.chain(new Flatten(), new Dense(10));
  private static final Duration AT_ONCE = Duration.ofSeconds(3);

  /** A body that does not come is waited for, but not for long. */
  private static final Duration SOON = Duration.ofSeconds(8);

  @TempDir private static Path folder;
  private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();
  private static Studio studio;
  private static StudioClient client;
  private static String id;

  /** A network, whose experiments cannot be read for want of memory. */
  private static final class OutOfMemory implements TinyWorkshop {
    @Override
    public Experiment experiment(Run run) {
      throw new OutOfMemoryError("no room");
    }
  }

  @BeforeAll
  static void start() throws IOException {
    Training training = new Training(Optimizer.sgd(0.1));
    Run.create(
        folder.resolve("run"),
        new Experiment("tiny", NET, NetYaml.write(NET), new Feed("mnist"), Loss.of(NET), training));
    List<String> links = new CopyOnWriteArrayList<>();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    studio = new Studio(folder, address, "1.2.3", new OutOfMemory(), links::add);
    client = new StudioClient(studio.port());
    client.admit(links.getLast());
    id = String.valueOf(client.row("run").get("id"));
  }

  @AfterAll
  static void stop() {
    studio.close();
    THREADS.close();
  }

  /** What a request says of its body, what comes, and the status of the answer. */
  private record Lie(String headers, String body, int status) {}

  static Stream<Lie> lies() {
    return Stream.of(
        new Lie("Content-Length: 9000000000000\r\n", "{}", 413),
        new Lie("Content-Length: 9223372036854775807\r\n", "{}", 413),
        new Lie("Content-Length: 92233720368547758070\r\n", "{}", 400),
        new Lie("Content-Length: -1\r\n", "{}", 400),
        new Lie("Content-Length: many\r\n", "{}", 400),
        new Lie("Content-Length: 2\r\nContent-Length: 3\r\n", "{}", 400),
        new Lie("", "{}", 411),
        new Lie("Transfer-Encoding: chunked\r\n", "no chunk\r\n{}\r\n", 400));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void aBodyThatIsNotAsAnnouncedIsRefusedAtOnce(Lie lie) {
    assertRefused(lie, AT_ONCE);
  }

  @Test
  void aBodyThatNeverComesIsRefusedSoon() {
    Stream.of(
            new Lie("Content-Length: 1000\r\n", "", 408),
            new Lie("Content-Length: 1000\r\n", "{}", 408),
            new Lie("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n", 408),
            new Lie("Transfer-Encoding: chunked\r\n", "7fffffff\r\n{}", 408))
        .map(lie -> CompletableFuture.runAsync(() -> assertRefused(lie, SOON), THREADS))
        .toList()
        .forEach(CompletableFuture::join);
  }

  private static void assertRefused(Lie lie, Duration within) {
    long begun = System.nanoTime();
    try {
      String head = client.head("POST", "/api/train", client.own() + lie.headers);
      String answer = client.raw(head + lie.body);
      assertThat(status(answer)).as(answer).isEqualTo(lie.status);
    } catch (IOException e) {
      throw new UncheckedIOException(lie.toString(), e);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(within);
  }

  @Test
  void aBodyThatNobodyAskedForIsNotWaitedFor() throws IOException {
    for (String[] question :
        new String[][] {
          {"GET", "/api/runs", client.known(), "200"},
          {"POST", "/api/stop?run=" + id, client.own(), "409"},
          {"POST", "/api/train", "", "403"},
          {"POST", "/api/train", "Origin: http://" + client.host() + "\r\n", "401"},
        }) {
      long begun = System.nanoTime();
      String answer =
          client.raw(
              client.head(question[0], question[1], question[2] + "Content-Length: 1000\r\n"));
      assertThat(status(answer)).as(answer).isEqualTo(Integer.parseInt(question[3]));
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(AT_ONCE);
    }
  }

  /** It comes while nobody reads, and must not take back the answer that says so. */
  @Test
  void aPictureThatIsTooLargeIsToldSo() throws IOException {
    String large = "x".repeat(20_000_000);
    String headers = client.own().replace("application/json", "image/png");
    for (int again = 0; again < 5; again++) {
      String answer = client.request("POST", "/api/predict?run=" + id, headers, large);
      assertThat(status(answer)).isEqualTo(413);
      assertThat(body(answer)).contains("at most 4194304 bytes");
    }
  }

  @Test
  void halfRequestsAreDroppedAndHoldUpNobody() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      List<String> halves =
          List.of(
              "GET / HT",
              "GET /api/runs HTTP/1.1\r\nHost: " + client.host() + "\r\nX-Slow: ",
              client.head("POST", "/api/train", client.own() + "Content-Length: 100\r\n"),
              client.head("POST", "/api/train", client.own() + "Transfer-Encoding: chunked\r\n"));
      for (int i = 0; i < 100; i++) {
        Socket socket = client.connect();
        String half = halves.get(i % halves.size());
        socket.getOutputStream().write(half.getBytes(StandardCharsets.UTF_8));
        sockets.add(socket);
      }
      long begun = System.nanoTime();
      assertThat(json(client.get("/api/runs", client.known()))).containsKey("runs");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(AT_ONCE);
      for (Socket socket : sockets) {
        readToItsEnd(socket); // which comes within the time that sockets are waited for
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void readToItsEnd(Socket socket) throws IOException {
    try {
      socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      // "connection reset" is an end too
    }
  }

  @Test
  void endlessHeadersAreDropped() throws IOException {
    for (String begin : List.of("GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\n")) {
      try (Socket socket = client.connect()) {
        byte[] more =
            (begin.endsWith("1\r\n") ? "X: y\r\n" : "xxxxxx")
                .repeat(1000)
                .getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream().write(begin.getBytes(StandardCharsets.UTF_8));
        boolean dropped = false;
        for (int i = 0; i < 1000 && !dropped; i++) {
          try {
            socket.getOutputStream().write(more);
          } catch (SocketException e) {
            dropped = true;
          }
        }
        assertThat(dropped).as(begin).isTrue();
      }
    }
    assertThat(json(client.get("/api/runs", client.known()))).containsKey("runs");
  }

  @Test
  void anErrorIsTheAnswerToItsRequestAlone() throws IOException {
    for (String path : List.of("/api/pictures?run=", "/api/report?run=")) {
      String answer = client.get(path + id, client.known());
      assertThat(status(answer)).isEqualTo(500);
      assertThat(body(answer)).contains("out of memory (no room)");
    }
    assertThat(json(client.get("/api/runs", client.known()))).containsKey("runs");
  }

  @Test
  void manyListenersLeaveRoomForQuestions() throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 80; i++) {
        Socket socket = client.connect();
        socket
            .getOutputStream()
            .write(
                client.head("GET", "/api/events", client.known()).getBytes(StandardCharsets.UTF_8));
        sockets.add(socket);
      }
      long begun = System.nanoTime();
      assertThat(json(client.get("/api/runs", client.known()))).containsKey("runs");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(AT_ONCE);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }
}
