package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Studies, as a process. */
class StudyProcessTest {
  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  @Test
  void studiesDepthAndThenWidthWithTheSameRuns() throws Exception {
    String[] depth = {
      "study",
      "depth",
      "--data",
      "sample",
      "--depths",
      "1,2",
      "--widths",
      "4",
      "--rates",
      "0.003",
      "--epochs",
      "2",
      "--charts",
      "svg",
      "--json"
    };
    Result first = crema(depth);
    assertThat(first.exit()).as(first.err()).isZero();
    assertThat(first.err())
        .contains(
            "study of depth: 3 cells, 3 trainings to do; about ", "give or take a factor of three");
    Map<String, Object> found = JSON.std.mapFrom(first.out());
    assertThat(found).containsEntry("study", "depth").containsKeys("words", "slices");
    assertThat((List<?>) found.get("cells"))
        .as("two sizes, and one with as many multiply-adds as the larger")
        .hasSize(3)
        .first()
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("rate", 0.003)
        .containsKeys("train_error", "validation_error", "test_error", "verdict");
    assertThat(found.get("files"))
        .asInstanceOf(InstanceOfAssertFactories.list(String.class))
        .contains("runs/study/depth/study.csv", "runs/study/depth/matched.svg")
        .allMatch(file -> Files.exists(folder.resolve(file)));

    String[] width = depth.clone();
    width[1] = "width";
    width[width.length - 1] = "--threads=1";
    Result second = crema(width);
    assertThat(second.exit()).as(second.err()).isZero();
    assertThat(second.err()).as("all runs are there").isEmpty();
    assertThat(second.out())
        .contains("rates chosen by validation", "over all (depth x width): ", "written: ");
  }

  @Test
  void studiesBatchSize() throws Exception {
    Result result =
        crema(
            "study",
            "batch-size",
            "softmax",
            "--data",
            "sample",
            "--batches",
            "10,30",
            "--rates",
            "0.05,0.1",
            "--epochs",
            "2",
            "--target",
            "0.2");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("equal epochs", "equal steps", "equal seconds", "steps to target")
        .contains("to 20 % of the validation images right: ");
    assertThat(folder.resolve("runs/study/batch-size/errors.png")).exists();
  }

  @Test
  void saysWhatCannotBeStudied() throws Exception {
    Result nothing = crema("study");
    assertThat(nothing.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(nothing.err()).contains("expected what to study");
    Result rates = crema("study", "depth", "--data", "sample", "--rates", "0.1,0");
    assertThat(rates.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(rates.err()).contains("--rates: expected learning rates above 0, got 0.0");
    Result widths = crema("study", "width", "--data", "sample", "--widths", "0");
    assertThat(widths.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(widths.err()).contains("--widths: expected numbers from 1 on, got 0");
  }
}
