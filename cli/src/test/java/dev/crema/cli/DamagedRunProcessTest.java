package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs with files that are damaged or made to harm, as a process with little memory: each is named,
 * ends nothing else, and takes no longer than others.
 */
class DamagedRunProcessTest {
  private static final Pattern LINK = Pattern.compile("http://\\S+\\?token=\\S+");
  private static final String SECRET = "the secret of another file";

  @TempDir static Path folder;

  @BeforeAll
  static void train() throws Exception {
    CremaProcess.putSample(folder);
    Result result =
        new CremaProcess(folder)
            .run("train", "softmax", "--data", "sample", "--epochs", "2", "--out", "good");
    assertThat(result.exit()).as(result.err()).isZero();
    Files.writeString(folder.resolve("secret.txt"), SECRET);
  }

  private static CremaProcess small() {
    return new CremaProcess(folder).jvm("-Xmx64m").within(60);
  }

  /** A copy of the good run. */
  private static Path copy(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (var files = Files.walk(folder.resolve("good"))) {
      for (Path file : files.toList()) {
        Path to = copy.resolve(folder.resolve("good").relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
    return copy;
  }

  /** Makes a file a gibibyte long: zeros, and no newline. */
  private static void enlarge(Path file) throws IOException {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }
  }

  @Test
  void aLogWithoutNewlinesIsLeftOutOfAReport() throws Exception {
    enlarge(copy("long-log").resolve("events.jsonl"));
    Result result = small().run("report", "long-log", "-o", "long-log.html");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err()).contains("events.jsonl: line ", "expected at most 4194304 bytes");
    Result both = small().run("report", "good", "long-log", "-o", "both.html");
    assertThat(both.exit()).as(both.err()).isZero();
    assertThat(Files.readString(folder.resolve("both.html"))).contains("2 runs compared");
  }

  @Test
  void aLogWithoutNewlinesIsCutOffWhenTheRunGoesOn() throws Exception {
    Path run = copy("resumed");
    Files.delete(run.resolve("results.json"));
    Path log = run.resolve("events.jsonl");
    Files.write(log, Files.readAllLines(log).subList(0, 1)); // damaged before its checkpoint
    enlarge(log);
    Result result = small().run("resume", "resumed");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err()).contains("events.jsonl: line ", "the log goes on from before it");
    assertThat(Files.size(log)).isLessThan(1 << 20);
    assertThat(run.resolve("results.json")).exists();
  }

