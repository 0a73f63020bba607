package dev.crema.bench;

import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Updates of a tensor of weights. The rates are zero, so that the weights stay what they are. */
public class OptimiserBenchmark extends KernelBenchmark {
  /** Bytes of the weights: what the caches hold with all that belongs to them, and what not. */
  @Param({"65536", "33554432"})
  public long bytes = 1 << 16;

  private final Kernels kernels = Kernels.vector();
  private MemorySegment memory = MemorySegment.NULL;
  private long weights;
  private long gradient;
  private long first;
  private long second;

  /** Places and warms up. */
  @Setup
  public void prepare() {
    Slab slab = new Slab(Convolving.FASTEST, Operator.SGD, Operator.MOMENTUM, Operator.ADAM);
    weights = slab.place(bytes);
    gradient = slab.place(bytes);
    first = slab.place(bytes);
    second = slab.place(bytes);
    memory = slab.warm();
    kernels.fill(memory, second, bytes, 1); // a mean of squares is not negative
  }

  /** Gradient descent. */
  @Benchmark
  public void sgd(Rate.Bytes rate) {
    kernels.sgd(memory, bytes, weights, gradient, Kernels.NONE, 0, 0, false, 0, 1);
    rate.gigabytes += 3 * bytes;
  }

  /** Gradient descent with Nesterov's momentum and weight decay. */
  @Benchmark
  public void nesterov(Rate.Bytes rate) {
    kernels.sgd(memory, bytes, weights, gradient, first, 0, 0.9f, true, 5e-4f, 1);
    rate.gigabytes += 5 * bytes;
  }

  /** Adam. */
  @Benchmark
  public void adam(Rate.Bytes rate) {
    kernels.adam(
        memory, bytes, weights, gradient, first, second, 0, 0.9, 0.999, 1e-8, 0, 0, 0.1, 1e-3, 1);
    rate.gigabytes += 7 * bytes;
  }
}
