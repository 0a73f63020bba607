package dev.crema.studio.live;

import static dev.crema.studio.live.StudioClient.body;
import static dev.crema.studio.live.StudioClient.json;
import static dev.crema.studio.live.StudioClient.status;
import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.train.Event;
import dev.crema.train.EventLog;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.Run;
import dev.crema.train.Training;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs whose files are damaged or made to harm: each says so itself, and the others stay. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class DamagedRunsTest {
  private static final Net NET = Net.chain(new Flatten(), new Dense(10));
  private static final String SECRET = "the secret of another file";

  @TempDir private Path folder;
  private Path runs;
  private Studio studio;
  private StudioClient client;

  /** A workshop that reads the runs' experiments, and starts nothing. */
  private static final class Reading implements TinyWorkshop {
    @Override
    public Experiment experiment(Run run) {
      return Experiment.read(run, name -> Optional.empty(), List.of());
    }
  }

  private static Experiment made(long seed) {
    Training training = new Training(Optimizer.sgd(0.1)).seed(seed);
    return new Experiment(
        "tiny", NET, NetYaml.write(NET), new Feed("mnist"), Loss.of(NET), training);
  }

  private Run made(String name) {
    Run run = Run.create(runs.resolve(name), made(1));
    try (EventLog log = EventLog.open(run.events(), -1, message -> {})) {
      log.write(new Event.Started(0, "tiny", "mnist", 1, 2, 64, 1, 100, 7850));
      LongStream.rangeClosed(1, 9)
          .forEach(step -> log.write(new Event.StepLogged(step, 0, 1.0 / step, 0.1, 1000)));
    }
    return run;
  }

  @BeforeEach
  void start() throws IOException {
    runs = Files.createDirectory(folder.resolve("runs"));
    made("good");
    List<String> links = new CopyOnWriteArrayList<>();
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    studio = new Studio(runs, address, "1.2.3", new Reading(), links::add);
    client = new StudioClient(studio.port());
    client.admit(links.getLast());
  }

  @AfterEach
  void stop() {
    studio.close();
  }

  private void assertTheGoodOneIsThere() throws IOException {
    Map<?, ?> row = client.row("good");
    assertThat(row.get("status")).isEqualTo("stopped");
    assertThat(row.get("step")).isEqualTo(9);
    assertThat(String.valueOf(get("/api/run?run=" + row.get("id")).get("metrics")))
        .contains("batch/loss");
  }

  private Map<String, Object> get(String path) throws IOException {
    return json(client.get(path, client.known()));
  }

  /** The last characters of a row's problem, which are short enough for a list. */
  private String problem(String name) throws IOException {
    Map<?, ?> row = client.row(name);
    assertThat(row.get("status")).as(name + " " + row).isEqualTo("damaged");
    String problem = String.valueOf(row.get("problem"));
    assertThat(problem).hasSizeLessThan(1100).doesNotContain(SECRET);
    for (String path : List.of("/api/run?run=", "/api/pictures?run=", "/api/report?run=")) {
      String answer = client.get(path + row.get("id"), client.known());
      assertThat(answer).as(path).doesNotContain(SECRET);
    }
    assertTheGoodOneIsThere();
    return problem;
  }

  private static void sparse(Path file, long bytes) throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(bytes);
    }
  }

  private static void pipe(Path file) throws Exception {
    Files.deleteIfExists(file);
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
  }

  @Test
  void aLogWithoutNewlines() throws IOException {
    sparse(made("bad").events(), 1L << 30);
    assertThat(problem("bad")).contains("events.jsonl: line ", "expected at most 4194304 bytes");
    Path huge = Files.createDirectory(runs.resolve("huge")).resolve("events.jsonl");
    Files.copy(runs.resolve("good/experiment.yaml"), runs.resolve("huge/experiment.yaml"));
    sparse(huge, 1L << 30);
    assertThat(problem("huge")).contains("events.jsonl: line 1 is damaged");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "experiment.yaml",
        "events.jsonl",
        "results.json",
        "tags.json",
        "environment.json"
      })
  void aFileThatIsNone(String name) throws Exception {
    Path secret = Files.writeString(folder.resolve("secret.txt"), SECRET);
    Path pipe = made("pipe").folder().resolve(name);
    pipe(pipe);
    Path link = made("link").folder().resolve(name);
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, secret);
    Path directory = made("directory").folder().resolve(name);
    Files.deleteIfExists(directory);
    Files.createDirectory(directory);
    Path huge = made("huge").folder().resolve(name);
    sparse(huge, 1L << 34);
    for (Path file : List.of(pipe, link, directory, huge)) {
      String run = String.valueOf(file.getParent().getFileName());
      if (name.equals("environment.json")) { // which the list does not show
        String answer = client.get("/api/run?run=" + client.row(run).get("id"), client.known());
        assertThat(status(answer)).isEqualTo(409);
        assertThat(body(answer)).contains(name).doesNotContain(SECRET);
        assertTheGoodOneIsThere();
      } else {
        assertThat(problem(run)).contains(name);
      }
    }
  }

  @Test
  void textsThatAreMadeToHarm() throws IOException {
    Map<String, String> experiments =
        Map.of(
            "nested", "[".repeat(1_000_000),
            "laughs", "a: &a [x, x]\nb: &b [*a, *a]\nc: [" + "*b, ".repeat(20_000) + "]",
            "repeated", "a: &a " + "x".repeat(500_000) + "\nb: [" + "*a, ".repeat(10_000) + "]");
    for (Map.Entry<String, String> one : experiments.entrySet()) {
      Files.writeString(made(one.getKey()).experiment(), one.getValue());
      assertThat(problem(one.getKey())).contains("experiment.yaml:");
    }
    Files.writeString(
        made("json").folder().resolve("results.json"), "{\"a\":" + "[".repeat(1_000_000));
    assertThat(problem("json")).contains("results.json");
    Run time = made("time");
    Files.writeString(
        time.events(),
        "{\"event\":\"interrupted\",\"time\":\"+999999999-12-31T23:59:59Z\",\"step\":1,\"epoch\":0}\n");
    assertThat(problem("time")).contains("line 1 is damaged");
  }

  @Test
  void aHugeNameIsShownInShort() throws IOException {
    Run run = made("named");
    String text = Files.readString(run.experiment());
    Files.writeString(run.experiment(), text.replace("name: tiny", "name: " + "x".repeat(500_000)));
    assertThat(String.valueOf(client.row("named").get("net"))).hasSizeBetween(100, 1100);
  }

  @Test
  void linksToFoldersAreNotFollowed() throws IOException {
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
    Run.create(elsewhere.resolve("private"), made(2));
    Files.createSymbolicLink(runs.resolve("out"), elsewhere);
    Files.createSymbolicLink(runs.resolve("run"), elsewhere.resolve("private"));
    Files.createSymbolicLink(runs.resolve("circle"), runs);
    Files.createSymbolicLink(
        Files.createDirectory(runs.resolve("deeper")).resolve("up"), Path.of(".."));
    assertThat((List<?>) get("/api/runs").get("runs")).hasSize(1);
    assertTheGoodOneIsThere();
  }

  /** The folder that the user names may be a link: nobody else put it there. */
  @Test
  void theFolderItselfMayBeALink() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), runs);
    assertThat(new Shelf(link).now()).hasSize(1);
  }

  @Test
  void oneDamagedRunLeavesTheChartsOfTheOthers() throws IOException {
    Run bad = made("bad");
    String good = String.valueOf(client.row("good").get("id"));
    String id = String.valueOf(client.row("bad").get("id"));
    StringBuilder end = new StringBuilder("damaged\n");
    for (int step = 10; step < 1000; step++) {
      end.append(
          "{\"event\":\"step_logged\",\"time\":\"2026-01-01T00:00:00Z\",\"step\":%s,\"epoch\":0,\"loss\":1,\"lr\":1,\"images_per_second\":1}\n"
              .formatted(step));
    }
    Files.writeString(bad.events(), end, StandardOpenOption.APPEND);
    List<?> series =
        (List<?>)
            get("/api/series?metric=batch/loss&run=" + good + "&run=" + id + "&run=0123456789ab")
                .get("series");
    assertThat(((Map<?, ?>) series.get(0)).get("total")).isEqualTo(9);
    assertThat(String.valueOf(((Map<?, ?>) series.get(1)).get("problem")))
        .contains("line 11 is damaged");
    assertThat(String.valueOf(((Map<?, ?>) series.get(2)).get("problem")))
        .contains("no run with this id");
    String csv = client.get("/api/series.csv?metric=batch/loss&run=" + id, client.known());
    assertThat(status(csv)).isEqualTo(409);
    assertThat(body(csv)).contains("line 11 is damaged");
  }

  @Test
  void aRunMayVanishWhileItIsRead() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Thread changing =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; !over.get(); i++) {
                Run run = made("fleeting");
                Path elsewhere = folder.resolve("gone-" + i);
                assertThat(run.folder().toFile().renameTo(elsewhere.toFile())).isTrue();
              }
            });
    try {
      long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      while (System.nanoTime() < end) {
        assertTheGoodOneIsThere();
      }
    } finally {
      over.set(true);
      changing.join();
    }
  }

  @Test
  void aFolderWithVeryManyFilesSaysThatRunsMayBeMissing() throws IOException {
    Path many = Files.createDirectories(runs.resolve("many").resolve("files"));
    for (int i = 0; i < 100; i++) {
      Files.createFile(many.resolve("f" + i));
    }
    Shelf all = new Shelf(runs, 103);
    assertThat(all.now()).hasSize(1);
    assertThat(all.problem()).isEmpty();
    Shelf some = new Shelf(runs, 102);
    some.now();
    assertThat(some.problem().orElseThrow())
        .contains(runs + " has more than 102 files and folders: runs may be missing");
  }

  @Test
  void aLongReadingOfOneRunHoldsUpNoOther() throws Exception {
    made("slow");
    Shelf shelf = new Shelf(runs);
    List<Summary> all = List.copyOf(shelf.now().values());
    History slow = shelf.history(all.getFirst());
    Thread asking;
    synchronized (slow) { // as it is while its log is read
      asking = Thread.ofPlatform().daemon().start(() -> shelf.history(all.getLast()));
      asking.join(10_000);
      assertThat(asking.isAlive()).isFalse();
    }
  }

  @Test
  void veryManyMeasurementsAreThinnedWhileTheyAreRead() throws IOException {
    Run run = made("measured");
    try (EventLog log = EventLog.open(run.events(), -1, message -> {})) {
      for (int step = 0; step < 5000; step++) {
        log.write(
            new Event.ParameterMeasured(
                step, 0, "1.weight", 0, 1, -2, 2, List.of(1, 2, 3), Optional.empty()));
      }
    }
    Map<String, Object> histograms =
        get("/api/histograms?parameter=1.weight&run=" + client.row("measured").get("id"));
    assertThat(histograms.get("total")).isEqualTo(5000);
    List<?> steps = (List<?>) histograms.get("steps");
    assertThat(steps).hasSizeBetween(300, 601);
    assertThat(((Map<?, ?>) steps.getFirst()).get("step")).isEqualTo(0);
    assertThat(((Map<?, ?>) steps.get(1)).get("step")).isEqualTo(16);
    assertThat(((Map<?, ?>) steps.getLast()).get("step")).isEqualTo(4999);
  }
}
