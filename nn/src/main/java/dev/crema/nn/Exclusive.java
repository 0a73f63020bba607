package dev.crema.nn;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps a second thread out of what one thread uses.
 *
 * <p>It does not make the second one wait: whoever meets another thread in such a thing has a bug,
 * and would get the other's numbers.
 */
final class Exclusive implements AutoCloseable {
  private static final long NOBODY = 0; // no thread has this number

  private final String owner;
  private final AtomicLong user = new AtomicLong(NOBODY);

  /**
   * Nobody is in it yet.
   *
   * @param owner what it keeps, for errors
   */
  Exclusive(String owner) {
    this.owner = owner;
  }

  /**
   * Takes it for the calling thread until it is closed.
   *
   * @throws IllegalStateException if a thread has it
   */
  Exclusive enter() {
    if (!user.compareAndSet(NOBODY, Thread.currentThread().threadId())) {
      throw new IllegalStateException(
          owner
              + " is for one thread at a time, and another one uses it now; give each thread one of its own, or take turns");
    }
    return this;
  }

  @Override
  public void close() {
    user.set(NOBODY);
  }
}
