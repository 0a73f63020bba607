package dev.crema.engine;

import dev.crema.engine.kernel.Library;

/** What programs share: the workers, and the loops that were generated and warmed up for them. */
public final class Engine implements AutoCloseable {
  private final Workers workers;
  private final Library library = new Library();

  /** Starts an engine with this many threads, the caller's included. */
  public Engine(int threads) {
    workers = new Workers(threads);
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
