package dev.crema.engine;

import dev.crema.engine.kernel.Library;

/** What programs share: the workers, and the loops that were generated and warmed up for them. */
public final class Engine implements AutoCloseable {
  private final Workers workers;
  private final Library library;

  /** Starts an engine with this many threads, the caller's included. */
  public Engine(int threads) {
    this(threads, Convolving.FASTEST);
  }

  /**
   * Starts an engine with this many threads, the caller's included, that computes convolutions so.
   */
  public Engine(int threads, Convolving convolving) {
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

  @Override
  public void close() {
    workers.close();
  }
}
