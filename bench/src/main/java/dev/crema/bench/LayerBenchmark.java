package dev.crema.bench;

import org.openjdk.jmh.annotations.Benchmark;

/** The three passes of a layer of products, which all take as many operations. */
public abstract class LayerBenchmark extends KernelBenchmark {
  Runnable forward = () -> {};
  Runnable backward = () -> {};
  Runnable weights = () -> {};

  /** Operations of each pass. */
  long flops;

  /** From the input to the output. */
  @Benchmark
  public void forward(Rate.Flops rate) {
    forward.run();
    rate.gflops += flops;
  }

  /** From the gradient of the output to that of the input. */
  @Benchmark
  public void backward(Rate.Flops rate) {
    backward.run();
    rate.gflops += flops;
  }

  /** To the gradient of the weights. */
  @Benchmark
  public void weights(Rate.Flops rate) {
    weights.run();
    rate.gflops += flops;
  }
}
