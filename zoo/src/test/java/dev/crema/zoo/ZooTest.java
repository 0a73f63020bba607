package dev.crema.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.nn.Graph;
import dev.crema.nn.NetworkException;
import dev.crema.nn.Shape;
import dev.crema.nn.Summary;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ZooTest {
  private static final Shape MNIST = Shape.image(1, 28, 28);

  /** Those without a 28 x 28 form, and what they say. */
  private static final Map<String, String> LARGE =
      Map.of(
          "alexnet",
          "5: MaxPool2d(kernel=3, stride=2) expects height and width of at least 3, got [256, 2, 2]",
          "nin",
          "3: MaxPool2d(kernel=3, stride=2) expects height and width of at least 3, got [256, 2, 2]",
          "vgg11",
          "20: MaxPool2d(kernel=2) expects height and width of at least 2, got [512, 1, 1]",
          "vgg11-slim",
          "20: MaxPool2d(kernel=2) expects height and width of at least 2, got [64, 1, 1]");

  /**
   * Learnt numbers at the recipe's input, from PyTorch: {@code sum(p.numel() for p in
   * net.parameters())} of the networks in make_fixtures.py, with what their first dense layer sees:
   * 6400 for AlexNet, 49 pixels for VGG.
   */
  @ParameterizedTest
  @CsvSource({
    "softmax, 7850",
    "mlp, 203530",
    "mlp-deep, 468874",
    "lenet, 61706",
    "lenet-sigmoid, 44426",
    "lenet5, 61706",
    "dwcnn, 30306",
    "resnet20, 272778",
    "densenet40, 175690",
    "mobilenetv2-small, 138138",
    "alexnet, 46764746",
    "vgg11, 128806154",
    "vgg11-slim, 2018346",
    "nin, 1992166",
    "googlenet, 5977530",
    "resnet18, 11178378",
  })
  void hasAsManyParametersAsInPytorch(String name, long parameters) {
    Recipe recipe = Zoo.find(name).orElseThrow();
    Summary summary = Summary.of(Graph.of(recipe.net(), recipe.input()));
    assertThat(summary.trainable()).isEqualTo(parameters);
    assertThat(summary.rows().getLast().output()).isEqualTo(Shape.features(10));
  }

  static List<Recipe> recipes() {
    return Zoo.recipes();
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void takesSmallImagesOrSaysWhatItExpects(Recipe recipe) {
    if (LARGE.containsKey(recipe.name())) {
      assertThatThrownBy(() -> Graph.of(recipe.net(), MNIST))
          .isInstanceOf(NetworkException.class)
          .hasMessageContaining(Objects.requireNonNull(LARGE.get(recipe.name())))
          .hasMessageContaining("larger images");
    } else {
      Graph graph = Graph.of(recipe.net(), MNIST);
      assertThat(graph.shape(graph.output())).isEqualTo(Shape.features(10));
    }
  }

  @Test
  void findsNamesOnly() {
    assertThat(Zoo.names()).doesNotHaveDuplicates();
    assertThat(Zoo.find("resnet18").map(Recipe::name)).contains("resnet18");
    assertThat(Zoo.find("ResNet18")).isEmpty();
  }
}
