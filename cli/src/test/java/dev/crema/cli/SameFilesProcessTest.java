package dev.crema.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several processes that do the same write the same files, byte for byte, wherever they run. Each
 * JVM draws an order of its own for {@code Map.of} and {@code Set.of}.
 */
class SameFilesProcessTest {
  /** One with digits of its own, one with an i without a dot; other charsets and time zones. */
  private static final List<List<String>> PLACES =
      List.of(
          List.of("-Duser.language=en", "-Duser.country=US", "-Duser.timezone=UTC"),
          List.of(
              "-Duser.language=fa",
              "-Duser.country=IR",
              "-Duser.timezone=Asia/Kathmandu",
              "-Dfile.encoding=ISO-8859-1"),
          List.of(
              "-Duser.language=tr",
              "-Duser.country=TR",
              "-Duser.timezone=America/St_Johns",
              "-Dfile.encoding=COMPAT"));

  /** Of one epoch with four steps: how often a longer training logs depends on its speed. */
  private static final String EXPERIMENT =
      """
      data:
        name: sample
        batch: 50
        validation: 0.2
        augment: {shift: 1, flip: 0.5, erase: {probability: 0.25, size: 8}}
      net:
      - conv2d: {filters: 4, kernel: 3, init: {normal: {mean: 0, std: 0.1}}}
      - batchnorm
      - relu
      - {maxpool2d: 2}
      - flatten
      - {dense: 10}
      optimizer: {adam: {lr: 0.002}}
      schedule: {warmup: {length: 1, then: {cosine: {min: 0.0001}}}}
      loss: {cross_entropy: {smoothing: 0.1}}
      early_stopping: {patience: 3}
      keep_best: accuracy
      epochs: 1
      """;

