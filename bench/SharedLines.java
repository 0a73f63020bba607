import java.util.concurrent.atomic.AtomicInteger;

/**
 * What it costs to write memory that another processor has read: {@code java bench/SharedLines.java}.
 *
 * <p>Two threads each write half of a megabyte, again and again; between the writes each has read
 * its own half, or all of it. On processors made of several chips the second may take fifty times
 * as long as the first, and on a virtual machine it changes from second to second with where the
 * host runs the two threads: training speed moves with it.
 */
final class SharedLines {
  private static final int LONGS = 1 << 17;
  private static final int ROUNDS = 4000;
  private static final long[] MEMORY = new long[LONGS];
  private static final long[] SINK = new long[2];

  private SharedLines() {}

  public static void main(String[] arguments) throws InterruptedException {
    time(false);
    System.out.println("microseconds to write half a megabyte that ...");
    for (int i = 0; i < 8; i++) {
      System.out.printf(
          "nobody else has read: %6.1f   the other thread has read: %6.1f%n",
          time(false) * 1e6, time(true) * 1e6);
    }
  }

  private static double time(boolean shared) throws InterruptedException {
    AtomicInteger arrived = new AtomicInteger();
    double[] seconds = new double[2];
    Thread[] threads = new Thread[2];
    for (int id = 0; id < 2; id++) {
      int me = id;
      threads[id] = Thread.ofPlatform().start(() -> seconds[me] = run(me, shared, arrived));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    return (seconds[0] + seconds[1]) / 2 / ROUNDS;
  }

  private static double run(int me, boolean shared, AtomicInteger arrived) {
    int from = me * LONGS / 2;
    int to = from + LONGS / 2;
    long nanos = 0;
    for (int round = 0; round < ROUNDS; round++) {
      meet(arrived, 4 * round + 2);
      SINK[me] += shared ? read(0, LONGS) : read(from, to);
      meet(arrived, 4 * round + 4);
      long start = System.nanoTime();
      write(from, to);
      nanos += System.nanoTime() - start;
    }
    return nanos * 1e-9;
  }

  private static void meet(AtomicInteger arrived, int all) {
    arrived.incrementAndGet();
    while (arrived.get() < all) {
      Thread.onSpinWait();
    }
  }

  private static long read(int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += MEMORY[i];
    }
    return sum;
  }

  private static void write(int from, int to) {
    for (int i = from; i < to; i++) {
      MEMORY[i]++;
    }
  }
}
