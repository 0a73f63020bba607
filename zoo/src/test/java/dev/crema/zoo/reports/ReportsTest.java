package dev.crema.zoo.reports;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.nn.Graph;
import dev.crema.nn.Shape;
import dev.crema.train.Experiment;
import dev.crema.zoo.Recipe;
import dev.crema.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the five reports say can be trained. */
class ReportsTest {
  static List<Entry> entries() {
    return Reports.all().stream().flatMap(report -> report.entries().stream()).toList();
  }

  @Test
  void noTwoAreCalledTheSame() {
    assertThat(
            Reports.all().stream()
                .flatMap(report ->
                    Stream.concat(
                        Stream.of(report.name(), report.title()),
                        report.entries().stream().map(Entry::name))))
        .doesNotHaveDuplicates();
  }

  /** So that `eval`, `predict` and `resume` work on their runs. */
  @ParameterizedTest
  @MethodSource("entries")
  void experimentComesBackFromItsFile(Entry entry, @TempDir Path folder) throws IOException {
    String text = entry.experiment().text();
    Path file = Files.writeString(folder.resolve("experiment.yaml"), text);
    Experiment read = Experiment.read(file, name -> Zoo.find(name).map(Recipe::known), Zoo.names());
    assertThat(read.text()).isEqualTo(text);
    assertThat(read.net()).isEqualTo(entry.experiment().net());
    assertThat(read.loss()).isEqualTo(entry.experiment().loss());
  }

  @ParameterizedTest
  @MethodSource("entries")
  void namesOneOfTenClasses(Entry entry) {
    int side = entry.experiment().feed().resize().map(size -> size.height()).orElse(28);
    Graph graph = Graph.of(entry.experiment().net(), Shape.image(1, side, side));
    assertThat(graph.shape(graph.output())).isEqualTo(Shape.features(10));
  }

  /** The parameters of an epoch of LeNet-5 by hand: see the layers in LeNet. */
  @Test
  void countsOperations() {
    // multiply-adds: 6 25 28 28 + 16 150 10 10 + 400 120 + 120 84 + 84 10
    double image = 117_600 + 240_000 + 48_000 + 10_080 + 840;
    for (Report report : Reports.all()) {
      for (Entry entry : report.entries()) {
        if (entry.name().equals("lenet5")) {
          assertThat(Attempt.of(report, entry, Terms.FULL).operations())
              .isEqualTo(6 * image * 60_000 * 8 * 5);
        }
      }
    }
  }
}
