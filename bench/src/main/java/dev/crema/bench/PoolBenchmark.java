package dev.crema.bench;

import dev.crema.engine.Engine.Convolving;
import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import dev.crema.engine.kernel.MaxPooling;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/** Pooling of one block of images of 64 channels, which the second-level cache holds. */
public class PoolBenchmark extends KernelBenchmark {
  private static final Volume IN = new Volume(64, 12, 12, 0, 1);

  /** The window's sizes. */
  public enum Size {
    /** The usual one. */
    TWO(new Window(2, 2, 0)),
    /** Windows that overlap, as those of AlexNet and ResNet-18. */
    THREE(new Window(3, 2, 1)),
    /** Windows at every cell, as those of GoogLeNet's blocks. */
    EVERY(new Window(3, 1, 1));

    private final Window window;
    private final Volume out;

    Size(Window window) {
      this.window = window;
      out = new Volume(IN.channels(), window.places(IN.height()), window.places(IN.width()), 0, 1);
    }
  }

  /** The window. */
  @Param public Size size = Size.TWO;

  private final Kernels kernels = Kernels.vector();
  private MaxPooling.Forward forward = (m, in, out) -> {};
  private MaxPooling.Backward backward = (m, in, out, outGradient, inGradient) -> {};
  private MemorySegment memory = MemorySegment.NULL;
  private long in;
  private long out;
  private long inGradient;
  private long outGradient;

  /** Places and warms up. */
  @Setup
  public void prepare() {
    Slab slab = new Slab(Convolving.FASTEST, Operator.AVERAGE_POOL);
    float none = Float.NEGATIVE_INFINITY;
    Volume result = size.out;
    forward = MaxPooling.forward(slab.library(), size.window, none, IN, result);
    backward =
        MaxPooling.backward(slab.library(), size.window, none, IN, result, result, IN, false);
    in = slab.place(IN.bytes());
    out = slab.place(size.out.bytes());
    inGradient = slab.place(IN.bytes());
    outGradient = slab.place(size.out.bytes());
    memory = slab.warm();
    forward.run(memory, in, out);
  }

  /** The maximum. */
  @Benchmark
  public void max(Rate.Bytes rate) {
    forward.run(memory, in, out);
    rate.gigabytes += IN.bytes() + size.out.bytes();
  }

  /** Its gradient. */
  @Benchmark
  public void maxBackward(Rate.Bytes rate) {
    backward.run(memory, in, out, outGradient, inGradient);
    rate.gigabytes += 2 * (IN.bytes() + size.out.bytes());
  }

  /** The mean. */
  @Benchmark
  public void average(Rate.Bytes rate) {
    kernels.averagePool(memory, size.window, IN, in, size.out, out);
    rate.gigabytes += IN.bytes() + size.out.bytes();
  }

  /** Its gradient. */
  @Benchmark
  public void averageBackward(Rate.Bytes rate) {
    kernels.averagePoolBackward(memory, size.window, size.out, outGradient, IN, inGradient);
    rate.gigabytes += IN.bytes() + size.out.bytes();
  }
}
