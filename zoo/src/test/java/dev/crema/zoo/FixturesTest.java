package dev.crema.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.crema.engine.Engine;
import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Key;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Mode;
import dev.crema.nn.Program;
import dev.crema.nn.Storage;
import dev.crema.train.Optimizer;
import dev.crema.train.Updater;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every named network against PyTorch in double precision: outputs, losses, gradients, running
 * statistics, and what three steps of its optimiser change.
 *
 * <p>The images fill one or two vectors of 16 and a part of another, so some lanes are dead.
 * Dropout drops the same cells there as here. Deep networks take no steps, and run with two threads
 * only.
 */
class FixturesTest {
  /**
   * For what one pass computes, relative to the largest number of its kind. Float sums round by
   * 6e-8 at each step and the roundings mostly cancel. No network comes to 5e-6 but ResNet-18,
   * whose last normalisations divide by the deviation of only 17 cells.
   */
  private static final double PASS = 1e-5;

  /**
   * For what three optimiser steps change, relative to the largest change of its kind. A weight
   * near 1 rounds by 6e-8 at each step, which is 6e-5 of the 0.003 by which Adam changes it; and
   * Adam divides by the gradient's own size, so that a gradient whose terms nearly cancel passes
   * its rounding on to the weight. 5e-5 is the most that was found.
   */
  private static final double STEPS = 5e-4;

  /**
   * For what one pass computes by Winograd's algorithm, which rounds up to six times as much, as
   * the engine's test of convolutions shows.
   */
  private static final double WINOGRAD = 3e-5;

  /** Kept, so that each loop is made only once. */
  private static final Engine ONE_DIRECT = new Engine(1, Convolving.DIRECT);

  private static final Engine TWO_DIRECT = new Engine(2, Convolving.DIRECT);
  private static final Engine TWO_FASTEST = new Engine(2);

  @AfterAll
  static void closeEngines() {
    List.of(ONE_DIRECT, TWO_DIRECT, TWO_FASTEST).forEach(Engine::close);
  }

  static Stream<Arguments> networksAndThreads() {
    return Zoo.names().stream()
        .flatMap(name -> {
          Stream<Integer> threads = Fixture.of(name).hasSteps() ? Stream.of(1, 2) : Stream.of(2);
          return threads.map(count -> Arguments.of(name, count));
        });
  }

  @ParameterizedTest(name = "{0}, threads {1}")
  @MethodSource("networksAndThreads")
  void agreesWithPytorch(String name, int threads) {
    agrees(name, threads == 1 ? ONE_DIRECT : TWO_DIRECT, PASS, true);
  }

