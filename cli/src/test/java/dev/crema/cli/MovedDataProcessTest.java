package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run can do once the data that it learned from is elsewhere, as a process. */
class MovedDataProcessTest {
  private static final List<String> CLASSES =
      List.of("top", "trousers", "jumper", "dress", "coat", "sandal", "shirt", "shoe", "bag", "é");
  private static final String PICTURE =
      Path.of("src/test/resources/pictures/grey.png").toAbsolutePath().toString();

  @TempDir private static Path folder;

  private static Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  @BeforeAll
  static void train() throws Exception {
    CremaProcess.putSample(folder);
    Files.write(folder.resolve("sample/classes.txt"), CLASSES);
    Result train =
        crema("train softmax --data sample --resize 30x32 --epochs 20 --out trained".split(" "));
    assertThat(train.exit()).as(train.err()).isZero();
  }

  /** A copy of the run for each test, whose data is where it was. */
  @BeforeEach
  void copy() throws IOException {
    Files.createDirectories(folder.resolve("run/checkpoints"));
    for (String parent : List.of(".", "checkpoints")) {
      try (var files = Files.newDirectoryStream(folder.resolve("trained").resolve(parent))) {
        for (Path file : files) {
          if (Files.isRegularFile(file)) {
            Files.copy(
                file,
                folder.resolve("run").resolve(parent).resolve(file.getFileName()),
                StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
    }
  }

  @AfterEach
  void bringBack() throws IOException {
    if (Files.exists(folder.resolve("moved"))) {
      Files.move(folder.resolve("moved"), folder.resolve("sample"));
    }
    Files.write(folder.resolve("sample/classes.txt"), CLASSES);
  }

  private static void move() throws IOException {
    Files.move(folder.resolve("sample"), folder.resolve("moved"));
  }

  private static Map<String, Object> object(String... arguments) throws Exception {
    Result result = crema(arguments);
    assertThat(result.exit()).as(result.err()).isZero();
    return JSON.std.mapFrom(result.out());
  }

  /** As one that an older version made, which did not keep what its network takes and gives. */
  private static void age() throws IOException {
    Path note = folder.resolve("run/data.json");
    Map<String, Object> old = JSON.std.mapFrom(Files.readString(note));
    assertThat(old.remove("signature")).isNotNull();
    Files.writeString(note, JSON.std.asString(old));
  }

  @Test
  void aRunNotesWhatItsNetworkTakesAndGives() throws Exception {
    Map<String, Object> note = JSON.std.mapFrom(Files.readString(folder.resolve("run/data.json")));
    assertThat(note)
        .containsEntry(
            "signature",
            Map.of("images", List.of(1, 28, 28), "input", List.of(1, 30, 32), "classes", CLASSES));
  }

  @Test
  void predictsAndReportsWithoutItsData() throws Exception {
    Map<String, Object> before = object("predict", "run", PICTURE, "--json");
    move();
    Map<String, Object> after = object("predict", "run", PICTURE, "--json");
    assertThat(after).isEqualTo(before);
    assertThat(after.get("classes")).asString().contains("class=trousers");
    assertThat(object("report", "run", "--json").get("missing")).asString().contains("Samples");
    assertThat(Files.readString(folder.resolve("report.html"))).contains("jumper");
  }

  @Test
  void evaluatesOnlyWithDataAndSaysHow() throws Exception {
    Object accuracy = object("eval", "run", "--json").get("test_accuracy");
    move();
    Result eval = crema("eval", "run");
    assertThat(eval.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(eval.err())
        .startsWith("crema: run: expected its data in " + folder.resolve("sample"))
        .contains("or test on other data: --data FOLDER");
    assertThat(object("eval", "run", "--data", "moved", "--json"))
        .containsEntry("test_accuracy", accuracy);
    Files.delete(folder.resolve("run/results.json"));
    Result resume = crema("resume", "run");
    assertThat(resume.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(resume.err()).startsWith("crema: run: expected its data in ");

    Files.delete(folder.resolve("moved/classes.txt")); // they are numbers then
    Result renamed = crema("eval", "run", "--data", "moved");
    assertThat(renamed.exit()).as(renamed.err()).isZero();
    assertThat(renamed.err())
        .contains("warning: " + folder.resolve("moved") + ": its classes are called [0, 1, 2,")
        .contains("the network learned [top, trousers,");
    Files.write(folder.resolve("moved/classes.txt"), List.of("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10"));
    Result more = crema("eval", "run", "--data", "moved");
    assertThat(more.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(more.err())
        .contains("expected images of 1 channels in at most 10 classes")
        .contains("in 11");
  }

  @Test
  void anOldRunReadsItFromItsData() throws Exception {
    Map<String, Object> before = object("predict", "run", PICTURE, "--json");
    age();
    assertThat(object("predict", "run", PICTURE, "--json")).isEqualTo(before);
    move();
    Result predict = crema("predict", "run", PICTURE);
    assertThat(predict.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(predict.out()).isEmpty();
    assertThat(predict.err())
        .startsWith("crema: run: an older version of Crema trained this run and did not keep")
        .contains("image size and class names")
        .contains(folder.resolve("sample").toString())
        .contains("bring that data back");

    // one that goes on keeps it from then on
    Files.move(folder.resolve("moved"), folder.resolve("sample"));
    Files.delete(folder.resolve("run/results.json"));
    assertThat(crema("resume", "run").exit()).isZero();
    move();
    assertThat(object("predict", "run", PICTURE, "--json")).isEqualTo(before);
  }

  @Test
  void aRunThatHasNotBegunIsNotTakenForAnOldOne() throws Exception {
    Path begun = Files.createDirectory(folder.resolve("begun"));
    Files.copy(folder.resolve("run/experiment.yaml"), begun.resolve("experiment.yaml"));
    move();
    Result predict = crema("predict", "begun", PICTURE);
    assertThat(predict.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(predict.err()).contains("begun: expected weights, but its training has saved none");
  }

  @Test
  void aDamagedNoteIsNamed() throws Exception {
    Path note = folder.resolve("run/data.json");
    Files.writeString(note, Files.readString(note).replace("[ 1, 30, 32 ]", "[ 1, 30, 0 ]"));
    Result predict = crema("predict", "run", PICTURE);
    assertThat(predict.exit()).isEqualTo(ExitCodes.STORAGE);
    assertThat(predict.err())
        .startsWith("crema: " + Path.of("run", "data.json") + ": ")
        .contains("sizes must be positive")
        .contains("the file is damaged: delete it to go on");
  }
}
