package dev.crema.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed crew of threads that does numbered tasks together, the caller among them.
 *
 * <p>A training step meets only a few times, for microseconds, so waiting threads spin for a while
 * before they sleep. Which worker takes which task is left to chance: no result may depend on it.
 */
public final class Workers implements AutoCloseable {
  private static final int SPINS = 50_000;
  private static final long SLEEP_NANOS = 50_000;

  /** A piece of work that can be done in numbered parts, in any order. */
  @FunctionalInterface
  public interface Tasks {
    /** Does one part; {@code worker} is below {@link Workers#count} and names this thread. */
    void run(int task, int worker);
  }

  private final Thread[] threads;
  private final AtomicIntegerArray asleep;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger busy = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile Tasks tasks = (task, worker) -> {};
  private volatile int total;
  private volatile int round;
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
    this.tasks = tasks;
    this.total = total;
    next.set(0);
    busy.set(threads.length);
    round++; // publishes all of the above
    wake();
    take(0);
    int spins = 0;
    while (busy.get() > 0) {
      spins = pause(spins);
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
    int done = 0;
    while (true) {
      int spins = 0;
      while (round == done && !closed) {
        if (spins < SPINS) {
          spins = pause(spins);
        } else {
          asleep.set(worker - 1, 1);
          if (round == done && !closed) {
            LockSupport.park(this);
          }
          asleep.set(worker - 1, 0);
        }
      }
      if (closed) {
        return;
      }
      done = round;
      take(worker);
      busy.decrementAndGet();
    }
  }

  private void take(int worker) {
    Tasks mine = tasks;
    int end = total;
    try {
      for (int task = next.getAndIncrement(); task < end; task = next.getAndIncrement()) {
        mine.run(task, worker);
      }
    } catch (Throwable e) {
      next.set(end);
      failure.compareAndSet(null, e);
    }
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
