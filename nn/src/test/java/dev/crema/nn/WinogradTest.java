package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.crema.engine.Engine;
import dev.crema.engine.Engine.Convolving;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Programs whose convolutions are wide enough for Winograd's algorithm, block by block and all
 * blocks together: beside those that convolve directly, and with any number of threads.
 */
class WinogradTest {
  private static final long SEED = 5;
  private static final int BATCH = 40;
  private static final Loss LOSS = new Loss(Loss.Kind.CROSS_ENTROPY, 0);

  /**
   * Of the largest number of its kind: six times what a sum of 1,200 floats of about 1 rounds, 1200
   * ^ 0.5 * 6e-8 of itself, and a few such sums follow each other.
   */
  private static final double TOLERANCE = 3e-5;

  static Stream<Graph> graphs() {
    return Stream.of(
        graph(new Conv2d(40, 3).padding(1), 33, 9, 7),
        graph(new Conv2d(24, 5).padding(1).noBias(), 20, 9, 10),
        graph(new Conv2d(140, 3).padding(1), 130, 3, 3),
        graph(new Conv2d(128, 3).stride(2).padding(1), 80, 8, 23),
        graph(new Conv2d(140, 3).stride(2).padding(1).noBias(), 130, 8, 7),
        graph(Net.chain(new Conv2d(140, 3).padding(1).noBias(), new BatchNorm()), 130, 3, 3));
  }

  /** Smooth, so that no rounding takes a rectifier to its other side. */
  private static Graph graph(Net net, int channels, int height, int width) {
    return Graph.of(
        Net.chain(
            new Conv2d(channels, 1), new Tanh(), net, new Tanh(), new Flatten(), new Dense(7)),
        Shape.image(2, height, width));
  }

  private static Program compile(Graph graph, Engine engine) {
    Program program = new Program(graph, LOSS, Mode.TRAIN, BATCH, 0, engine);
    program.warmUp(); // interpreted, the loops would take several times as long
    return program;
  }

  @ParameterizedTest
  @MethodSource("graphs")
  void agreesWithDirectConvolutions(Graph graph) {
    Trial trial = Trial.draw(graph, LOSS, BATCH, SEED);
    try (Engine fastest = new Engine(2);
        Engine direct = new Engine(2, Convolving.DIRECT)) {
      Program program = compile(graph, fastest);
      // Fewer images than planned: the other blocks hold what was left of them.
      for (int count : new int[] {BATCH, 17, 1}) {
        Trial.Step actual = trial.run(program, count);
        Trial.Step expected = trial.run(compile(graph, direct), count);
        assertThat(actual.bits()).as("it is the algorithm that runs").isNotEqualTo(expected.bits());
        assertThat(actual.loss()).isCloseTo(expected.loss(), within(TOLERANCE * expected.loss()));
        expected
            .gradients()
            .forEach((path, values) -> close(path, count, actual.gradients().get(path), values));
      }
    }
  }

  private static void close(String path, int count, float[] actual, float[] expected) {
    double largest =
        IntStream.range(0, expected.length)
            .mapToDouble(i -> Math.abs(expected[i]))
            .max()
            .orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .as("seed %d, %d images, gradient %d of %s", SEED, count, i, path)
          .isCloseTo(expected[i], within(TOLERANCE * largest));
    }
  }

  @ParameterizedTest
  @MethodSource("graphs")
  void givesTheSameBitsWithAnyThreads(Graph graph) {
    Trial trial = Trial.draw(graph, LOSS, BATCH, SEED);
    List<Map<String, List<Integer>>> all =
        IntStream.rangeClosed(1, 3).mapToObj(threads -> bits(trial, threads)).toList();
    assertThat(all.get(1)).as("2 threads").isEqualTo(all.getFirst());
    assertThat(all.get(2)).as("3 threads").isEqualTo(all.getFirst());
  }

  private static Map<String, List<Integer>> bits(Trial trial, int threads) {
    try (Engine engine = new Engine(threads)) {
      return trial.run(compile(trial.graph(), engine), BATCH).bits();
    }
  }
}