  static Stream<String> networks() {
    return Zoo.names().stream();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void agreesWithPytorchByTheFastestConvolutions(String name) {
    agrees(name, TWO_FASTEST, WINOGRAD, false);
  }

  private static void agrees(String name, Engine engine, double pass, boolean withSteps) {
    Recipe recipe = Zoo.find(name).orElseThrow();
    Fixture fixture = Fixture.of(name);
    Optimizer optimizer = recipe.training().optimizer();
    Program training = program(recipe, fixture, Mode.TRAIN, fixture.images(), engine);
    Program inference = program(recipe, fixture, Mode.INFER, fixture.images() + 30, engine);
    for (Storage storage : training.parameters()) {
      training.write(storage, firstValues(storage));
    }
    assertThat(trainable(training).stream().mapToLong(Storage::size).sum())
        .isEqualTo(fixture.parameters());

    inference.copyParameters(training);
    checkOutputs(inference, fixture, "outputs before", pass);
    Updater updater = new Updater(optimizer);
    boolean steps = withSteps && fixture.hasSteps();
    double[] losses = fixture.get("losses");
    losses = Arrays.copyOf(losses, steps ? losses.length : 1);
    for (int step = 0; step < losses.length; step++) {
      double loss = run(training, fixture, Key.of(step));
      assertThat(loss).as("loss of step %d", step).isCloseTo(losses[step], within(pass * loss));
      if (step == 0) {
        for (Storage storage : trainable(training)) {
          double[] gradient = Fixture.doubles(training.readGradient(storage));
          check(fixture, "gradient of ", storage, gradient, pass);
        }
      }
      if (steps) {
        updater.set(optimizer.lr(), 1, step + 1);
        training.update(updater);
      }
    }
    if (fixture.hasSteps() && !steps) {
      return;
    }
    for (Storage storage : training.parameters()) {
      if (fixture.has("change of " + storage.path())) {
        float[] before = firstValues(storage);
        double[] change = Fixture.doubles(training.read(storage));
        Arrays.setAll(change, i -> change[i] - before[i]);
        check(fixture, "change of ", storage, change, STEPS);
      }
    }
    if (steps) {
      inference.copyParameters(training);
      checkOutputs(inference, fixture, "outputs after", STEPS);
    }
  }

  private static Program program(
      Recipe recipe, Fixture fixture, Mode mode, int batch, Engine engine) {
    Program program =
        new Program(
            Graph.of(recipe.net(), fixture.input()),
            Loss.of(recipe.net()),
            mode,
            batch,
            fixture.hasSteps() ? recipe.training().optimizer().slots().size() : 0,
            engine);
    program.warmUp();
    return program;
  }

  private static float[] firstValues(Storage storage) {
    return Fixture.firstValues(storage.path(), storage.parameter().shape());
  }

  private static List<Storage> trainable(Program program) {
    return program.parameters().stream()
        .filter(storage -> storage.parameter().trainable())
        .toList();
  }

  /** Runs all images; returns the mean loss. */
  private static double run(Program program, Fixture fixture, Key key) {
    Graph graph = program.graph();
    int[] labels = fixture.labels(graph.shape(graph.output()).size());
    Program.Result result = new Program.Result();
    program.run(fixture.pixels(), labels, fixture.images(), key, result);
    return result.loss() / fixture.images();
  }

  private static void checkOutputs(
      Program inference, Fixture fixture, String kind, double tolerance) {
    run(inference, fixture, Key.of(0));
    double[] expected = fixture.get(kind);
    double[] outputs =
        IntStream.range(0, fixture.images())
            .mapToObj(inference::output)
            .flatMapToDouble(output -> Arrays.stream(Fixture.doubles(output)))
            .toArray();
    checkEach("outputs", outputs, expected, tolerance * largest(Arrays.stream(expected)));
  }

  /** Checks a tensor of a layer by its digest. */
  private static void check(
      Fixture fixture, String kind, Storage storage, double[] values, double tolerance) {
    Fixture.Digest expected = fixture.digest(kind, storage.path());
    Fixture.Digest actual = Fixture.Digest.of(storage.path(), values);
    // A bias before a batch normalisation has no gradient but the rounding of terms that cancel. So
    // a layer's weight and bias are both measured by the larger of them.
    List<Fixture.Digest> measures =
        storage.parameter().trainable()
            ? fixture.layerDigests(kind, storage.path())
            : List.of(expected);
    double norm = largest(measures.stream().mapToDouble(Fixture.Digest::norm));
    double entry =
        largest(measures.stream().flatMapToDouble(digest -> Arrays.stream(digest.sample())));
    String what = kind + storage.path();
    assertThat(actual.norm())
        .as("norm of the %s", what)
        .isCloseTo(expected.norm(), within(tolerance * norm));
    assertThat(actual.probe())
        .as("random product of the %s", what)
        .isCloseTo(expected.probe(), within(tolerance * norm));
    checkEach("entries of the " + what, actual.sample(), expected.sample(), tolerance * entry);
  }

  private static void checkEach(String what, double[] actual, double[] expected, double error) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as("%s, number %d", what, i).isCloseTo(expected[i], within(error));
    }
  }

  private static double largest(DoubleStream values) {
    return values.map(Math::abs).max().orElseThrow();
  }
}
