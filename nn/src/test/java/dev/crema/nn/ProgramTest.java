package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProgramTest {
  private static final int CHANNELS = 16;
  private static final int SIZE = 20;
  private static final int BATCH = 128;
  private static final Loss LOSS = new Loss(Loss.Kind.CROSS_ENTROPY, 0);

  /** Bytes of one image between two layers, halo included. */
  private static final long LAYER = CHANNELS * SIZE * (SIZE + 2) * Float.BYTES;

  /** More than a layer's weights with their gradients and statistics take. */
  private static final long SMALL = 100_000;

  /** Training reuses the memory of the outputs, so there is nothing true to hand out. */
  @Test
  void handsOutOutputsOnlyWhereItKeepsThem() {
    try (Engine engine = new Engine(1)) {
      Program inference = program(Mode.INFER, engine);
      assertThatThrownBy(() -> inference.output(0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("has run no step yet");
      inference.run(new byte[8], new int[2], 1, Key.of(0), new Program.Result());
      assertThat(inference.output(0)).hasSize(3);
      assertThatThrownBy(() -> inference.output(1)).isInstanceOf(IndexOutOfBoundsException.class);
      Program training = program(Mode.TRAIN, engine);
      assertThatThrownBy(() -> training.output(0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("does not keep its outputs");
    }
  }

  @Test
  void refusesWhatIsNoBatch() {
    try (Engine engine = new Engine(1)) {
      Program program = program(Mode.TRAIN, engine);
      Program.Result result = new Program.Result();
      Key key = Key.of(0);
      assertThatThrownBy(() -> program.run(new byte[8], new int[] {0, 3}, 2, key, result))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("image 1 of the batch has label 3, expected 0 ... 2");
      assertThatThrownBy(() -> program.run(new byte[8], new int[] {-1, 0}, 2, key, result))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("label -1");
      assertThatThrownBy(() -> program.run(new byte[7], new int[2], 2, key, result))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("expected 8 pixels for images of [4], got 7");
      assertThatThrownBy(() -> program.run(new byte[8], new int[1], 2, key, result))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected 2 labels");
      assertThatThrownBy(() -> program.run(new byte[12], new int[3], 3, key, result))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a batch of 2 images was planned, got 3");
    }
  }

  @Test
  void refusesParametersOfOtherPrograms() {
    try (Engine engine = new Engine(1)) {
      Program small = program(Mode.TRAIN, engine);
      Program deep = new Program(deep(1), LOSS, Mode.TRAIN, 1, 0, engine);
      for (Storage storage : deep.parameters()) {
        assertThatThrownBy(() -> small.read(storage))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("is no parameter of this program");
      }
      assertThatThrownBy(() -> small.copyParameters(deep))
          .isInstanceOf(IllegalArgumentException.class);
      Program inference = program(Mode.INFER, engine);
      Storage weight = inference.parameters().iterator().next();
      inference.run(new byte[8], new int[2], 2, Key.of(0), new Program.Result());
      assertThatThrownBy(() -> inference.readGradient(weight))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not trained by this program");
    }
  }

  /** Whoever comes while another thread is in a program gets an exception, and no wrong number. */
  @Test
  @Timeout(60)
  void isForOneThreadAtATime() throws InterruptedException {
    try (Engine engine = new Engine(2)) {
      Program program = program(Mode.TRAIN, engine);
      Storage weight = program.parameters().iterator().next();
      program.run(new byte[8], new int[2], 2, Key.of(0), new Program.Result());
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch seen = new CountDownLatch(1);
      Thread other =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                program.run(new byte[8], new int[2], 2, Key.of(0), new Program.Result());
                program.update((kernels, memory, bytes, weights, gradient, slot, slots) -> {
                  inside.countDown();
                  awaitUnchecked(seen);
                });
              });
      inside.await();
      List<ThrowingCallable> calls =
          List.of(
              () -> program.run(new byte[8], new int[2], 2, Key.of(0), new Program.Result()),
              () -> program.initialize(Key.of(0)),
              () -> program.read(weight),
              () -> program.write(weight, new float[12]),
              () -> program.copyParameters(program(Mode.TRAIN, engine)),
              () -> program(Mode.TRAIN, engine).copyParameters(program),
              program::warmUp,
              program::gradientNorm);
      for (ThrowingCallable call : calls) {
        assertThatThrownBy(call)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("a program is for one thread at a time");
      }
      seen.countDown();
      other.join();
      assertThatThrownBy(() -> program.readGradient(weight))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another thread ran the last step");
      program.run(new byte[8], new int[2], 2, Key.of(0), new Program.Result());
      assertThat(program.readGradient(weight)).hasSize(12);
    }
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Programs of several networks, on one engine and each in its thread, compute what they do alone.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  @Timeout(120)
  void shareAnEngine(int threads) throws InterruptedException {
    try (Engine engine = new Engine(threads);
        Engine own = new Engine(1)) {
      List<Trial> trials = new ArrayList<>();
      List<Map<String, List<Integer>>> alone = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Trial trial = Trial.draw(deep(1 + i), LOSS, 40, i);
        trials.add(trial);
        alone.add(trial.run(new Program(trial.graph(), LOSS, Mode.TRAIN, 40, 0, own), 40).bits());
      }
      AtomicInteger wrong = new AtomicInteger();
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int which = i;
        callers.add(
            Thread.ofPlatform()
                .daemon()
                .start(() -> {
                  Trial trial = trials.get(which);
                  // Compiled at the same time, too.
                  Program program = new Program(trial.graph(), LOSS, Mode.TRAIN, 40, 0, engine);
                  for (int round = 0; round < 20; round++) {
                    if (!trial.run(program, 40).bits().equals(alone.get(which))) {
                      wrong.incrementAndGet();
                    }
                  }
                }));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(wrong).hasValue(0);
    }
  }

  /** Of many layers that nobody looks back at, two are alive at a time. */
  @Test
  void infersInTheMemoryOfTwoLayers() {
    try (Engine engine = new Engine(2)) {
      long few = planned(Mode.INFER, 4, BATCH, engine);
      assertThat(planned(Mode.INFER, 40, BATCH, engine) - few).isLessThan(36 * SMALL);
      // Blocks follow each other on one place, so they cost no more than their pixels and scores.
      assertThat(planned(Mode.INFER, 4, 2 * BATCH, engine) - few).isLessThan(BATCH * LAYER / 4);
    }
  }

  /** Training keeps what a layer read and what batch norm made of it, but no gradients. */
  @Test
  void trainsInTheMemoryOfWhatIsReadBackward() {
    try (Engine engine = new Engine(2)) {
      long layer =
          (planned(Mode.TRAIN, 40, BATCH, engine) - planned(Mode.TRAIN, 4, BATCH, engine)) / 36;
      assertThat(layer).isLessThan(2 * BATCH * LAYER + SMALL);
    }
  }

  @Test
  void plansWithoutMemory() {
    try (Engine engine = new Engine(2)) {
      Graph graph = deep(10);
      Program program = new Program(graph, LOSS, Mode.TRAIN, BATCH, 2, engine);
      assertThat(Program.plannedBytes(graph, LOSS, Mode.TRAIN, BATCH, 2, engine))
          .isEqualTo(program.plannedBytes());
      // More than any machine has.
      assertThat(Program.plannedBytes(graph, LOSS, Mode.TRAIN, 1 << 18, 2, engine))
          .isGreaterThan(10L << 30);
    }
  }

  /** What shares memory with others computes what it would alone. */
  @Test
  void computesTheSameWithAndWithoutWhatWasThereBefore() {
    try (Engine engine = new Engine(2)) {
      Graph graph = deep(6);
      Trial trial = Trial.draw(graph, LOSS, BATCH, 5);
      Program used = new Program(graph, LOSS, Mode.TRAIN, BATCH, 0, engine);
      for (int count : new int[] {BATCH, 1, BATCH - 3}) {
        Program fresh = new Program(graph, LOSS, Mode.TRAIN, BATCH, 0, engine);
        assertThat(trial.run(used, count).bits()).isEqualTo(trial.run(fresh, count).bits());
      }
    }
  }

  /** What it makes of the parameters beforehand, such as transformed weights, it makes anew. */
  @Test
  void infersWithTheParametersThatItHasNow() {
    try (Engine engine = new Engine(2)) {
      Graph graph = deep(2);
      Trial trial = Trial.draw(graph, LOSS, BATCH, 5);
      Program source = new Program(graph, LOSS, Mode.TRAIN, BATCH, 0, engine);
      source.initialize(Key.of(7));
      List<Consumer<Program>> changes =
          List.of(
              program -> program.initialize(Key.of(6)),
              program -> program.copyParameters(source),
              program ->
                  program
                      .parameters()
                      .forEach(storage ->
                          program.write(storage, trial.parameters().get(storage.path()))));
      Program used = new Program(graph, LOSS, Mode.INFER, BATCH, 0, engine);
      loss(used, trial);
      for (Consumer<Program> change : changes) {
        Program fresh = new Program(graph, LOSS, Mode.INFER, BATCH, 0, engine);
        change.accept(fresh);
        change.accept(used);
        double loss = loss(fresh, trial);
        assertThat(loss(used, trial)).isEqualTo(loss);
        assertThat(loss(used, trial)).as("unchanged").isEqualTo(loss);
      }
    }
  }

  private static double loss(Program program, Trial trial) {
    Program.Result result = new Program.Result();
    program.run(trial.images(), trial.labels(), BATCH, trial.key(), result);
    return result.loss();
  }

  @Test
  void profileSaysWhatALayerCosts() {
    try (Engine engine = new Engine(2)) {
      Graph graph = deep(1);
      Program program = new Program(graph, LOSS, Mode.TRAIN, BATCH, 1, engine);
      Profile profile = program.profile();
      Trial.draw(graph, LOSS, BATCH, 6).run(program, BATCH);
      Map<Profile.Label, Profile.Line> lines =
          profile.lines().stream().collect(Collectors.toMap(Profile.Line::label, line -> line));
      long image = CHANNELS * SIZE * SIZE;
      long weights = CHANNELS * CHANNELS * 3 * 3;
      for (Pass pass : List.of(Pass.FORWARD, Pass.BACKWARD_WEIGHTS)) {
        Profile.Line line = lines.get(new Profile.Label("0.0", pass));
        assertThat(line.seconds()).isPositive();
        assertThat(line.cost())
            .isEqualTo(
                new Profile.Cost(
                    2.0 * BATCH * weights * SIZE * SIZE, 4.0 * (BATCH * 2 * image + weights)));
      }
      assertThat(lines.get(new Profile.Label("update", Pass.UPDATE)).cost())
          .as("each parameter, its gradient and its slot")
          .isEqualTo(new Profile.Cost(0, 3 * 4.0 * (weights + 2 * CHANNELS + 3 * CHANNELS + 3)));
    }
  }

  /** Layers whose inputs and gradients have halos, with batch norm. */
  private static Graph deep(int layers) {
    List<Net> nets = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      nets.add(Net.chain(new Conv2d(CHANNELS, 3).padding(1).noBias(), new BatchNorm(), new Relu()));
    }
    nets.add(new GlobalAvgPool());
    nets.add(new Dense(3));
    return Graph.of(Net.chain(nets.toArray(Net[]::new)), Shape.image(CHANNELS, SIZE, SIZE));
  }

  private static long planned(Mode mode, int layers, int batch, Engine engine) {
    return Program.plannedBytes(deep(layers), LOSS, mode, batch, 0, engine);
  }

  private static Program program(Mode mode, Engine engine) {
    Net net = new Dense(3);
    return new Program(Graph.of(net, Shape.features(4)), Loss.of(net), mode, 2, 0, engine);
  }
}
