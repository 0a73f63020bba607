package dev.crema.studio.live;

import static dev.crema.studio.live.StudioClient.body;
import static dev.crema.studio.live.StudioClient.json;
import static dev.crema.studio.live.StudioClient.setCookie;
import static dev.crema.studio.live.StudioClient.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
import dev.crema.train.Score;
import dev.crema.train.Training;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Studio on made runs, asked over raw sockets, as an attacker would. */
class StudioTest {
  private static final String HOSTILE = "<img src=x onerror=alert(1)>";
  private static final Net NET = Net.chain(new Flatten(), new Dense(10));

  @TempDir private static Path folder;
  private static final List<String> LINKS = new CopyOnWriteArrayList<>();
  private static final List<List<String>> STARTED = new CopyOnWriteArrayList<>();
  private static Studio studio;
  private static StudioClient client;
  private static String host;
  private static Run run;
  private static String id;

  /** A network and a data set; what is started only says what it was asked. */
  private static final class Echo implements TinyWorkshop {
    @Override
    public Experiment experiment(Run run) {
      return made(1);
    }

    @Override
    public Process start(List<String> arguments) throws IOException {
      STARTED.add(arguments);
      return new ProcessBuilder("echo", "hello", "from", arguments.getFirst()).start();
    }
  }

  private static Experiment made(long seed) {
    Training training = new Training(Optimizer.sgd(0.1)).epochs(2).seed(seed);
    return new Experiment(
        HOSTILE, NET, NetYaml.write(NET), new Feed("mnist"), Loss.of(NET), training);
  }

  @BeforeAll
  static void start() throws IOException {
    run = Run.create(folder.resolve("nested").resolve("a <b> & c"), made(1));
    log(run);
    Run.create(folder.resolve("other-seed"), made(2));
    Files.createDirectories(folder.resolve("no-run"));
    InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    studio = new Studio(folder, address, "1.2.3", new Echo(), LINKS::add);
    client = new StudioClient(studio.port());
    client.admit(LINKS.getLast());
    host = client.host();
    id = text(row("a <b> & c").get("id"));
  }

  private static void log(Run run) {
    try (EventLog log = EventLog.open(run.events(), -1, message -> {})) {
      log.write(new Event.Started(0, "tiny", "mnist", 1, 2, 64, 1, 100, 7850));
      log.write(
          new Event.ParameterMeasured(
              0, 0, "1.weight", 0, 1, -2, 2, List.of(1, 2, 3), Optional.empty()));
      log.write(new Event.StepLogged(10, 0, 2.5, 0.1, 1000));
      log.write(new Event.StepLogged(30, 0, Double.NaN, 0.1, 1000));
      log.write(new Event.LossesLogged(40, 0, 10, 10, List.of(2.5, 2.25, 2.0, 1.75)));
      log.write(
          new Event.EpochEnded(
              100, 1, new Score(2, 0.5), Optional.of(new Score(2.1, 0.4)), Optional.empty(), 7));
      log.write(new Event.Warned(100, HOSTILE));
      log.write(new Event.Interrupted(100, 1));
    }
  }

  @AfterAll
  static void stop() {
    studio.close();
  }

  private static String token() {
    return LINKS.getLast().replaceFirst(".*token=", "");
  }

  private static String raw(String request) throws IOException {
    return client.raw(request);
  }

  private static String request(String method, String path, String headers, String body)
      throws IOException {
    return client.request(method, path, headers, body);
  }

  private static String get(String path, String headers) throws IOException {
    return client.get(path, headers);
  }

  private static String known() {
    return client.known();
  }

  private static String own() {
    return client.own();
  }

  private static Map<?, ?> row(String name) throws IOException {
    return client.row(name);
  }

  private static String text(Object value) {
    return String.valueOf(value);
  }

