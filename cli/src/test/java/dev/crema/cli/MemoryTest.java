package dev.crema.cli;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;
import static dev.crema.nn.Net.sum;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.engine.Operator;
import dev.crema.nn.AvgPool2d;
import dev.crema.nn.BatchNorm;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Dropout;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Identity;
import dev.crema.nn.Loss;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Mode;
import dev.crema.nn.Net;
import dev.crema.nn.Program;
import dev.crema.nn.Relu;
import dev.crema.nn.Shape;
import dev.crema.nn.Sigmoid;
import dev.crema.nn.Tanh;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training runs in the memory that was planned: steps allocate nothing, on or off the heap. */
class MemoryTest {
  private static final int BATCH = 40;
  private static final int STEPS = 2_000;
  private static final int ROUNDS = 8;

  /** The smallest object takes 16 bytes: on average fewer than this mean none in a step. */
  private static final long BYTES_PER_STEP = 16;

  /** A bit of everything that runs while training. */
  private static final Net NET =
      chain(
          new Conv2d(5, 3).padding(1).noBias(),
          new BatchNorm(),
          new Relu(),
          new MaxPool2d(2),
          sum(chain(new Conv2d(5, 3).padding(1).groups(5), new Tanh()), new Identity()),
          concat(new AvgPool2d(2), new MaxPool2d(2)),
          new Flatten(),
          new Dense(17),
          new Sigmoid(),
          new Dropout(0.2),
          new Dense(4));

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  /** Bytes that the caller and the engine's threads have allocated so far. */
  private static long allocated() {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    for (long thread : THREADS.getAllThreadIds()) {
      var info = THREADS.getThreadInfo(thread);
      if (info != null && info.getThreadName().startsWith("crema-")) {
        bytes += THREADS.getThreadAllocatedBytes(thread);
      }
    }
    return bytes;
  }

  @ParameterizedTest(name = "{0} threads")
  @ValueSource(ints = {1, 2})
  void aStepAllocatesNothing(int threads) {
    Graph graph = Graph.of(NET, Shape.image(2, 9, 8));
    Key key = Key.of(1);
    byte[] images = new byte[BATCH * graph.input().size()];
    int[] labels = new int[BATCH];
    for (int i = 0; i < BATCH; i++) {
      labels[i] = key.below(4, i);
      for (int p = 0; p < graph.input().size(); p++) {
        images[i * graph.input().size() + p] = (byte) key.fold(i).below(63 * (1 + labels[i]), p);
      }
    }
    try (Engine engine = new Engine(threads)) {
      Program program = new Program(graph, Loss.of(NET), Mode.TRAIN, BATCH, 1, engine);
      program.initialize(key);
      program.warmUp(Operator.MOMENTUM);
      Program.Result result = new Program.Result();
      long planned = program.plannedBytes();
      Program.Update sgd =
          (kernels, m, bytes, weight, gradient, slot, slots) ->
              kernels.sgd(m, bytes, weight, gradient, slot, 0.05f, 0.9f, false, 1e-4f, 1);

      double before = train(program, images, labels, key, sgd, result);
      long allocated = Long.MAX_VALUE;
      long collections = Long.MAX_VALUE;
      // Interpreted vectors are objects: the compiler gets a few rounds to come to an end.
      for (int round = 0; round < ROUNDS && allocated >= STEPS * BYTES_PER_STEP; round++) {
        System.gc();
        long collected = collections();
        long start = allocated();
        train(program, images, labels, key, sgd, result);
        allocated = allocated() - start;
        collections = collections() - collected;
      }
      assertThat((double) allocated / STEPS).as("bytes per step").isLessThan(BYTES_PER_STEP);
      assertThat(collections).as("collections").isZero();
      assertThat(program.plannedBytes()).isEqualTo(planned);
      assertThat(train(program, images, labels, key, sgd, result)).as("loss").isLessThan(before);
    }
  }

  /** Trains with batches of two sizes; returns the sum of the losses. */
  private static double train(
      Program program,
      byte[] images,
      int[] labels,
      Key key,
      Program.Update update,
      Program.Result result) {
    double losses = 0;
    for (int step = 0; step < STEPS; step++) {
      program.run(images, labels, step % 10 == 0 ? BATCH - 17 : BATCH, key, result);
      losses += 0 * program.gradientNorm(); // NaN if a gradient is
      program.update(update);
      losses += result.loss();
    }
    return losses;
  }
}
