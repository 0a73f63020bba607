package dev.crema.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed crew of threads that does numbered tasks together, the caller among them.
 *
 * <p>A training step meets only a few times, for microseconds, so waiting threads spin for a while
 * before they sleep. Which worker takes which task is left to chance: no result may depend on it.
 * Nobody waits for a thread that has no task: on a busy machine it may not be running at all.
 */
public final class Workers implements AutoCloseable {
  private static final int SPINS = 20_000;
  private static final long SLEEP_NANOS = 50_000;
  private static final int NO_TASK = Integer.MAX_VALUE;

  /** A piece of work that can be done in numbered parts, in any order. */
  @FunctionalInterface
  public interface Tasks {
    /** Does one part; {@code worker} is below {@link Workers#count} and names this thread. */
    void run(int task, int worker);
  }

  private final Thread[] threads;
  private final AtomicIntegerArray asleep;
  // The number of the round in the upper half, of the next task in the lower one: whoever takes a
  // task does so in the round that he has seen, or not at all.
  private final AtomicLong next = new AtomicLong(NO_TASK);
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile Tasks tasks = (task, worker) -> {};
  private volatile int total;
  private volatile boolean closed;

  /** Starts {@code count - 1} daemon threads; the caller of {@link #run} is the last worker. */
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least one thread is needed, got " + count);
    }
    threads = new Thread[count - 1];
    asleep = new AtomicIntegerArray(count - 1);
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      threads[i] = Thread.ofPlatform().daemon().name("crema-" + worker).start(() -> work(worker));
    }
  }

  /** How many threads work, the caller included. */
  public int count() {
    return threads.length + 1;
  }

  /** Does all tasks and returns when the last one is done; not to be called from a task. */
  public void run(int total, Tasks tasks) {
    if (closed) {
      throw new IllegalStateException("the workers are closed: their threads have ended");
    }
    if (threads.length == 0 || total <= 1) {
      for (int task = 0; task < total; task++) {
        tasks.run(task, 0);
      }
      return;
    }
    // No task can be taken between the rounds, while these change.
    long round = (next.get() >>> 32) + 1;
    next.set(round << 32 | NO_TASK);
    this.tasks = tasks;
    this.total = total;
    done.set(0);
    next.set((round + 1) << 32);
    wake();
    int spins = 0;
    while (done.get() < total) {
      spins = take(0) ? 0 : pause(spins);
    }
    Throwable thrown = failure.getAndSet(null);
    if (thrown != null) {
      throw new IllegalStateException("a worker failed: " + thrown, thrown);
    }
  }

  /** Wakes those who sleep: waking one who spins would cost more than the work. */
  private void wake() {
    for (int i = 0; i < threads.length; i++) {
      if (asleep.get(i) != 0) {
        LockSupport.unpark(threads[i]);
      }
    }
  }

  private void work(int worker) {
    int spins = 0;
    while (!closed) {
      if (take(worker)) {
        spins = 0;
      } else if (spins < SPINS) {
        spins = pause(spins);
      } else {
        asleep.set(worker - 1, 1);
        if (!taskIsLeft() && !closed) {
          LockSupport.park(this);
        }
        asleep.set(worker - 1, 0);
        spins = 0;
      }
    }
  }

  private boolean taskIsLeft() {
    return (int) next.get() < total;
  }

  /** Takes a task and does it; false if there is none. */
  private boolean take(int worker) {
    long seen = next.get();
    int task = (int) seen;
    Tasks mine = tasks;
    if (task >= total) {
      return false;
    }
    if (next.compareAndSet(seen, seen + 1)) {
      try {
        if (failure.get() == null) {
          mine.run(task, worker);
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      } finally {
        done.incrementAndGet();
      }
    }
    return true;
  }

  private static int pause(int spins) {
    if (spins < SPINS) {
      Thread.onSpinWait();
      return spins + 1;
    }
    LockSupport.parkNanos(SLEEP_NANOS); // the caller's wait: a task is much longer than a step
    return spins;
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
  }
}
