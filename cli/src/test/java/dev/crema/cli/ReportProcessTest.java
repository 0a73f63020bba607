package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reports, as a process. */
class ReportProcessTest {
  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  @Test
  void writesOneFileAboutSeveralRuns() throws Exception {
    for (String net : List.of("softmax", "lenet")) {
      Result train = crema("train", net, "--data", "sample", "--epochs", "1", "--out", net);
      assertThat(train.exit()).as(train.err()).isZero();
    }
    Result result =
        crema("report", "softmax", "lenet", "softmax", "-o", "r.html", "--pictures", "p", "--json");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
    Map<String, Object> object = JSON.std.mapFrom(result.out());
    assertThat(object).containsEntry("file", "r.html").containsEntry("missing", List.of());
    assertThat((List<?>) object.get("runs")).as("one of them was named twice").hasSize(2);
    String html = Files.readString(folder.resolve("r.html"));
    assertThat(html).startsWith("<!DOCTYPE html>").contains("2 runs compared", "lenet");
    assertThat(object).containsEntry("bytes", (int) Files.size(folder.resolve("r.html")));
    assertThat((List<?>) object.get("pictures"))
        .allSatisfy(picture -> assertThat(folder.resolve((String) picture)).exists());

    // a full or forbidden disk harms neither the run nor the report that was there
    Result refused = crema("report", "lenet", "-o", "nowhere/r.html");
    assertThat(refused.exit()).isEqualTo(ExitCodes.STORAGE);
    assertThat(refused.err()).startsWith("crema: nowhere/r.html: cannot be written");

    // without its data a run still has a report
    Files.move(folder.resolve("sample"), folder.resolve("moved"));
    Result less = crema("report", "lenet");
    assertThat(less.exit()).as(less.err()).isZero();
    assertThat(less.out()).isEqualTo("report.html" + System.lineSeparator());
    assertThat(less.err()).contains("Data: Samples of the data are left out: ");
  }

  @Test
  void saysWhatIsNoRun() throws Exception {
    Result none = crema("report");
    assertThat(none.exit()).isEqualTo(ExitCodes.USAGE);
    Result sample = crema("report", "sample");
    assertThat(sample.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(sample.err())
        .contains("expected the directory of a run, but it has no experiment.yaml");
  }
}
