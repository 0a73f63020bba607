package dev.crema.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.Images;
import dev.crema.nn.Dense;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.nn.Summary;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.JavaSource;
import dev.crema.train.NetYaml;
import dev.crema.train.Run;
import dev.crema.train.Training;
import dev.crema.train.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Experiment files can say what the zoo says in Java. */
class ExperimentFilesTest {
  private static Net read(String text) {
    Yaml root = Yaml.parse("a.yaml", text);
    Net net = NetYaml.read(root.get("net"));
    root.check();
    return net;
  }

  static List<Recipe> recipes() {
    return Zoo.recipes();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void everyNetworkComesBackFromAFile(Recipe recipe) {
    String text = Yaml.text(Map.of("net", NetYaml.write(recipe.net())));
    assertThat(read(text)).as(text).isEqualTo(recipe.net());
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/experiments.md"})
  void whatIsDocumentedCanBeRead(String document, @TempDir Path folder) throws IOException {
    String text = Files.readString(Path.of("..", document));
    List<String> blocks =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(text)
            .results()
            .map(block -> block.group(1))
            .toList();
    assertThat(blocks).isNotEmpty();
    for (String block : blocks) {
      Path file = Files.writeString(folder.resolve("documented.yaml"), block);
      Experiment experiment =
          Experiment.read(file, name -> Zoo.find(name).map(Recipe::known), Zoo.names());
      Shape input =
          experiment.feed().input(new Images(10, 1, 28, 28, new byte[28 * 28], new byte[1]));
      Graph graph = Graph.of(experiment.net(), input);
      assertThat(graph.shape(graph.output())).as(block).isEqualTo(Shape.features(10));
    }
  }

  @Test
  void readsTheExperimentOfARun(@TempDir Path folder) throws IOException {
    Experiment experiment = Zoo.find("resnet18").orElseThrow().experiment("mnist");
    Run run = Run.create(folder.resolve("run"), experiment);
    assertThat(Zoo.experiment(run)).isEqualTo(experiment);
    // runs of older versions say nothing of a size, and were not resized
    Files.writeString(run.experiment(), "{data: mnist, net: resnet18}");
    assertThat(Zoo.experiment(run).feed().resize()).isEmpty();

    Net net = new Dense(3);
    JavaSource source = new JavaSource("Own.java", "class Own {}");
    Experiment own =
        new Experiment("Own", net, source, new Feed("mnist"), Loss.of(net), new Training());
    Run other = Run.create(folder.resolve("own"), own);
    assertThat(Zoo.experiment(other, note -> own)).isEqualTo(own);
    assertThatThrownBy(() -> Zoo.experiment(other))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("its network is written in Java");
  }

  @Test
  void writesAnInceptionBlockByHand() {
    Net block =
        read(
            """
            net:
              - concat:
                  - [conv2d: {filters: 64, kernel: 1}, relu]
                  - [conv2d: {filters: 96, kernel: 1}, relu, conv2d: {filters: 128, kernel: 3, padding: 1}, relu]
                  - [conv2d: {filters: 16, kernel: 1}, relu, conv2d: {filters: 32, kernel: 5, padding: 2}, relu]
                  - [maxpool2d: {kernel: 3, stride: 1, padding: 1}, conv2d: {filters: 32, kernel: 1}, relu]
            """);
    assertThat(block).isEqualTo(new Net.Chain(List.of(part(GoogLeNet.googlenet(), 6))));
    // Weights and biases: 64 (192 + 1) + 96 (192 + 1) + 128 (96 9 + 1) + 16 (192 + 1)
    // + 32 (16 25 + 1) + 32 (192 + 1)
    assertThat(parameters(block, Shape.image(192, 12, 12))).isEqualTo(163_696);
  }

  @Test
  void writesResidualBlocksByHand() {
    Net stage =
        read(
            """
            net:
              - - sum:
                    - [conv2d: {filters: 128, kernel: 3, stride: 2, padding: 1}, batchnorm, relu,
                       conv2d: {filters: 128, kernel: 3, padding: 1}, batchnorm]
                    - conv2d: {filters: 128, kernel: 1, stride: 2}
                - relu
              - - sum:
                    - [conv2d: {filters: 128, kernel: 3, padding: 1}, batchnorm, relu,
                       conv2d: {filters: 128, kernel: 3, padding: 1}, batchnorm]
                    - identity
                - relu
            """);
    assertThat(stage).isEqualTo(part(ResNet.resnet18(), 5));
    // Four 3 x 3 convolutions, the first of 64 channels: 128 (64 9 + 1) + 3 128 (128 9 + 1); the
    // projection: 128 (64 + 1); four normalisations: 4 256
    assertThat(parameters(stage, Shape.image(64, 24, 24))).isEqualTo(525_952);
  }

  @Test
  void repeatsABlockByAnAlias() {
    Net repeated =
        read(
            """
            net:
              - &layer
                concat:
                  - identity
                  - [batchnorm, relu, conv2d: {filters: 48, kernel: 1, bias: false},
                     batchnorm, relu, conv2d: {filters: 12, kernel: 3, padding: 1, bias: false}]
              - *layer
              - *layer
              - *layer
              - *layer
              - *layer
            """);
    assertThat(repeated).isEqualTo(part(DenseNet.densenet40(), 1));
  }

  private static Net part(Net net, int index) {
    return ((Net.Chain) net).nets().get(index);
  }

  private static long parameters(Net net, Shape input) {
    return Summary.of(Graph.of(net, input)).trainable();
  }
}
