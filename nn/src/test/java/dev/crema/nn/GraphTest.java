package dev.crema.nn;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;
import static dev.crema.nn.Net.named;
import static dev.crema.nn.Net.sum;
import static java.util.Collections.nCopies;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GraphTest {
  private static List<String> faults(Net net, Shape input) {
    NetworkException fault =
        catchThrowableOfType(NetworkException.class, () -> Graph.of(net, input));
    assertThat(fault).hasMessage(String.join(System.lineSeparator(), fault.faults()));
    return fault.faults();
  }

  private static List<String> paths(Net net, Shape input) {
    return Graph.of(net, input).nodes().stream().map(Graph.Node::path).toList();
  }

  @Test
  void namesTheLayerWhatItExpectsWhatCameAndTheRemedy() {
    Net stage = chain(chain(named("conv1", new Conv2d(128, 3)), new Relu()));
    assertThat(faults(chain(new Flatten(), named("stage2", stage)), Shape.image(8, 8, 8)))
        .containsExactly(
            "stage2.0.conv1: Conv2d(filters=128, kernel=3) expects [channels, height, width], got [512]; place it before Flatten.");
  }

  static Stream<Arguments> misfits() {
    Shape image = Shape.image(4, 3, 9);
    Shape features = Shape.features(6);
    String wantsImage = " expects [channels, height, width], got [6]; place it before Flatten.";
    String wantsFeatures = " expects [features], got [4, 3, 9]; place Flatten before it.";
    return Stream.of(
        Arguments.of(new MaxPool2d(2), features, "MaxPool2d(kernel=2)" + wantsImage),
        Arguments.of(new AvgPool2d(2), features, "AvgPool2d(kernel=2)" + wantsImage),
        Arguments.of(new GlobalAvgPool(), features, "GlobalAvgPool()" + wantsImage),
        Arguments.of(new Dense(7), image, "Dense(units=7)" + wantsFeatures),
        Arguments.of(new Softmax(), image, "Softmax()" + wantsFeatures),
        Arguments.of(new LogSoftmax(), image, "LogSoftmax()" + wantsFeatures),
        Arguments.of(
            new Conv2d(6, 3).groups(3),
            image,
            "Conv2d(filters=6, kernel=3, groups=3) expects channels in a multiple of 3, got [4, 3, 9]"),
        Arguments.of(
            new Conv2d(2, 7).padding(1),
            image,
            "Conv2d(filters=2, kernel=7, padding=1) expects height and width of at least 5, got [4, 3, 9]; use a smaller kernel, more padding or larger images."),
        Arguments.of(
            new MaxPool2d(4),
            image,
            "MaxPool2d(kernel=4) expects height and width of at least 4, got [4, 3, 9]; use a smaller kernel, more padding or larger images."),
        Arguments.of(
            new Dense(1 << 29),
            features,
            "Dense(units=536870912) cannot take [6]: sizes must be positive and not too large, got [536870912]"),
        Arguments.of(
            new Dense(1 << 28),
            Shape.features(8),
            "Dense(units=268435456) cannot take [8]: its weight of [268435456, 8] has more numbers than an array can hold"));
  }

  @ParameterizedTest
  @MethodSource("misfits")
  void refusesWhatALayerCannotTake(Op op, Shape input, String fault) {
    assertThat(faults(op, input)).containsExactly("0: " + fault);
  }

  @Test
  void reportsAllFaultsAtOnce() {
    Net net =
        chain(
            new Conv2d(4, 3),
            named(
                "mixed",
                concat(new Softmax(), named("wide", new MaxPool2d(9)), new Conv2d(2, 1).groups(2))),
            new Relu());
    Net head = chain(named("head", new Dense(10)), new BatchNorm(), new GlobalAvgPool());
    assertThat(faults(net, Shape.image(1, 8, 8)))
        .containsExactly(
            "mixed.0: Softmax() expects [features], got [4, 6, 6]; place Flatten before it.",
            "mixed.wide: MaxPool2d(kernel=9) expects height and width of at least 9, got [4, 6, 6]; use a smaller kernel, more padding or larger images.");
    // What follows a missing Flatten is judged as if it were there.
    assertThat(faults(head, Shape.image(1, 8, 8)))
        .containsExactly(
            "head: Dense(units=10) expects [features], got [1, 8, 8]; place Flatten before it.",
            "2: GlobalAvgPool() expects [channels, height, width], got [10]; place it before Flatten.");
  }

  @Test
  void refusesBranchesThatDoNotMeet() {
    Shape image = Shape.image(3, 8, 8);
    Net unequal = sum(new Identity(), new Conv2d(4, 3).padding(1));
    assertThat(faults(chain(new Relu(), named("shortcut", unequal)), image))
        .containsExactly(
            "shortcut: Sum expects branches of one shape, got [3, 8, 8] and [4, 8, 8]");
    assertThat(faults(concat(new Identity(), new Conv2d(3, 3)), image))
        .containsExactly(
            "Concat expects branches of one height and width, got [3, 8, 8] and [3, 6, 6]");
    // One cell is not a feature.
    assertThat(faults(concat(chain(new MaxPool2d(8), new Relu()), new GlobalAvgPool()), image))
        .containsExactly("Concat expects branches of one height and width, got [3, 1, 1] and [3]");
  }

  @Test
  void refusesMoreChannelsThanAShapeHolds() {
    assertThat(
            faults(
                named("wide", new Net.Concat(nCopies(8, new Identity()))), Shape.features(1 << 28)))
        .containsExactly(
            "wide: Concat of 8 branches makes 2147483648 channels: sizes must be positive and not too large, got [2147483647]");
  }

  @Test
  void refusesTwoParametersOfOneName() {
    record Twice() implements Op {
      @Override
      public Shape output(Shape input) {
        return input;
      }

      @Override
      public List<Parameter> parameters(Shape input) {
        Parameter weight =
            new Parameter("weight", List.of(3), new Initializer.Constant(1), 1, 1, true);
        return List.of(weight, weight);
      }

      @Override
      public void lower(Lowering to) {
        to.pointwise(x -> x, x -> 1);
      }
    }
    assertThat(faults(new Twice(), Shape.features(3)))
        .containsExactly(
            "0: Twice[] cannot take [3]: two of its parameters have one name: [weight, weight]; give each its own");
  }

  @Test
  void refusesTwoLayersOfOneName() {
    Net twice = chain(named("a", new Dense(3)), named("a", new Dense(3)));
    assertThat(faults(chain(named("block", twice)), Shape.features(3)))
        .containsExactly("block.a: there are two layers of this name; give each its own");
    assertThat(faults(chain(named("1", new Dense(3)), new Dense(3)), Shape.features(3)))
        .containsExactly("1: there are two layers of this name; give each its own");
  }

  @Test
  void refusesAnEmptyNetwork() {
    assertThat(faults(chain(chain(), chain()), Shape.features(3)))
        .containsExactly("the network has no layer");
  }

  @Test
  void namesLayersAsPyTorchWould() {
    Net block =
        chain(
            named("conv1", new Conv2d(3, 3).padding(1)),
            sum(named("main", chain(new Relu(), named("bn", new BatchNorm()))), chain()),
            concat(new Tanh(), named("deep", new Sigmoid())));
    assertThat(paths(chain(new Identity(), named("stage", block)), Shape.image(3, 4, 4)))
        .containsExactly(
            "0",
            "stage.conv1",
            "stage.1.main.0",
            "stage.1.main.bn",
            "stage.1",
            "stage.2.0",
            "stage.2.deep",
            "stage.2");
    assertThat(paths(new Relu(), Shape.features(1))).containsExactly("0");
  }

  @Test
  void losesNoName() {
    Shape features = Shape.features(3);
    Net block = chain(new Relu(), named("fc", new Dense(3)));
    assertThat(paths(named("net", block), features)).containsExactly("net.0", "net.fc");
    assertThat(paths(named("fc", new Dense(3)), features)).containsExactly("fc");
    assertThat(paths(chain(named("a", named("b", block)), new Relu()), features))
        .containsExactly("a.b.0", "a.b.fc", "1");
    assertThat(paths(named("a", sum(named("b", named("c", new Relu())), chain())), features))
        .containsExactly("a.b.c", "a");
  }
}
