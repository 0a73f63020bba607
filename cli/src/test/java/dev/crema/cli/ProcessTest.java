package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data and doctor commands, as a process. */
class ProcessTest {
  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  private static List<Map<String, Object>> objects(String lines) {
    return lines
        .lines()
        .map(line -> {
          try {
            return JSON.std.mapFrom(line);
          } catch (IOException e) {
            throw new AssertionError("no JSON object: " + line, e);
          }
        })
        .toList();
  }

  @Test
  void listNamesEveryDataset() throws Exception {
    Result result = crema("data", "list");
    assertThat(result.exit()).isZero();
    assertThat(result.out().lines())
        .anyMatch(line -> line.startsWith("mnist"))
        .anyMatch(line -> line.startsWith("fashion-mnist"));
    assertThat(result.err()).isEmpty();
  }

  @Test
  void listAsJsonIsOneObjectPerDataset() throws Exception {
    Result result = crema("data", "list", "--json");
    assertThat(result.exit()).isZero();
    assertThat(objects(result.out()))
        .extracting("name")
        .contains("mnist", "fashion-mnist")
        .doesNotHaveDuplicates();
  }

  @Test
  void showDrawsTheGridAndPrintsItsPath() throws Exception {
    Result result = crema("data", "show", "sample", "-o", "grid.png", "--count", "20");
    assertThat(result.err()).isEmpty();
    assertThat(result.exit()).isZero();
    assertThat(result.out()).isEqualTo("grid.png" + System.lineSeparator());
    // width and height stand at the beginning of a PNG
    ByteBuffer png = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("grid.png")));
    assertThat(png.getInt(16)).isEqualTo(4 + 10 * (2 * 28 + 4));
    assertThat(png.getInt(20)).isEqualTo(4 + 2 * (2 * 28 + 4));
  }

  @Test
  void showAsJsonPrintsNothingElse() throws Exception {
    Result result = crema("data", "show", "sample", "--split", "test", "--count", "7", "--json");
    assertThat(result.exit()).isZero();
    assertThat(objects(result.out()))
        .singleElement()
        .satisfies(object -> {
          assertThat(object).containsEntry("split", "test").containsEntry("images", 7);
          assertThat(folder.resolve(String.valueOf(object.get("file")))).exists();
        });
  }

  @Test
  void unknownNamesAreWrongUseAndTheNearestIsNamed() throws Exception {
    for (String command : List.of("show", "fetch")) {
      Result result = crema("data", command, "fashion-mnits", "--json");
      assertThat(result.exit()).isEqualTo(2);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .startsWith("crema: fashion-mnits: expected ")
          .contains("did you mean fashion-mnist?");
    }
  }

  @Test
  void damagedDataIsBadInput() throws Exception {
    Path file = folder.resolve("sample/train-labels-idx1-ubyte.gz");
    Files.write(file, List.of("no gzip"));
    Result result = crema("data", "show", "sample");
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .startsWith("crema: ")
        .contains("train-labels-idx1-ubyte.gz")
        .doesNotContain("\tat ");
  }

  @Test
  void debuggingShowsTheStackTrace() throws Exception {
    Files.delete(folder.resolve("sample/train-labels-idx1-ubyte.gz"));
    Result result = new CremaProcess(folder).with("CREMA_DEBUG", "1").run("data", "show", "sample");
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.err()).startsWith("crema: ").contains("\tat dev.crema.data");
  }

  @Test
  void aPictureThatCannotBeWrittenIsTheDisksFault() throws Exception {
    Result result = crema("data", "show", "sample", "-o", "sample");
    assertThat(result.exit()).isEqualTo(5);
    assertThat(result.err()).startsWith("crema: sample: cannot be written");
  }

  @Test
  void wrongOptionsAreWrongUse() throws Exception {
    assertThat(crema("data", "show", "sample", "--columns", "0").exit()).isEqualTo(2);
    assertThat(crema("data", "show", "sample", "--split", "all").exit()).isEqualTo(2);
    assertThat(crema("data").exit()).isEqualTo(2);
    Result result = crema("dta");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("data");
  }

  @Test
  void fetchFromNowhereIsBadInput() throws Exception {
    Result result = crema("data", "fetch", "mnist", "--from", "nowhere");
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.err()).startsWith("crema: nowhere: ");
  }

  @Test
  void doctorDescribesTheMachine() throws Exception {
    Result result = crema("doctor", "--json");
    assertThat(objects(result.out()))
        .singleElement()
        .satisfies(object -> {
          assertThat(object)
              .containsEntry("java", Runtime.version().toString())
              .containsEntry("cache", folder.resolve("cache/datasets").toString())
              .containsKeys("vendor", "lanes", "cores", "memory_bytes", "datasets")
              .hasEntrySatisfying(
                  "gflops_one_thread", rate -> assertThat((Double) rate).isGreaterThan(1));
          assertThat((List<?>) object.get("problems")).hasSize(result.exit() == 0 ? 0 : 1);
        });
    assertThat(crema("doctor").out()).startsWith("java ");
  }

  /** Without C2 all networks train at a thousandth of their rate. */
  @Test
  void doctorAndTrainSeeAJvmThatDoesNotCompileVectors() throws Exception {
    Result doctor = new CremaProcess(folder).jvm("-XX:TieredStopAtLevel=1").run("doctor");
    assertThat(doctor.exit()).isEqualTo(1);
    assertThat(doctor.out()).contains("does not compile them to vector instructions");
    Result train =
        new CremaProcess(folder)
            .jvm("-XX:TieredStopAtLevel=1")
            .run("train", "softmax", "--data", "sample", "--epochs", "1", "--out", "run");
    assertThat(train.exit()).isZero();
    assertThat(train.err()).contains("warning: this JVM compiles nothing with its optimizing");
    assertThat(Files.readString(folder.resolve("run/events.jsonl")))
        .as("it is kept in the run")
        .contains("-XX:TieredStopAtLevel");
  }

  @Test
  void doctorSeesACacheThatCannotBe() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    Result result = new CremaProcess(folder).with("CREMA_CACHE", file.toString()).run("doctor");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.out()).contains("set CREMA_CACHE");
    Result fetch =
        new CremaProcess(folder)
            .with("CREMA_CACHE", file.toString())
            .run("data", "fetch", "mnist", "--from", "sample");
    assertThat(fetch.exit()).isEqualTo(5);
    assertThat(fetch.err()).startsWith("crema: " + file).contains("set CREMA_CACHE");
  }
}
