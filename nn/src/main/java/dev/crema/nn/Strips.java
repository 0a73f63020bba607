package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** Goes over the trainable parameters and their gradients on all workers, strip by strip. */
final class Strips {
  private final Plan plan;
  private final Workers workers;
  private final MemorySegment memory;
  private final Kernels kernels = Kernels.vector();
  private final Strip[] all;
  private final int[] shares;
  private final double[] norms;
  private final Workers.Tasks normTasks = this::norm;
  private final Workers.Tasks updateTasks = this::update;
  private Program.Update update = (kernels, memory, bytes, weight, gradient, slot, slots) -> {};
  private Optional<Profile> profile = Optional.empty();

  Strips(Plan plan, Workers workers, MemorySegment memory) {
    this.plan = plan;
    this.workers = workers;
    this.memory = memory;
    all = plan.assembly().strips().toArray(Strip[]::new);
    shares = workers.shares(Arrays.stream(all).mapToDouble(Strip::bytes).toArray());
    norms = new double[all.length];
  }

  /** Books what it takes from now on. */
  void measure(Profile profile) {
    this.profile = Optional.of(profile);
  }

  /** The Euclidean norm of all gradients. */
  double gradientNorm() {
    workers.run(shares, normTasks);
    double sum = 0;
    for (double norm : norms) {
      sum += norm;
    }
    return Math.sqrt(sum);
  }

  /** Changes all trainable parameters. */
  void update(Program.Update update) {
    this.update = update;
    workers.run(shares, updateTasks);
  }

  private void norm(int index, int worker) {
    long start = start();
    Strip strip = all[index];
    double sum = 0;
    for (int row = 0; row < strip.rows(); row++) {
      sum += kernels.sumOfSquares(memory, strip.rowBytes(), plan.gradients() + strip.row(row));
    }
    norms[index] = sum;
    book(worker, start);
  }

  private void update(int index, int worker) {
    long start = start();
    Strip strip = all[index];
    long slot = plan.slots().isEmpty() ? Kernels.NONE : plan.slots().getFirst();
    for (int row = 0; row < strip.rows(); row++) {
      long at = strip.row(row);
      update.run(
          kernels,
          memory,
          strip.rowBytes(),
          plan.weights() + at,
          plan.gradients() + at,
          slot == Kernels.NONE ? slot : slot + at,
          plan.assembly().trainableBytes());
    }
    book(worker, start);
  }

  private long start() {
    return profile.isPresent() ? System.nanoTime() : 0;
  }

  private void book(int worker, long start) {
    if (profile.isPresent()) {
      profile.get().bookLast(worker, start);
    }
  }
}