  @Test
  void aTokenIsGoodOnceAndForAStrictCookie() throws IOException {
    String token = token();
    String answer = get("/?token=" + token, "");
    assertThat(status(answer)).isEqualTo(200);
    assertThat(setCookie(answer)).contains("HttpOnly", "SameSite=Strict", "Path=/");
    assertThat(setCookie(answer)).doesNotContain("Domain");
    assertThat(LINKS.getLast()).doesNotContain(token);
    assertThat(status(get("/?token=" + token, ""))).isEqualTo(401);
    assertThat(setCookie(get("/?token=" + token, ""))).isEmpty();
    assertThat(status(get("/?token=", ""))).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/assets/app.js", "/api/studio", "/api/runs", "/api/events", "/nothing"})
  void nobodyGetsAnythingWithoutTheCookie(String path) throws IOException {
    for (String headers : List.of("", "Cookie: crema_" + studio.port() + "=\r\n")) {
      String answer = get(path, headers);
      assertThat(status(answer)).isEqualTo(401);
      assertThat(answer).doesNotContain("a <b>", HOSTILE);
    }
  }

  static Stream<Arguments> forgeries() {
    String here = "127.0.0.1:PORT";
    return Stream.of("GET /api/runs", "HEAD /", "POST /api/train", "PUT /api/tags", "DELETE /x")
        .flatMap(line ->
            Stream.of(
                    "Host: evil.example\r\n", // DNS rebinding
                    "Host: evil.example:PORT\r\n",
                    "Host: 127.0.0.1\r\n", // another port
                    "Host: 127.0.0.1:1\r\n",
                    "Host: " + here + ".evil.example\r\n",
                    "Host: " + here + "@evil.example\r\n",
                    "Host: \r\n",
                    "Host: " + here + "\r\nHost: evil.example\r\n",
                    "Host: " + here + "\r\nOrigin: http://evil.example\r\n",
                    "Host: " + here + "\r\nOrigin: https://" + here + "\r\n",
                    "Host: " + here + "\r\nOrigin: http://localhost:PORT\r\n",
                    "Host: " + here + "\r\nOrigin: null\r\n",
                    "Host: " + here + "\r\nOrigin: http://" + here + "\r\nOrigin: http://x\r\n")
                .map(headers -> Arguments.of(line, headers)));
  }

  @ParameterizedTest
  @MethodSource("forgeries")
  void otherSitesGetNothingDoneEvenWithTheCookie(String line, String headers) throws IOException {
    String[] words = line.split(" ");
    String forged = headers.replace("PORT", "" + studio.port());
    String json = "Content-Type: application/json\r\n";
    String body = words[0].startsWith("P") ? "{\"net\":\"tiny\"}" : "";
    int before = STARTED.size();
    String answer = request(words[0], words[1], forged + known() + json, body);
    assertThat(status(answer)).as(answer).isBetween(400, 403);
    assertThat(STARTED).hasSize(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST /api/train", "POST /api/stop", "POST /api/resume", "PUT /api/tags"})
  void whatChangesSomethingWantsTheOrigin(String line) throws IOException {
    String[] words = line.split(" ");
    String headers = known() + "Content-Type: application/json\r\n";
    assertThat(status(request(words[0], words[1] + "?run=" + id, headers, "{}"))).isEqualTo(403);
    String crossSite = own() + "Sec-Fetch-Site: cross-site\r\n";
    assertThat(status(request(words[0], words[1] + "?run=" + id, crossSite, "{}"))).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../pom.xml",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2f..%2fetc/passwd",
        "/assets//app.js",
        "/assets/app.js/",
        "/assets/index.html",
        "//etc/passwd",
        "/api/runs/",
        "/api",
        "/%61pi/runs",
        "/api/runs;x=1",
      })
  void onlyFixedPathsExist(String path) throws IOException {
    assertThat(status(get(path, known()))).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nested/a%20%3Cb%3E%20%26%20c",
        "..",
        "../..",
        "%2e%2e",
        "/etc",
        "000000000000",
        ""
      })
  void aRunIsNamedByItsIdAlone(String name) throws IOException {
    for (String path : List.of("/api/run", "/api/pictures", "/api/histograms")) {
      assertThat(status(get(path + "?parameter=x&run=" + name, known()))).isIn(400, 404);
    }
    assertThat(status(get("/api/picture?run=" + id + "&name=../../x", known()))).isEqualTo(404);
  }

  @Test
  void refusesWhatIsNoRequestOfThePage() throws IOException {
    assertThat(status(raw("GET / HTTP/1.0\r\n\r\n"))).isEqualTo(403);
    assertThat(
            status(
                raw(
                    "GET http://evil.example/ HTTP/1.1\r\nConnection: close\r\nHost: "
                        + host
                        + "\r\n"
                        + known()
                        + "\r\n")))
        .isEqualTo(400);
    assertThat(status(request("DELETE", "/api/runs", own(), ""))).isEqualTo(405);
    assertThat(status(request("TRACE", "/", own(), ""))).isEqualTo(405);
    assertThat(status(request("POST", "/api/runs", own(), "{}"))).isEqualTo(405);
    assertThat(status(request("POST", "/api/train", own(), "[]"))).isEqualTo(400);
    assertThat(status(request("POST", "/api/train", own(), "x".repeat(100_000)))).isEqualTo(413);
    String plain = own().replace("application/json", "text/plain");
    assertThat(status(request("POST", "/api/train", plain, "{\"net\":\"tiny\"}"))).isEqualTo(415);
    assertThat(status(get("/api/series?run=" + id + "&metric=nonsense", known()))).isEqualTo(400);
    assertThat(status(get("/api/series?run=" + id + "&metric=a/b&x=path", known()))).isEqualTo(400);
    assertThat(status(get("/api/series?run=%zz&metric=a/b", known()))).isEqualTo(400);
  }

  @Test
  void everyAnswerForbidsScriptsFromElsewhere() throws IOException {
    for (String path : List.of("/", "/assets/app.js", "/api/runs", "/nothing")) {
      assertThat(get(path, known()))
          .containsIgnoringCase("Content-Security-Policy: default-src 'none'; script-src 'self'")
          .doesNotContain("unsafe")
          .containsIgnoringCase("X-Content-Type-Options: nosniff")
          .containsIgnoringCase("Referrer-Policy: no-referrer")
          .containsIgnoringCase("frame-ancestors 'none'");
    }
  }

  @Test
  void listsRunsWithTheirNewestFigures() throws IOException {
    Map<?, ?> row = row("a <b> & c");
    assertThat(row.get("net")).isEqualTo(HOSTILE);
    assertThat(row.get("status")).isEqualTo("interrupted");
    assertThat(row.get("step")).isEqualTo(100);
    assertThat(row.get("steps")).isEqualTo(200);
    assertThat(row.get("epoch")).isEqualTo(1);
    assertThat(row.get("trainLoss")).isEqualTo(2.0);
    assertThat(row.get("validationAccuracy")).isEqualTo(0.4);
    assertThat(row.get("loss")).as("of the newest batch, which is no number").isNull();
    assertThat(row("other-seed").get("group")).isEqualTo(row.get("group"));
    assertThat(row("other-seed").get("status")).isEqualTo("stopped");
    assertThat(text(row.get("id"))).matches("[0-9a-f]{12}");
  }

  @Test
  void runsOfOneExperimentAreOneGroupInWhateverOrderTheirKeysAre() throws IOException {
    Run other = Run.create(folder.resolve("other-order"), made(3));
    String text = Files.readString(other.experiment());
    int line = text.indexOf('\n') + 1; // the first key becomes the last
    Files.writeString(other.experiment(), text.substring(line) + text.substring(0, line));
    assertThat(row("other-order").get("group")).isEqualTo(row("other-seed").get("group"));
    Files.delete(other.experiment());
  }

  @Test
  void tellsAllAboutARun() throws IOException {
    Map<String, Object> details = json(get("/api/run?run=" + id, known()));
    assertThat(details.get("warnings")).isEqualTo(List.of(HOSTILE));
    assertThat(details.get("parameters")).isEqualTo(List.of("1.weight"));
    assertThat(text(details.get("settings"))).contains("optimizer.sgd.lr=0.1");
    assertThat(text(details.get("metrics")))
        .contains("batch/loss", "train/loss", "validation/accuracy");
    Map<String, Object> histograms =
        json(get("/api/histograms?parameter=1.weight&run=" + id, known()));
    assertThat(text(histograms.get("steps"))).contains("counts=[1, 2, 3]");
  }

  private static Map<?, ?> series(String query) throws IOException {
    Map<String, Object> answer = json(get("/api/series?run=" + id + "&" + query, known()));
    return (Map<?, ?>) ((List<?>) answer.get("series")).getFirst();
  }

  @Test
  void drawsEachMetricOverEachAxis() throws IOException {
    Map<?, ?> losses = series("metric=batch/loss");
    assertThat(losses.get("xs")).isEqualTo(List.of(10.0, 20.0, 30.0, 40.0));
    List<Object> ys = new ArrayList<>(List.of(2.5, 2.25));
    ys.add(null); // NaN came first
    ys.add(1.75);
    assertThat(losses.get("ys")).isEqualTo(ys);
    assertThat(series("metric=validation/loss&x=epoch").get("xs")).isEqualTo(List.of(1.0));
    assertThat(series("metric=batch/loss&from=15&to=30").get("xs")).isEqualTo(List.of(20.0, 30.0));
    assertThat(series("metric=batch/nothing").get("total")).isEqualTo(0);
    double seconds =
        (Double) ((List<?>) series("metric=train/loss&x=seconds").get("xs")).getFirst();
    assertThat(seconds).isCloseTo(0, within(10.0));
    String csv = get("/api/series.csv?metric=train/loss&run=" + id, known());
    assertThat(csv).containsIgnoringCase("Content-Disposition: attachment");
    assertThat(body(csv)).contains("\"a <b> & c\",1,100,1.0,").endsWith(",2.0\n");
  }

  @Test
  void drawsALogThatGrowsAndOneThatWasResumed() throws IOException {
    Run growing = Run.create(folder.resolve("growing"), made(3));
    id = text(row(growing.folder().getFileName().toString()).get("id"));
    try (EventLog log = EventLog.open(growing.events(), -1, message -> {})) {
      for (int step = 1; step <= 3; step++) {
        log.write(new Event.StepLogged(step, 0, step, 0.1, 1));
        assertThat(series("metric=batch/loss").get("total")).isEqualTo(step);
      }
    }
    try (EventLog log = EventLog.open(growing.events(), 1, message -> {})) {
      log.write(new Event.StepLogged(2, 0, 20, 0.1, 1));
      assertThat(series("metric=batch/loss").get("ys")).isEqualTo(List.of(1.0, 20.0));
    }
    id = text(row("a <b> & c").get("id"));
  }

  @Test
  void keepsTagsAsTextAndRefusesOthers() throws IOException {
    String path = "/api/tags?run=" + id;
    assertThat(json(request("PUT", path, own(), "{\"tags\":[\"" + HOSTILE + "\"]}")))
        .containsEntry("tags", List.of(HOSTILE));
    assertThat(run.tags()).containsExactly(HOSTILE);
    for (String tags :
        List.of("\"x\"", "[\"\"]", "[1]", "[\"" + "x".repeat(41) + "\"]", "[\"a\\nb\"]")) {
      assertThat(status(request("PUT", path, own(), "{\"tags\":" + tags + "}"))).isEqualTo(400);
    }
    assertThat(run.tags()).containsExactly(HOSTILE);
  }

  @Test
  void startsTrainingsOfKnownNetsOnKnownDataAlone() throws IOException {
    int before = STARTED.size();
    for (String wish :
        List.of(
            "{}",
            "{\"net\":\"/tmp/Evil.java\"}",
            "{\"net\":\"tiny\",\"data\":\"/etc\"}",
            "{\"net\":\"tiny\",\"epochs\":0}",
            "{\"net\":\"tiny\",\"epochs\":\"1 --out /etc\"}",
            "{\"net\":\"tiny\",\"batch\":1.5}",
            "{\"net\":[\"tiny\"]}")) {
      assertThat(status(request("POST", "/api/train", own(), wish))).as(wish).isEqualTo(400);
    }
    assertThat(STARTED).hasSize(before);
    String wish = "{\"net\":\"tiny\",\"data\":\"mnist\",\"epochs\":2,\"seed\":-7}";
    Object started = json(request("POST", "/api/train", own(), wish)).get("id");
    Object again = json(request("POST", "/api/train", own(), wish)).get("id");
    assertThat(again).isNotEqualTo(started);
    assertThat(STARTED.get(before).subList(0, 8))
        .containsExactly("train", "tiny", "--data", "mnist", "--epochs", "2", "--seed", "-7");
    assertThat(text(json(get("/api/jobs", known())))).contains("crema train tiny", text(started));
    // the made runs do not train, and one of them can go on
    assertThat(status(request("POST", "/api/stop?run=" + id, own(), ""))).isEqualTo(409);
    json(request("POST", "/api/resume?run=" + id, own(), ""));
    assertThat(STARTED.getLast()).containsExactly("resume", run.folder().toString());
  }

  @Test
  void tellsWhatHasChanged() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", studio.port())) {
      socket.setSoTimeout(20_000);
      String ask = "GET /api/events HTTP/1.1\r\nHost: " + host + "\r\n" + known() + "\r\n";
      socket.getOutputStream().write(ask.getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      StringBuilder told = new StringBuilder();
      while (told.indexOf(": hello") < 0) {
        told.append((char) in.read());
      }
      run.writeTags(List.of("told"));
      while (told.indexOf("}") < 0) {
        int next = in.read();
        assertThat(next).as(told.toString()).isNotNegative();
        told.append((char) next);
      }
      assertThat(told.toString()).contains("event: runs", id);
    }
  }