  @Test
  void hugeFilesAreNamed() throws Exception {
    for (String name : List.of("results.json", "experiment.yaml", "data.json")) {
      Path run = copy("huge-" + name);
      Files.delete(run.resolve("results.json")); // it has not come to its end
      enlarge(run.resolve(name));
      Result result = small().run("resume", "huge-" + name);
      assertThat(result.exit()).as(result.err()).isIn(ExitCodes.INPUT, ExitCodes.STORAGE);
      assertThat(result.err()).contains(name).contains("expected at most 1048576 bytes");
    }
    Path run = copy("huge-weights");
    for (String name : List.of("checkpoints/final.safetensors", "predictions.safetensors")) {
      Path file = run.resolve(name);
      byte[] header =
          "{\"a\":{\"dtype\":\"U8\",\"shape\":[500000000],\"data_offsets\":[0,500000000]}}"
              .getBytes();
      try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
        sparse.setLength(0);
        sparse.write(new byte[] {(byte) header.length, 0, 0, 0, 0, 0, 0, 0});
        sparse.write(header);
        sparse.setLength(8 + header.length + 500_000_000);
      }
    }
    Result report = small().run("report", "huge-weights", "-o", "huge-weights.html");
    assertThat(report.exit()).as(report.err()).isZero();
    assertThat(report.err())
        .contains("predictions.safetensors: its numbers do not fit into the memory");
    Result eval = small().run("eval", "huge-weights");
    assertThat(eval.exit()).as("by the checkpoint: " + eval.err()).isZero();
    assertThat(eval.err())
        .contains("final.safetensors: its numbers do not fit into the memory", "taking the newest");
  }

  @Test
  void linksAndPipesAreNamedAndLeadNowhere() throws Exception {
    for (String kind : List.of("link", "pipe")) {
      for (String name : List.of("experiment.yaml", "events.jsonl", "results.json")) {
        Path run = copy(kind + "-" + name);
        Files.delete(run.resolve("results.json"));
        Files.deleteIfExists(run.resolve(name));
        if (kind.equals("link")) {
          Files.createSymbolicLink(run.resolve(name), folder.resolve("secret.txt"));
        } else {
          new ProcessBuilder("mkfifo", run.resolve(name).toString()).start().waitFor();
        }
        String said = "it is a " + (kind.equals("link") ? "symbolic link" : "pipe");
        for (String command : List.of("report", "resume")) {
          Result result = small().run(command, run.getFileName().toString());
          assertThat(result.out() + result.err()).as(command).doesNotContain(SECRET);
          boolean needsIt = command.equals("resume") || name.equals("experiment.yaml");
          if (needsIt) {
            assertThat(result.exit()).as(result.err()).isIn(ExitCodes.INPUT, ExitCodes.STORAGE);
          } else {
            assertThat(result.exit()).as(command + " " + run + result.err()).isZero();
          }
          assertThat(result.err()).as(command + " " + run).contains(name + ": cannot be", said);
        }
      }
    }
    assertThat(folder.resolve("secret.txt")).hasContent(SECRET);
  }

  @Test
  void theStudioShowsEachRunAndSaysWhatIsWrongWithSome() throws Exception {
    Files.createDirectories(folder.resolve("runs"));
    copy("runs/good");
    enlarge(copy("runs/long-log").resolve("events.jsonl"));
    enlarge(copy("runs/huge-results").resolve("results.json"));
    Path linked = copy("runs/linked").resolve("experiment.yaml");
    Files.delete(linked);
    Files.createSymbolicLink(linked, folder.resolve("secret.txt"));
    Files.createSymbolicLink(folder.resolve("runs/out"), folder);
    Files.createSymbolicLink(folder.resolve("runs/circle"), folder.resolve("runs"));
    Path out = folder.resolve("studio.out");
    Path err = folder.resolve("studio.err");
    Process studio = small().start(out, err, "studio", "runs", "--port", "0");
    try {
      String link = link(studio, out, err);
      String cookie =
          connection(URI.create(link)).getHeaderField("Set-Cookie").replaceAll(";.*", "");
      for (int again = 0; again < 3; again++) {
        HttpURLConnection list = connection(URI.create(link).resolve("/api/runs"));
        list.setRequestProperty("Cookie", cookie);
        String answer = new String(list.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(answer).doesNotContain(SECRET);
        assertThat(statuses(answer))
            .isEqualTo(
                Map.of(
                    "good", "finished",
                    "long-log", "damaged",
                    "huge-results", "damaged",
                    "linked", "damaged"));
      }
    } finally {
      studio.destroyForcibly().waitFor();
    }
  }

  private static HttpURLConnection connection(URI address) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setReadTimeout(20_000);
    return connection;
  }

  private static Map<String, String> statuses(String answer) throws IOException {
    List<?> runs = (List<?>) JSON.std.mapFrom(answer).getOrDefault("runs", List.of());
    return runs.stream()
        .map(run -> (Map<?, ?>) run)
        .collect(
            Collectors.toMap(
                run -> String.valueOf(run.get("name")), run -> String.valueOf(run.get("status"))));
  }

  private static String link(Process studio, Path out, Path err)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < end && studio.isAlive()) {
      Matcher link = LINK.matcher(Files.readString(out));
      if (link.find()) {
        return link.group();
      }
      Thread.sleep(50);
    }
    throw new AssertionError("crema studio printed no link: " + Files.readString(err));
  }
}
