package dev.crema.engine;

import dev.crema.engine.kernel.Library;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.BooleanSupplier;

/**
 * What programs share: the workers, and the loops that were generated and warmed up for them.
 *
 * <p>Safe for use by any number of threads and programs at once: the workers serve one program's
 * phase at a time, in the order in which they were asked, and no result depends on what else runs.
 * Programs that run at the same time share the engine's threads; an engine of one thread for each
 * is faster where there are as many callers as cores.
 */
public final class Engine implements AutoCloseable {
  private final Workers workers;
  private final Library library;
  private final Object warming = new Object();

  /**
   * Starts an engine with this many threads, the caller's included.
   *
   * @throws IllegalStateException if this JVM was started without the module jdk.incubator.vector
   */
  public Engine(int threads) {
    this(threads, Convolving.FASTEST);
  }

  /**
   * Starts an engine with this many threads, the caller's included, that computes convolutions so.
   *
   * @throws IllegalStateException if this JVM was started without the module jdk.incubator.vector
   */
  public Engine(int threads, Convolving convolving) {
    VectorModule.require();
    workers = new Workers(threads);
    library = new Library(convolving);
  }

  /** How convolutions are computed. */
  public enum Convolving {
    /**
     * By Winograd's algorithm where it is faster: its roundings are up to six times those of the
     * sums of the definition.
     */
    FASTEST,
    /** By the sums of the definition. */
    DIRECT
  }

  /** The threads. */
  public Workers workers() {
    return workers;
  }

  /** The generated loops. */
  public Library library() {
    return library;
  }

  /**
   * Waits until the compiler has made fast what was compiled on this engine so far, and the loops
   * of these operators, or until a stop is asked for; a second caller waits for the first.
   *
   * @param stop asked again and again
   * @param scratch at least {@link Library#SCRATCH_BYTES} of memory, which are overwritten
   */
  public Warmup.Result warmUp(BooleanSupplier stop, MemorySegment scratch, Operator... operators) {
    synchronized (warming) {
      Arrays.stream(operators).forEach(library::need);
      return Warmup.run(library.takeCold(scratch), stop);
    }
  }

  /**
   * Ends the threads, once the phase that runs is over; programs on this engine can run no more.
   * May be called more than once.
   */
  @Override
  public void close() {
    workers.close();
  }
}
