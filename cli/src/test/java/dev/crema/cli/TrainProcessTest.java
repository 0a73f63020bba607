package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training, evaluating, predicting and resuming, as a process. */
class TrainProcessTest {
  private static final Path SAMPLE = Path.of("../data/src/test/resources/fashion-sample");

  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    Path sample = Files.createDirectory(folder.resolve("sample"));
    try (var files = Files.newDirectoryStream(SAMPLE, "*.gz")) {
      for (Path file : files) {
        Files.copy(file, sample.resolve(file.getFileName()));
      }
    }
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).within(120).run(arguments);
  }

  @Test
  void trainsEvaluatesAndPredicts() throws Exception {
    Result train =
        crema("train", "mlp", "--data", "sample", "--epochs", "3", "--out", "run", "--json");
    assertThat(train.exit()).as(train.err()).isZero();
    Map<String, Object> result = JSON.std.mapFrom(train.out());
    assertThat(result)
        .containsKeys("train_accuracy", "test_accuracy", "test_loss", "images_per_second")
        .containsEntry("net", "mlp")
        .containsEntry("epochs", 3)
        .containsEntry("parameters", 203530);
    assertThat(train.err()).contains("epoch 3/3");

    Result eval = crema("eval", "run", "--json");
    assertThat(eval.exit()).as(eval.err()).isZero();
    assertThat(JSON.std.mapFrom(eval.out()))
        .containsEntry("test_accuracy", result.get("test_accuracy"))
        .containsEntry("test_loss", result.get("test_loss"));

    crema("data", "show", "sample", "--count", "1", "--columns", "1", "-o", "one.png");
    Result predict = crema("predict", "run", "one.png");
    assertThat(predict.exit()).as(predict.err()).isZero();
    assertThat(predict.out()).startsWith("one.png:").contains("%");
    Result noImage = crema("predict", "run", "run/experiment.yaml");
    assertThat(noImage.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(noImage.err()).contains("experiment.yaml");

    Result again = crema("train", "mlp", "--data", "sample", "--out", "run");
    assertThat(again.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(again.err()).contains("crema resume");
  }

  @Test
  void goesOnAfterAKillToTheSameWeights() throws Exception {
    String[] whole = {"train", "softmax", "--data", "sample", "--epochs", "400", "--out", "whole"};
    assertThat(crema(whole).exit()).isZero();
    Process process =
        new CremaProcess(folder)
            .start(
                folder.resolve("out"),
                folder.resolve("err"),
                "train",
                "softmax",
                "--data",
                "sample",
                "--epochs",
                "400",
                "--out",
                "killed");
    Path checkpoints = folder.resolve("killed/checkpoints");
    while (process.isAlive() && !Files.exists(checkpoints)) {
      Thread.sleep(5);
    }
    Thread.sleep(300);
    process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
    Result resume = crema("resume", "killed");
    assertThat(resume.exit()).as(resume.err()).isZero();
    assertThat(folder.resolve("killed/checkpoints/final.safetensors")).exists();
    Result first = crema("eval", "whole", "--json");
    Result second = crema("eval", "killed", "--json");
    assertThat(JSON.std.mapFrom(second.out()).get("test_loss"))
        .isEqualTo(JSON.std.mapFrom(first.out()).get("test_loss"));
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

    Result summary = crema("summary", "lenet", "--json");
    assertThat(JSON.std.mapFrom(summary.out())).containsEntry("parameters", 61706);
  }
}
