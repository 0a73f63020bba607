package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.engine.Lanes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of every layer: its shape, its numbers in training and in inference, its gradients,
 * and that they are the same bits always. A new layer adds a row to {@link OpCases#layers}.
 *
 * <p>Each row runs within small networks: once behind a layer with parameters, so that the gradient
 * of its input shows in theirs, and once as the first layer, whose input needs no gradient.
 *
 * <p>The gradients are compared with central differences of {@link Reference}. With steps of 1e-6
 * these are good to about 1e-9: the loss is rounded to 1e-16 of itself, which the step divides, and
 * the third derivative counts 1e-12 / 6 times. Kinks of rectifiers and max pooling do not matter:
 * batches are drawn until all numbers are clearly on one side, and the reference then tells that
 * the steps crossed none.
 */
class OpContractTest {
  private static final long SEED = 11;

  /** One block of images, not full. */
  private static final int SMALL = 7;

  /** Several blocks, the last one almost empty, whatever the lanes of a vector. */
  private static final int LARGE = 33;

  /** More blocks than there are groups of sums, so that groups hold several. */
  private static final int HUGE = 16 * Lanes.COUNT + 17;

  private static final double STEP = 1e-6;

  /** Images that the reference may see for one parameter's differences: more of small batches. */
  private static final int PATIENCE = 150;

  /**
   * A sum of 600 floats of about 1 is rounded by 600^0.5 * 6e-8 = 1.5e-6, and a few such sums
   * follow each other; 3.4e-6 was measured at most. Gradients are 0.2 as a rule.
   */
  private static final double TOLERANCE = 1e-5;

  private static final List<Engine> ENGINES = new ArrayList<>();

  @BeforeAll
  static void start() {
    for (int threads = 1; threads <= 3; threads++) {
      ENGINES.add(new Engine(threads));
    }
  }

  @AfterAll
  static void stop() {
    ENGINES.forEach(Engine::close);
  }

  private static Program compile(OpCases.Case row, Mode mode, int batch, int threads) {
    return new Program(row.graph(), row.loss(), mode, batch, 0, ENGINES.get(threads - 1));
  }

  @ParameterizedTest
  @MethodSource("dev.crema.nn.OpCases#layers")
  void makesTheShape(OpCases.Row row) {
    Graph graph = Graph.of(row.net(), row.in());
    assertThat(graph.shape(graph.output())).isEqualTo(row.out());
  }

  @ParameterizedTest
  @MethodSource("dev.crema.nn.OpCases#cases")
  void trainsAsDefined(OpCases.Case row) {
    Program huge = compile(row, Mode.TRAIN, HUGE, 2);
    Program small = compile(row, Mode.TRAIN, SMALL, 1);
    Trial trial = row.draw(HUGE, LARGE, 17, SMALL, 1);
    compare(trial, trial.run(huge, HUGE), HUGE);
    // Fewer images than planned: the unused lanes hold what was left of the others.
    compare(trial, trial.run(huge, LARGE), LARGE);
    compare(trial, trial.run(huge, 17), 17);
    compare(trial, trial.run(huge, 1), 1);
    compare(trial, trial.run(small, SMALL), SMALL);
  }

  /** Compares a step with the definition, and some gradients of each parameter. */
  private static void compare(Trial trial, Trial.Step step, int count) {
    Map<String, double[]> parameters = trial.doubles();
    Reference.Outcome expected = trial.define(Mode.TRAIN, count, parameters);
    String what = "seed %d, %d images: ".formatted(trial.seed(), count);
    assertThat(step.loss()).as(what + "loss").isCloseTo(expected.loss(), within(count * TOLERANCE));
    assertThat(step.correct()).as(what + "correct").isEqualTo(expected.correct());
    // Of nothing else: what fills parameters up to whole vectors has no gradient.
    double norm =
        Math.sqrt(step.gradients().values().stream().mapToDouble(OpContractTest::squares).sum());
    assertThat(step.gradientNorm()).as(what + "norm").isCloseTo(norm, withinPercentage(0.01));
    step.kept().forEach((path, kept) -> close(what + path, kept, expected.running().get(path)));
    double steepest = 0;
    for (Map.Entry<String, float[]> gradient : step.gradients().entrySet()) {
      String path = gradient.getKey();
      double[] values = parameters.get(path);
      int sample = Math.max(1, PATIENCE / count);
      for (int i : sample(values.length, sample, Key.of(trial.seed()).fold(path))) {
        double value = values[i];
        values[i] = value + STEP;
        Reference.Outcome after = trial.define(Mode.TRAIN, count, parameters);
        values[i] = value - STEP;
        Reference.Outcome before = trial.define(Mode.TRAIN, count, parameters);
        values[i] = value;
        assertThat(List.of(before.branches(), after.branches()))
            .as(what + "a step of %s crosses a kink", path)
            .containsOnly(expected.branches());
        double slope = (after.loss() - before.loss()) / (2 * STEP * count);
        assertThat((double) gradient.getValue()[i])
            .as(what + "gradient %d of %s", i, path)
            .isCloseTo(slope, within(TOLERANCE));
        steepest = Math.max(steepest, Math.abs(slope));
      }
    }
    assertThat(steepest).as(what + "gradients to tell apart").isGreaterThan(100 * TOLERANCE);
  }

  private static double squares(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> (double) values[i] * values[i]).sum();
  }

  private static int[] sample(int size, int sample, Key key) {
    return Arrays.copyOf(key.permutation(size), Math.min(size, sample));
  }

  private static void close(String what, float[] actual, double[] expected) {
    assertThat(actual).as(what).hasSize(expected.length);
    for (int i = 0; i < actual.length; i++) {
      assertThat((double) actual[i]).as(what).isCloseTo(expected[i], within(TOLERANCE));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.crema.nn.OpCases#cases")
  void infersAsDefined(OpCases.Case row) {
    Trial trial = row.draw(LARGE);
    Program train = compile(row, Mode.TRAIN, SMALL, 1);
    trial.run(train, SMALL);
    Program infer = compile(row, Mode.INFER, LARGE, 2);
    infer.copyParameters(train); // the running statistics after a step
    Map<String, double[]> parameters = new TreeMap<>();
    for (Storage storage : train.parameters()) {
      parameters.put(storage.path(), Trial.doubles(train.read(storage)));
    }
    for (int count : new int[] {LARGE, 1}) {
      Program.Result result = new Program.Result();
      infer.run(trial.images(), trial.labels(), count, trial.key(), result);
      Reference.Outcome expected = trial.define(Mode.INFER, count, parameters);
      assertThat(result.images()).isEqualTo(count);
      assertThat(result.loss()).isCloseTo(expected.loss(), within(count * TOLERANCE));
      assertThat(result.correct()).isEqualTo(expected.correct());
      for (int i = 0; i < count; i++) {
        close("output of image " + i, infer.output(i), expected.outputs()[i]);
      }
    }
    // Inference moves no running statistics.
    for (Storage storage : infer.parameters()) {
      assertThat(infer.read(storage)).isEqualTo(train.read(storage));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.crema.nn.OpCases#cases")
  void givesTheSameBitsAlways(OpCases.Case row) {
    for (int batch : new int[] {LARGE, 100}) {
      Trial trial = row.draw(batch);
      Program alone = compile(row, Mode.TRAIN, batch, 1);
      Map<String, List<Integer>> bits = trial.run(alone, batch).bits();
      assertThat(trial.run(alone, batch).bits()).as("again").isEqualTo(bits);
      for (int threads = 2; threads <= 3; threads++) {
        Program together = compile(row, Mode.TRAIN, batch, threads);
        assertThat(trial.run(together, batch).bits()).as("%d threads", threads).isEqualTo(bits);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.crema.nn.OpCases#cases")
  void keepsWhatIsWritten(OpCases.Case row) {
    Program program = compile(row, Mode.TRAIN, 1, 1);
    Trial trial = Trial.draw(row.graph(), row.loss(), 1, SEED);
    for (Storage storage : program.parameters()) {
      program.write(storage, trial.parameters().get(storage.path()));
    }
    // Only now: no parameter may lie on another.
    for (Storage storage : program.parameters()) {
      float[] values = trial.parameters().get(storage.path());
      assertThat(program.read(storage)).isEqualTo(values);
      int perOutput = values.length / storage.outputs();
      int from = storage.outputs() / 2;
      float[] rest = new float[(storage.outputs() - from) * perOutput];
      program.read(storage, from, storage.outputs() - from, rest);
      assertThat(rest)
          .as("from output %d on", from)
          .isEqualTo(Arrays.copyOfRange(values, from * perOutput, values.length));
    }
    assertThat(program.parameters())
        .extracting(Storage::path)
        .containsExactlyInAnyOrderElementsOf(trial.parameters().keySet());
  }
}
