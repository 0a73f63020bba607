package dev.crema.engine;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed crew of threads that does numbered tasks together, the caller among them.
 *
 * <p>A training step meets only a few times, for microseconds, so waiting threads spin for a while
 * before they sleep. Each worker begins with its own share of the tasks, the same in every round,
 * so that what it wrote is still in its processor's cache; whoever is done helps the others. No
 * result may depend on who did what. Nobody waits for a thread that has no task: on a busy machine
 * it may not be running at all.
 *
 * <p>Any number of threads may call at the same time. The threads serve one call of {@code run} at
 * a time, in the order in which the calls came; a single task is done by its caller at once, beside
 * all others.
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
  // Held by the caller whose tasks the threads do; the fields of a round are the holder's to
  // change.
  private final ReentrantLock turn = new ReentrantLock(true);
  private final AtomicIntegerArray asleep;
  // For each worker's share the number of the round in the upper half, of the next task in the
  // lower one: whoever takes a task does so in the round that he has seen, or not at all.
  private final AtomicLongArray next;
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile Tasks tasks = (task, worker) -> {};
  // The first task behind each worker's share; changed between the rounds only.
  private final int[] ends;
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

  /**
   * Does all tasks, in equal shares, and returns when the last one is done.
   *
   * @param total how many there are, 0 or more
   * @throws IllegalStateException if the workers are closed, when called from a task, or with the
   *     error of a task of another thread as its cause
   */
  public void run(int total, Tasks tasks) {
    if (total < 0) {
      throw new IllegalArgumentException("expected 0 or more tasks, got " + total);
    }
    if (runsAlone(total, tasks)) {
      return;
    }
    begin();
    try {
      for (int i = 0; i < count(); i++) {
        ends[i] = (int) ((i + 1L) * total / count());
      }
      runRound(tasks);
    } finally {
      turn.unlock();
    }
  }

  /**
   * Does all tasks, of which each worker begins with a share of its own.
   *
   * @param shares the first task behind each worker's share; the last one's is how many there are
   * @throws IllegalStateException if the workers are closed, when called from a task, or with the
   *     error of a task of another thread as its cause
   */
  public void run(int[] shares, Tasks tasks) {
    if (shares.length != count()) {
      throw new IllegalArgumentException(
          "expected the shares of %s workers, got %s".formatted(count(), shares.length));
    }
    if (runsAlone(shares[count() - 1], tasks)) {
      return;
    }
    begin();
    try {
      System.arraycopy(shares, 0, ends, 0, count());
      runRound(tasks);
    } finally {
      turn.unlock();
    }
  }

  /** Does tasks that need no other thread; false if these do. */
  private boolean runsAlone(int total, Tasks tasks) {
    if (closed) {
      throw new IllegalStateException("the workers are closed: their threads have ended");
    }
    if (threads.length > 0 && total > 1) {
      return false;
    }
    for (int task = 0; task < total; task++) {
      tasks.run(task, 0);
    }
    return true;
  }

  /** Waits for the threads, and makes sure that no task can be taken until the round begins. */
  private void begin() {
    // A task that waited for the round that it is part of would wait forever.
    if (turn.isHeldByCurrentThread() || isWorker(Thread.currentThread())) {
      throw new IllegalStateException("tasks cannot be run from within a task");
    }
    turn.lock();
    round += 2;
    for (int i = 0; i < count(); i++) {
      next.set(i * APART, round - 1 << 32 | NO_TASK);
    }
  }

  private boolean isWorker(Thread caller) {
    for (Thread thread : threads) {
      if (thread == caller) {
        return true;
      }
    }
    return false;
  }

  /** Does the tasks of the shares in {@link #ends}. */
  private void runRound(Tasks tasks) {
    int total = ends[count() - 1];
    this.tasks = tasks;
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