  @Test
  void aDamagedRunIsShownAsSuchAndTheOthersStay() throws IOException {
    Run damaged = Run.create(folder.resolve("damaged"), made(4));
    Files.writeString(damaged.events(), "{\"event\":\"started\"}\n");
    Map<?, ?> row = row("damaged");
    assertThat(row.get("status")).isEqualTo("damaged");
    assertThat(text(row.get("problem"))).contains("events.jsonl: line 1 is damaged");
    assertThat(row("other-seed").get("status")).isEqualTo("stopped");
    String answer = get("/api/run?run=" + row.get("id"), known());
    assertThat(status(answer)).isEqualTo(409);
    assertThat(body(answer)).contains("line 1 is damaged");
  }

  @Test
  void showsManyRuns() throws IOException {
    for (int i = 0; i < 50; i++) {
      Run many = Run.create(folder.resolve("many").resolve("run-" + i), made(100 + i));
      try (EventLog log = EventLog.open(many.events(), -1, message -> {})) {
        IntStream.rangeClosed(1, 200)
            .forEach(step -> log.write(new Event.StepLogged(step, 0, 1.0 / step, 0.1, 1)));
      }
    }
    assertThat(row("run-49").get("step")).isEqualTo(200);
    assertThat(row("run-0").get("step")).isEqualTo(200);
  }
}
