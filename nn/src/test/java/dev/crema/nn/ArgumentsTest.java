package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong arguments are refused where they come in, by their names. */
class ArgumentsTest {
  private static final Initializer ONE = new Initializer.Constant(1);

  static Stream<Arguments> wrong() {
    int huge = Integer.MAX_VALUE;
    return Stream.of(
        wrong("padding 2147483647", () -> new Conv2d(6, 5).padding(huge)), // was one of -1
        wrong("padding 1073741824", () -> new MaxPool2d(2).padding(1 << 30)), // twice it is below 0
        wrong("padding 1073741824", () -> new AvgPool2d(2).padding(1 << 30)),
        wrong("rate lies in [0, 1), got 0.99999999", () -> new Dropout(0.99999999)), // 1 as a float
        wrong("eps", () -> new BatchNorm(Double.POSITIVE_INFINITY, 0.1)),
        wrong("eps", () -> new BatchNorm(1e-60, 0.1)), // 0 as a float
        wrong("mean", () -> new Initializer.Normal(Double.NaN, 1)),
        wrong("std", () -> new Initializer.Normal(0, Double.POSITIVE_INFINITY)),
        wrong("value", () -> new Initializer.Constant(Double.NaN)),
        wrong("value", () -> new Initializer.Constant(1e300)),
        wrong("[3, 0]", () -> new Parameter("weight", List.of(3, 0), ONE, 1, 1, true)),
        wrong("[-2, -3]", () -> new Parameter("weight", List.of(-2, -3), ONE, 1, 1, true)),
        wrong("fanIn", () -> new Parameter("weight", List.of(3), ONE, 0, 1, true)),
        wrong("fanOut", () -> new Parameter("weight", List.of(3), ONE, 1, -1, true)),
        wrong("tiles", () -> new TileStep(0, 8, (memory, tile, work, frame) -> {})),
        wrong("bytes", () -> new TileStep(1, -8, (memory, tile, work, frame) -> {})),
        wrong("plannedBytes", () -> Summary.of(dense()).plannedBytes(-1)),
        wrong("one node or more", () -> new Graph(Shape.features(3), List.of())),
        wrong("id 1", () -> new Graph(Shape.features(3), List.of(relu(2, 0)))),
        wrong("value 1", () -> new Graph(Shape.features(3), List.of(relu(1, 1)))),
        wrong("value -1", () -> new Graph(Shape.features(3), List.of(relu(1, -1)))),
        wrong("[4]", () -> new Graph(Shape.features(4), List.of(relu(1, 0)))),
        wrong("-8 bytes", () -> compile(to -> to.buffer(-8))),
        wrong("-8 bytes", () -> compile(to -> to.blockBuffer(-8))),
        wrong("-8 bytes", () -> compile(to -> to.sums(-8))),
        wrong("-8 bytes", () -> compile(to -> to.region(-8))),
        wrong("`wieght`", () -> compile(to -> to.parameter("wieght"))),
        wrong("`wieght`", () -> compile(to -> to.parameterGradient("wieght"))),
        wrong("`kept`", () -> compile(to -> to.parameterGradient("kept"))),
        wrong("3", () -> compile(to -> to.channelGradient("weight", 5, (m, work, sums) -> {}))));
  }

  private static Arguments wrong(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  private static Graph dense() {
    return Graph.of(new Dense(2), Shape.features(3));
  }

  private static Graph.Node relu(int id, int input) {
    Shape shape = Shape.features(3);
    return new Graph.OpNode(id, "0", new Relu(), input, shape, shape);
  }

  /** A layer of one's own on three features, which learns three numbers and keeps three. */
  private record Own(Consumer<Lowering> lowering) implements Op {
    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public List<Parameter> parameters(Shape input) {
      return List.of(
          new Parameter("weight", List.of(3), ONE, 1, 1, true),
          new Parameter("kept", List.of(3), ONE, 1, 1, false));
    }

    @Override
    public void lower(Lowering to) {
      lowering.accept(to);
      to.pointwise(x -> x, x -> 1);
    }
  }

  private static void compile(Consumer<Lowering> lowering) {
    Graph graph = Graph.of(new Own(lowering), Shape.features(3));
    try (Engine engine = new Engine(1)) {
      new Program(graph, new Loss(Loss.Kind.CROSS_ENTROPY, 0), Mode.TRAIN, 4, 0, engine);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void isRefusedAndNamed(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThatThrownBy(() -> new Loss(none(), 0)).hasMessage("kind");
    assertThatThrownBy(() -> new Dense(3).init(none(), ONE)).hasMessage("init");
    assertThatThrownBy(() -> new Conv2d(3, 3).init(ONE, none())).hasMessage("biasInit");
    assertThatThrownBy(() -> new Parameter("weight", List.of(3), none(), 1, 1, true))
        .hasMessage("initializer");
    assertThatThrownBy(() -> new TileStep(1, 8, none())).hasMessage("part");
  }

  /** What a caller may hand over who compiles without NullAway. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T none() {
    return null;
  }

  @Test
  void aRightLayerOfOnesOwnCompiles() {
    compile(to -> {
      to.buffer(0);
      to.parameter("kept");
      to.channelGradient("weight", 3, (m, work, sums) -> {});
    });
  }

  @Test
  void largeFansAddUp() {
    assertThat(new Initializer.Glorot().value(0, 1 << 30, 1 << 30, Key.of(1))).isFinite();
  }
}