  private final double begun = now();
  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
    Files.writeString(folder.resolve("exp.yaml"), EXPERIMENT);
    Files.writeString(
        folder.resolve("a.yaml"),
        "{data: {name: sample, augment: {erase: {probability: 0.25, size: 8}}}, net: softmax, epochs: 1}");
    Files.writeString(folder.resolve("b.yaml"), "{data: sample, net: softmax, epochs: 1}");
  }

  @Test
  void trainAndReportWriteTheSameBytesEverywhere() throws Exception {
    SortedMap<String, String> first = written(PLACES.getFirst());
    assertThat(first)
        .containsKeys(
            "run/predictions.safetensors",
            "run/data.json",
            "run/events.jsonl",
            "run/experiment.yaml",
            "run/tensorboard/events.out.tfevents",
            "report.html");
    for (List<String> place : PLACES.subList(1, PLACES.size())) {
      SortedMap<String, String> other = written(place);
      assertThat(other.keySet()).as("%s", place).isEqualTo(first.keySet());
      other.forEach((name, text) ->
          assertThat(text).as("%s with %s", name, place).isEqualTo(first.get(name)));
    }
  }

  @Test
  void compareTrainsNothingAgain() throws Exception {
    String[] command = {"compare", "a.yaml", "b.yaml", "--seeds", "2", "--out", "c", "--json"};
    String report = run(PLACES.getFirst(), command).out();
    assertThat(names(folder.resolve("c"))).hasSize(4);
    for (List<String> place : PLACES.reversed()) {
      assertThat(run(place, command).out()).as("%s", place).isEqualTo(report);
      assertThat(names(folder.resolve("c"))).as("%s", place).hasSize(4);
    }
  }

  @Test
  void compareFindsRunsWhoseKeysAreInAnotherOrder() throws Exception {
    String[] command = {"compare", "a.yaml", "b.yaml", "--seeds", "1", "--out", "c"};
    run(PLACES.getFirst(), command);
    for (String name : names(folder.resolve("c"))) {
      Path file = folder.resolve("c").resolve(name).resolve("experiment.yaml");
      String text = Files.readString(file);
      int line = text.indexOf('\n') + 1; // the first key becomes the last
      Files.writeString(file, text.substring(line) + text.substring(0, line));
    }
    Result again = run(PLACES.getFirst(), command);
    assertThat(again.err()).contains("2 of 2 runs are there already");
    assertThat(names(folder.resolve("c"))).hasSize(2);
  }

  @Test
  void equalSecondsAreNotTimedAgain() throws Exception {
    String[] command = {
      "compare", "a.yaml", "b.yaml", "--seeds", "1", "--seconds", "0.01", "--out", "c"
    };
    run(PLACES.getFirst(), command);
    String speeds = Files.readString(folder.resolve("c/speeds.json"));
    run(PLACES.get(1), command);
    assertThat(folder.resolve("c/speeds.json")).hasContent(speeds);
    assertThat(names(folder.resolve("c"))).hasSize(3);
  }

  @Test
  void aRunIsResumedInAnotherPlace() throws Exception {
    run(PLACES.getFirst(), "train", "exp.yaml", "--out", "out");
    Files.delete(folder.resolve("out/results.json"));
    assertThat(run(PLACES.get(1), "resume", "out").out()).startsWith("test accuracy 0.");
  }

  @Test
  void saysTheSameEverywhere() throws Exception {
    Files.writeString(folder.resolve("Broken.java"), "class Broken { int a = 1 }");
    Result refused =
        new CremaProcess(folder)
            .jvm("-Duser.language=ja")
            .jvm("-Duser.country=JP")
            .run("train", "Broken.java");
    assertThat(refused.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(refused.err()).contains("';' expected");
  }

  private Result run(List<String> place, String... arguments) throws Exception {
    CremaProcess crema = new CremaProcess(folder);
    place.forEach(crema::jvm);
    Result result = crema.run(arguments);
    assertThat(result.exit()).as(result.err()).isZero();
    return result;
  }

  /** What the same commands in the same folder write and print, times aside. */
  private SortedMap<String, String> written(List<String> place) throws Exception {
    Path out = Files.createDirectory(folder.resolve("out"));
    SortedMap<String, String> texts = new TreeMap<>();
    for (String[] command :
        List.of(
            new String[] {"train", "exp.yaml", "--tensorboard", "--out", "out/run"},
            new String[] {"report", "out/run", "-o", "out/report.html"},
            new String[] {"summary", "exp.yaml"})) {
      texts.put("printed by " + command[0], withoutTimes(run(place, command).out()));
    }
    try (Stream<Path> all = Files.walk(out)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = out.relativize(file).toString();
        byte[] bytes = Files.readAllBytes(file);
        if (name.contains("tfevents")) {
          texts.put(name.replaceFirst("(tfevents).*", "$1"), records(bytes));
        } else if (name.endsWith(".safetensors")) {
          texts.put(name, tensors(bytes));
        } else {
          texts.put(name, withoutTimes(new String(bytes, ISO_8859_1)));
        }
      }
    }
    Files.move(out, folder.resolve("out" + System.nanoTime()));
    return texts;
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> path.getFileName().toString()).toList();
    }
  }

  private static String withoutTimes(String text) {
    return text.replaceAll(
            "(\"(?:time|started|\\w*seconds|images_per_second)\"\\s*:\\s*)(\"[^\"]*\"|[-+.\\dE]+)",
            "$1TIME")
        .replaceAll("[\\d,]+(?= images/s)|(?<=<dt>images/s</dt>\\n?<dd>)[\\d,]+", "TIME")
        .replaceAll("\\d[\\d.]* s\\b", "TIME")
        .replaceAll("\\d{4}-\\d\\d-\\d\\d[T ][\\d:.]+(?:Z| UTC)", "TIME");
  }

  /** Without the header's length, the checksum and the times, in which nothing else may differ. */
  private static String tensors(byte[] bytes) {
    return new String(bytes, 8, bytes.length - 8, ISO_8859_1)
        .replaceFirst("(\"crc32c\":\")\\p{XDigit}{8}", "$1")
        .replaceAll("(seconds\\\\\":\\\\\")[^\\\\]*", "$1TIME")
        .replaceFirst("\\}\\} *", "}}");
  }

  private static double now() {
    return System.currentTimeMillis() / 1e3;
  }

  /** The records of TensorBoard without any double that is a time of this test, nor speeds. */
  private String records(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (file.hasRemaining()) {
      ByteBuffer record =
          ByteBuffer.allocate(Math.toIntExact(file.getLong())).order(ByteOrder.LITTLE_ENDIAN);
      file.getInt(); // the length's checksum
      file.get(record.array());
      file.getInt(); // the record's
      for (int i = 0; i + Double.BYTES <= record.capacity(); i++) {
        if (record.getDouble(i) >= begun && record.getDouble(i) <= now()) {
          record.putDouble(i, 0);
        }
      }
      String content = new String(record.array(), ISO_8859_1);
      if (!content.contains("images_per_second")) {
        text.append(content).append('\n');
      }
    }
    return text.toString();
  }
}
