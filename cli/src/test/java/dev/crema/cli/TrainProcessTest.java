package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training, evaluating and predicting, as a process. */
class TrainProcessTest {
  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).within(120).run(arguments);
  }

  @Test
  void trainsEvaluatesAndPredicts() throws Exception {
    String options =
        "--data sample --epochs 30 --resize 32x30 --limit 190 --out run --tensorboard --tui --json";
    Result train = crema(("train softmax " + options).split(" "));
    assertThat(train.exit()).as(train.err()).isZero();
    Map<String, Object> result = JSON.std.mapFrom(train.out());
    assertThat(result)
        .containsKeys("train_accuracy", "test_accuracy", "test_loss", "images_per_second")
        .containsEntry("net", "softmax")
        .containsEntry("epochs", 30)
        .containsEntry("input", List.of(1, 32, 30))
        .containsEntry("limit", 190)
        .containsEntry("parameters", 9610); // 10 (32 30 + 1)
    assertThat(train.err())
        .contains(
            "--tui: standard error is no terminal that can be drawn on; showing lines instead")
        .contains("epoch 30/30");

    Result eval = crema("eval", "run", "--json");
    assertThat(eval.exit()).as(eval.err()).isZero();
    assertThat(JSON.std.mapFrom(eval.out()))
        .containsEntry("test_accuracy", result.get("test_accuracy"))
        .containsEntry("test_loss", result.get("test_loss"));

    try (var files = Files.list(folder.resolve("run/tensorboard"))) {
      assertThat(files)
          .singleElement()
          .satisfies(file ->
              assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                  .contains("brain.Event:2", "accuracy/test"));
    }
    seesTheSameInPicturesOfEveryKind();
    namesBadPicturesAndAnswersTheOthers();
    Result again = crema("train", "mlp", "--data", "sample", "--out", "run");
    assertThat(again.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(again.err()).contains("crema resume");
  }

  /** Trousers, class 1, in all the forms of {@code pictures/README.md}. */
  private void seesTheSameInPicturesOfEveryKind() throws Exception {
    Path pictures = Path.of("src/test/resources/pictures").toAbsolutePath();
    List<String> names = List.of("grey.png", "colour.png", "alpha.png", "colour.jpg", "grey.jpg");
    List<String> arguments = new ArrayList<>(List.of("predict", "run", "--top", "2", "--json"));
    names.forEach(name -> arguments.add(pictures.resolve(name).toString()));
    Result result = crema(arguments.toArray(String[]::new));
    assertThat(result.exit()).as(result.err()).isZero();
    List<String> lines = result.out().lines().toList();
    assertThat(lines).hasSize(names.size());
    for (int i = 0; i < names.size(); i++) {
      Path picture = pictures.resolve(names.get(i));
      assertThat(lines.get(i))
          .startsWith("{\"image\":\"" + picture + "\",\"classes\":[{\"class\":\"1\",");
      assertThat((List<?>) JSON.std.mapFrom(lines.get(i)).get("classes")).hasSize(2);
    }
  }

  /** One bad picture takes no answer from the others. */
  private void namesBadPicturesAndAnswersTheOthers() throws Exception {
    Path pictures = Files.createDirectory(folder.resolve("pictures"));
    Path good = Path.of("src/test/resources/pictures").toAbsolutePath();
    Files.copy(good.resolve("grey.png"), pictures.resolve("b.png"));
    Files.copy(good.resolve("colour.jpg"), pictures.resolve("C.JPG"));
    Files.writeString(pictures.resolve("a.png"), "no picture");
    Files.writeString(pictures.resolve("notes.txt"), "text");
    Result result = crema("predict", "run", "none.png", "pictures", "pictures/b.png");
    assertThat(result.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(result.out().lines().map(line -> line.substring(0, line.indexOf(':'))))
        .containsExactly("pictures/C.JPG", "pictures/b.png", "pictures/b.png");
    assertThat(result.err())
        .contains("none.png: there is no such file")
        .contains("pictures/a.png is no PNG or JPEG image")
        .contains("pictures: 1 other files skipped")
        .doesNotContain("Exception");
    Result json = crema("predict", "run", "pictures", "--json");
    assertThat(json.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(json.out().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("{\"image\":\"pictures/"));
  }

  @Test
  void namesWhatIsWrong() throws Exception {
    Result net = crema("train", "lenett");
    assertThat(net.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(net.err()).contains("did you mean lenet?");

    Files.writeString(folder.resolve("bad.yaml"), "data: sample\nnet: [conv3d: 4]\nephocs: 2\n");
    Result file = crema("train", "bad.yaml");
    assertThat(file.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(file.err()).contains("conv2d").contains("epochs").contains("bad.yaml:");

    Result threads =
        crema("train", "softmax", "--data", "sample", "--threads", "1000", "--out", "many");
    assertThat(threads.exit()).as(threads.err()).isZero();
    assertThat(threads.err()).containsPattern("--threads 1000: this machine has \\d+ processors");

    Result summary = crema("summary", "lenet", "--json");
    assertThat(JSON.std.mapFrom(summary.out())).containsEntry("parameters", 61706);
    Result small = crema("summary", "resnet20", "--size", "8", "--json");
    assertThat((List<?>) JSON.std.mapFrom(small.out()).get("layers"))
        .first(InstanceOfAssertFactories.MAP)
        .containsEntry("input", List.of(List.of(1, 8, 8)));
  }
}
