package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Comparing networks, as a process. */
class CompareProcessTest {
  private static final String[] COMMAND = {
    "compare", "softmax", "mlp", "--data", "sample", "--seeds", "2", "--epochs", "100", "--out", "c"
  };

  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  private long finished() throws IOException {
    if (!Files.exists(folder.resolve("c"))) {
      return 0;
    }
    try (Stream<Path> runs = Files.list(folder.resolve("c"))) {
      return runs.filter(run -> Files.exists(run.resolve("results.json"))).count();
    }
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC}) // signals
  void isInterruptedAndGoesOn() throws Exception {
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    Process process = new CremaProcess(folder).start(out, err, COMMAND);
    CremaProcess.interruptOnce(process, () -> finished() > 0);
    assertThat(process.exitValue()).as(Files.readString(err)).isEqualTo(ExitCodes.INTERRUPTED);
    long done = finished();
    assertThat(done).isBetween(1L, 3L);
    assertThat(out)
        .hasContent(
            "interrupted, and saved, with %d of 4 runs done; go on with: crema %s"
                .formatted(done, String.join(" ", COMMAND)));

    Result rest =
        crema(Stream.concat(Stream.of(COMMAND), Stream.of("--json")).toArray(String[]::new));
    assertThat(rest.exit()).as(rest.err()).isZero();
    assertThat(rest.err())
        .contains(
            "warning: with 2 seeds no difference between 2 networks can be significant; it takes --seeds 6",
            done + " of 4 runs are there already");
    Map<String, Object> report = JSON.std.mapFrom(rest.out());
    assertThat((List<?>) report.get("nets")).hasSize(2);
    assertThat((List<?>) report.get("differences")).hasSize(1);
    assertThat(finished()).isEqualTo(4);
  }

  @Test
  void saysWhatCannotBeCompared() throws Exception {
    Result both = crema("compare", "softmax", "mlp", "--epochs", "1", "--seconds", "1");
    assertThat(both.exit()).isEqualTo(ExitCodes.USAGE);
    Result budget = crema("compare", "softmax", "mlp", "--seconds", "0");
    assertThat(budget.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(budget.err())
        .contains("--seconds: expected a number above 0, got 0.0", "How to use it");
    Files.writeString(
        folder.resolve("mine.yaml"), "data: sample\nnet: [flatten, dense: 10]\nepochs: 1\n");
    Result data = crema("compare", "mine.yaml", "mlp");
    assertThat(data.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(data.err())
        .contains("but mlp from fashion-mnist; say with --data what all learn from");
  }
}
