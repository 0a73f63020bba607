package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.cli.CremaProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reproducing reports, as a process. */
class ReproduceProcessTest {
  @TempDir Path folder;

  @BeforeEach
  void copySample() throws IOException {
    CremaProcess.putSample(folder);
  }

  private Result crema(String... arguments) throws Exception {
    return new CremaProcess(folder).run(arguments);
  }

  @Test
  void putsMeasuredBesidePublished() throws Exception {
    String[] command = {"reproduce", "softmax", "mlp", "--quick", "--data", "sample", "--json"};
    Result first = crema(command);
    assertThat(first.exit()).as(first.err()).isZero();
    List<String> objects = first.out().lines().toList();
    assertThat(objects).hasSize(2);
    Map<String, Object> mlp = JSON.std.mapFrom(objects.getLast());
    assertThat(mlp).containsEntry("recipe", "mlp").containsEntry("state", "done");
    assertThat((List<?>) mlp.get("departures")).hasSize(2);
    Object accuracy = ((List<?>) Objects.requireNonNull(mlp.get("figures"))).getFirst();
    assertThat(accuracy)
        .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("published", 82.2)
        .containsEntry("verdict", "not_comparable")
        .containsKeys("meaning", "measured");

    Result again = crema(command);
    assertThat(again.out()).as("the runs that are there").isEqualTo(first.out());
    assertThat(again.err()).isEmpty();

    Result page = crema("reproduce", "R5", "--quick", "--data", "sample", "--markdown", "page.md");
    assertThat(page.exit()).as(page.err()).isZero();
    assertThat(page.out()).isEqualTo("page.md" + System.lineSeparator());
    assertThat(folder.resolve("page.md"))
        .content()
        .contains("| mlp | test accuracy, % | 82.2 | ", "not comparable: quick, other data")
        .contains("| resnet18 | test accuracy, % | 92.0 | not run yet |");
  }

  @Test
  void listsWithoutTraining() throws Exception {
    Result list = crema("reproduce");
    assertThat(list.exit()).as(list.err()).isZero();
    assertThat(list.out()).contains("lenet5-softmax", "about ", "not run yet", "R5 ladder-fashion");
    assertThat(Files.exists(folder.resolve("runs"))).isFalse();
    Result unknown = crema("reproduce", "R6");
    assertThat(unknown.exit()).isEqualTo(ExitCodes.USAGE);
    assertThat(unknown.err()).contains("R6: expected the name of a report or recipe");
  }
}
