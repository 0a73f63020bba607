package dev.crema.nn;

import dev.crema.engine.Convolution;
import dev.crema.engine.Engine;
import dev.crema.engine.Volume;
import dev.crema.engine.Window;
import dev.crema.engine.Workers;
import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.TiledPass;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What this machine can do at most: the rate of a plain matrix product on all workers. */
public final class Peak {
  private static final int CHANNELS = 128;
  private static final int CELLS = 8;
  private static final int ROUNDS = 30;
  private static final int REPEATS = 80;

  /** A product takes about a hundredth of this. */
  private static final double SLOW_NANOS = 50e6;

  private Peak() {}

  /**
   * The best of many products of 128 x 128 by 128 x (64 images), in GFLOP/s; where one takes so
   * long that the loops cannot have been compiled, the rate of that one.
   */
  public static double gflops(Engine engine) {
    Volume volume = new Volume(CHANNELS, CELLS, CELLS, 0, 1);
    Convolution spec = new Convolution(new Window(1, 1, 0), 1, volume, volume, volume, volume);
    TiledPass product = TiledPass.forward(engine.library(), spec);
    long weight = Library.SCRATCH_BYTES;
    long bias = weight + spec.weightBytes();
    long first = bias + (long) CHANNELS * Float.BYTES;
    long perWorker = 2 * volume.bytes();
    int workers = engine.workers().count();
    MemorySegment memory = Arena.ofAuto().allocate(first + workers * perWorker, 4096);
    engine.warmUp(() -> false, memory); // what is slow shows in the rate
    Workers.Tasks tasks =
        (task, worker) -> {
          long in = first + worker * perWorker;
          product.run(memory, in, weight, bias, 0, in + volume.bytes());
        };
    int images = (int) (volume.cell() / Float.BYTES);
    double flops = 2.0 * CHANNELS * CHANNELS * CELLS * CELLS * images;
    double once = nanos(engine, workers, tasks);
    if (once > SLOW_NANOS) {
      return flops * workers / once;
    }
    double best = Double.POSITIVE_INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
      best = Math.min(best, nanos(engine, workers * REPEATS, tasks));
    }
    return flops * workers * REPEATS / best;
  }

  private static double nanos(Engine engine, int count, Workers.Tasks tasks) {
    long start = System.nanoTime();
    engine.workers().run(count, tasks);
    return System.nanoTime() - start;
  }
}
