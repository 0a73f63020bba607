package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network in a Java file with a layer of its own, as a process: trained, and used afterwards. */
class JavaNetProcessTest {
  private static final String FILE = "SwishNet.java";

  @TempDir Path folder;

  private Result crema(String command) throws Exception {
    return new CremaProcess(folder).run(command.split(" "));
  }

  @Test
  void theCodeOfARunRunsOnlyWhereItIsNamed() throws Exception {
    CremaProcess.putSample(folder);
    String text = Objects.requireNonNull(JavaFileTest.documented().get(FILE));
    Files.writeString(folder.resolve(FILE), text);
    Result train = crema("train SwishNet.java --data sample --epochs 1 --out run --json");
    assertThat(train.exit()).as(train.err()).isZero();
    Map<String, Object> trained = JSON.std.mapFrom(train.out());
    assertThat(trained).containsEntry("net", "SwishNet").containsEntry("epochs", 1);
    assertThat(folder.resolve("run").resolve(FILE)).hasContent(text);

    Result unnamed = crema("eval run --json");
    assertThat(unnamed.exit()).isEqualTo(ExitCodes.INPUT);
    String toType = "crema eval run --json --net " + Path.of("run", FILE);
    assertThat(unnamed.err()).endsWith("type: " + toType + System.lineSeparator());
    Result eval = crema(toType.substring("crema ".length()));
    assertThat(eval.exit()).as(eval.err()).isZero();
    assertThat(JSON.std.mapFrom(eval.out()))
        .containsEntry("test_accuracy", trained.get("test_accuracy"));

    Files.delete(folder.resolve("run/results.json")); // as if it had not come to its end
    Result resume = crema("resume run --net SwishNet.java --json");
    assertThat(resume.exit()).as(resume.err()).isZero();
    assertThat(JSON.std.mapFrom(resume.out())).containsEntry("test_loss", trained.get("test_loss"));

    Files.writeString(folder.resolve(FILE), text.replace("new Dense(64)", "new Dense(65)"));
    Result changed = crema("eval run --net SwishNet.java");
    assertThat(changed.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(changed.err())
        .startsWith("crema: SwishNet.java: expected the file that run was trained from")
        .contains("--net " + Path.of("run", FILE));
  }

  @Test
  void faultsAreNamed() throws Exception {
    Files.writeString(folder.resolve("Bad.java"), "class Bad {\n  Net net() {}\n}\n");
    Result bad = crema("summary Bad.java");
    assertThat(bad.exit()).isEqualTo(ExitCodes.INPUT);
    assertThat(bad.out()).isEmpty();
    assertThat(bad.err()).startsWith("crema: Bad.java:2: error: cannot find symbol");
    Result none = crema("train None.java");
    assertThat(none.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(none.err()).startsWith("crema: None.java: there is no such file");
  }
}
