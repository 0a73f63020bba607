package dev.crema.engine;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed crew of threads that does numbered tasks together, the caller among them.
 *
 * <p>A training step meets only a few times, for microseconds, so waiting threads spin for a while
 * before they sleep. Each worker begins with its own share of the tasks, the same in every round,
 * so that what it wrote is still in its processor's cache; whoever is done helps the others. No
 * result may depend on who did what. Nobody waits for a thread that has no task: on a busy machine
 * it may not be running at all.
 */
public final class Workers implements AutoCloseable {
  private static final int SPINS = 20_000;
  private static final long SLEEP_NANOS = 50_000;
  private static final int NO_TASK = Integer.MAX_VALUE;

  // Longs from a worker's counter to the next one's: a cache line, and the one fetched with it.
  private static final int APART = 16;

  /** A piece of work that can be done in numbered parts, in any order. */
  @FunctionalInterface
  public interface Tasks {
    /** Does one part; {@code worker} is below {@link Workers#count} and names this thread. */
    void run(int task, int worker);
  }

  private final Thread[] threads;
  private final AtomicIntegerArray asleep;
  // For each worker's share the number of the round in the upper half, of the next task in the
  // lower one: whoever takes a task does so in the round that he has seen, or not at all.
  private final AtomicLongArray next;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile Tasks tasks = (task, worker) -> {};
  // The first task behind each worker's share; changed between the rounds only.
  private final int[] ends;
  private final int[] even;
  private volatile boolean closed;
  private long round;

  /** Starts {@code count - 1} daemon threads; the caller of {@link #run} is the last worker. */
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("at least one thread is needed, got " + count);
    }
    threads = new Thread[count - 1];
    asleep = new AtomicIntegerArray(count - 1);
    next = new AtomicLongArray(count * APART);
    ends = new int[count];
    even = new int[count];
    for (int i = 0; i < count; i++) {
      next.set(i * APART, NO_TASK);
    }
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      threads[i] = Thread.ofPlatform().daemon().name("crema-" + worker).start(() -> work(worker));
    }
  }

  /** How many threads work, the caller included. */
  public int count() {
    return threads.length + 1;
  }

  /**
   * Splits tasks of these sizes into shares that come to about as much each, for {@link #run(int[],
   * Tasks)}.
   */
  public int[] shares(double[] sizes) {
    double all = Arrays.stream(sizes).sum();
    int[] shares = new int[count()];
    double before = 0;
    for (int task = 0; task < sizes.length; task++) {
      int owner = (int) ((before + sizes[task] / 2) / all * shares.length);
      Arrays.fill(shares, Math.min(owner, shares.length - 1), shares.length, task + 1);
      before += sizes[task];
    }
    return shares;
  }

  /** Does all tasks and returns when the last one is done; not to be called from a task. */
  public void run(int total, Tasks tasks) {
    for (int i = 0; i < count(); i++) {
      even[i] = (int) ((i + 1L) * total / count());
    }
    run(even, tasks);
  }

  /**
   * Does all tasks, of which each worker begins with a share of its own.
   *
   * @param shares the first task behind each worker's share; the last one's is how many there are
   */
  public void run(int[] shares, Tasks tasks) {
    int total = shares[count() - 1];
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
    round += 2;
    for (int i = 0; i < count(); i++) {
      next.set(i * APART, round - 1 << 32 | NO_TASK);
    }
    this.tasks = tasks;
    System.arraycopy(shares, 0, ends, 0, count());
    done.set(0);
    for (int i = 0; i < count(); i++) {
      next.set(i * APART, round << 32 | (i == 0 ? 0 : ends[i - 1]));
    }
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
    for (int i = 0; i < count(); i++) {
      if ((int) next.get(i * APART) < ends[i]) {
        return true;
      }
    }
    return false;
  }

  /** Takes a task, of its own share if it can, and does it; false if there is none. */
  private boolean take(int worker) {
    for (int i = 0; i < count(); i++) {
      int share = (worker + i) % count();
      long seen = next.get(share * APART);
      int task = (int) seen;
      Tasks mine = tasks;
      if (task < ends[share]) {
        if (next.compareAndSet(share * APART, seen, seen + 1)) {
          run(mine, task, worker);
        }
        return true;
      }
    }
    return false;
  }

  private void run(Tasks tasks, int task, int worker) {
    try {
      if (failure.get() == null) {
        tasks.run(task, worker);
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    } finally {
      done.incrementAndGet();
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
