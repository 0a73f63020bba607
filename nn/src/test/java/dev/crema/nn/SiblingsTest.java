package dev.crema.nn;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;
import static dev.crema.nn.Net.named;
import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.engine.Engine;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SiblingsTest {
  private static final Loss LOSS = new Loss(Loss.Kind.CROSS_ENTROPY, 0);
  private static final int BATCH = 40;

  private static List<String> siblings(String path, Net... branches) {
    Graph graph = Graph.of(concat(branches), Shape.image(3, 8, 8)).simplified();
    return graph.nodes().stream()
        .filter(node -> node.path().equals(path))
        .map(node -> Siblings.of(graph, (Graph.OpNode) node))
        .flatMap(siblings -> siblings.nodes().stream())
        .map(Graph.OpNode::path)
        .toList();
  }

  private static Net rectified(String name, Conv2d convolution) {
    return named(name, chain(convolution, new Relu()));
  }

  @Test
  void areConvolutionsOfSingleCellsThatReadOneValue() {
    Net[] branches = {
      rectified("a", new Conv2d(2, 1)),
      chain(new MaxPool2d(3).stride(1).padding(1), rectified("pooled", new Conv2d(2, 1))),
      rectified("window", new Conv2d(2, 3).padding(1)),
      rectified("groups", new Conv2d(3, 1).groups(3)),
      rectified("b", new Conv2d(5, 1).noBias()),
      named("c", chain(new Conv2d(4, 1), new Conv2d(2, 1), new Relu())),
    };
    for (String path : List.of("a.0", "b.0", "c.0")) {
      assertThat(siblings(path, branches)).containsExactly("a.0", "b.0", "c.0");
    }
    for (String path : List.of("1.pooled.0", "window.0", "groups.0", "c.1")) {
      assertThat(siblings(path, branches)).containsExactly(path);
    }
  }

  /** The gradient of what they make must be free to lie beside the others'. */
  @Test
  void areNotThoseWhoseGradientLiesElsewhere() {
    Net flat = new Flatten();
    Net[] branches = {
      chain(rectified("a", new Conv2d(2, 1)), flat),
      chain(rectified("b", new Conv2d(5, 1)), flat),
      named("viewed", chain(new Conv2d(2, 1), flat)),
      named("pooled", chain(new Conv2d(2, 1), new MaxPool2d(2), flat)),
      named("copied", chain(new Conv2d(2, 1), concat(new Relu(), new Tanh()), flat)),
      named("joined", chain(concat(new Conv2d(2, 1), new Tanh()), flat)),
    };
    assertThat(siblings("0.a.0", branches)).containsExactly("0.a.0", "1.b.0");
    for (String path : List.of("viewed.0", "pooled.0", "copied.0", "joined.0.0")) {
      assertThat(siblings(path, branches)).containsExactly(path);
    }
  }

  /** Row by row or not, each makes the bits that it makes alone. */
  @ParameterizedTest
  @CsvSource({"5, 7, 6", "3, 61, 58"})
  void makeWhatTheyMakeAlone(int channels, int height, int width) {
    Shape input = Shape.image(channels, height, width);
    Net[] branches = {
      rectified("a", new Conv2d(17, 1)), rectified("b", new Conv2d(3, 1).noBias()),
    };
    Graph together = Graph.of(chain(concat(branches), new GlobalAvgPool()), input);
    Trial trial = Trial.draw(together, LOSS, BATCH, 3);
    try (Engine engine = new Engine(2)) {
      List<float[]> outputs = outputs(together, trial, engine);
      int first = 0;
      for (Net branch : branches) {
        Graph alone = Graph.of(chain(concat(branch), new GlobalAvgPool()), input);
        int end = first + alone.shape(alone.output()).size();
        List<float[]> own = outputs(alone, trial, engine);
        for (int i = 0; i < BATCH; i++) {
          assertThat(Arrays.copyOfRange(outputs.get(i), first, end))
              .as("%s, image %d", branch, i)
              .isEqualTo(own.get(i));
        }
        first = end;
      }
    }
  }

  private static List<float[]> outputs(Graph graph, Trial trial, Engine engine) {
    Program program = new Program(graph, LOSS, Mode.INFER, BATCH, 0, engine);
    for (Storage storage : program.parameters()) {
      program.write(storage, trial.parameters().get(storage.path()));
    }
    program.run(trial.images(), new int[BATCH], BATCH, trial.key(), new Program.Result());
    return IntStream.range(0, BATCH).mapToObj(program::output).toList();
  }

  /** A profile has one line for them, which counts what each costs and their input once. */
  @Test
  void costWhatEachCosts() {
    Net net =
        chain(
            new Conv2d(6, 3).padding(1),
            concat(rectified("a", new Conv2d(2, 1)), rectified("b", new Conv2d(5, 1).noBias())));
    try (Engine engine = new Engine(1)) {
      Graph graph = Graph.of(net, Shape.image(1, 4, 4));
      Program program = new Program(graph, LOSS, Mode.TRAIN, BATCH, 0, engine);
      Profile profile = program.profile();
      Trial.draw(graph, LOSS, BATCH, 4).run(program, BATCH);
      List<Profile.Line> lines =
          profile.lines().stream().filter(line -> line.label().path().contains(" + ")).toList();
      assertThat(lines)
          .extracting(line -> line.label().pass())
          .containsExactly(Pass.FORWARD, Pass.BACKWARD_WEIGHTS, Pass.BACKWARD_DATA);
      double bytes = 4.0 * (BATCH * (6 + 2 + 5) * 16 + (6 * 2 + 2) + 6 * 5);
      assertThat(lines)
          .extracting(Profile.Line::cost)
          .containsOnly(new Profile.Cost(2.0 * BATCH * 16 * 6 * (2 + 5), bytes));
      assertThat(lines).extracting(line -> line.label().path()).containsOnly("1.a.0 + 1.b.0");
    }
  }
}
