package dev.crema.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkersTest {
  @Test
  @Timeout(10)
  void refuseToWorkAfterTheyWereClosed() {
    for (int count = 1; count <= 2; count++) {
      Workers workers = new Workers(count);
      workers.run(2, (task, worker) -> {});
      workers.close();
      assertThatThrownBy(() -> workers.run(2, (task, worker) -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  /** Each call's tasks are done once and before it returns, whoever else calls. */
  @ParameterizedTest
  @CsvSource({"1, 4", "2, 2", "2, 8", "3, 5"})
  @Timeout(60)
  void serveSeveralCallersAtTheSameTime(int count, int callers) throws InterruptedException {
    try (Workers workers = new Workers(count)) {
      AtomicInteger wrong = new AtomicInteger();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        int caller = i;
        threads.add(
            Thread.ofPlatform()
                .daemon()
                .start(() -> {
                  for (int round = 0; round < 2000; round++) {
                    int total = 1 + (round + caller) % 7;
                    AtomicIntegerArray done = new AtomicIntegerArray(total);
                    Workers.Tasks tasks = (task, worker) -> done.incrementAndGet(task);
                    if (round % 2 == 0) {
                      workers.run(total, tasks);
                    } else {
                      workers.run(workers.shares(new double[total]), tasks);
                    }
                    for (int task = 0; task < total; task++) {
                      wrong.addAndGet(Math.abs(done.get(task) - 1));
                    }
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(wrong).hasValue(0);
    }
  }

  /** A caller that comes again at once waits behind those that waited already. */
  @Test
  @Timeout(60)
  void takeCallersInTurn() throws InterruptedException {
    try (Workers workers = new Workers(2)) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch mayEnd = new CountDownLatch(1);
      List<String> order = Collections.synchronizedList(new ArrayList<>());
      Thread first =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                workers.run(
                    2,
                    (task, worker) -> {
                      begun.countDown();
                      awaitUnchecked(mayEnd);
                    });
                workers.run(2, (task, worker) -> order.add("first again"));
              });
      begun.await();
      List<Thread> waiting = new ArrayList<>();
      for (String name : List.of("second", "third")) {
        Thread thread =
            Thread.ofPlatform()
                .daemon()
                .start(() -> workers.run(2, (task, worker) -> order.add(name)));
        while (thread.getState() != Thread.State.WAITING) {
          Thread.sleep(1);
        }
        waiting.add(thread);
      }
      mayEnd.countDown();
      first.join();
      for (Thread thread : waiting) {
        thread.join();
      }
      assertThat(order)
          .containsExactly("second", "second", "third", "third", "first again", "first again");
    }
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Timeout(10)
  void refuseToBeCalledFromATask() {
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(
              () -> workers.run(8, (task, worker) -> workers.run(2, (inner, other) -> {})))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("within a task");
      AtomicInteger done = new AtomicInteger();
      workers.run(8, (task, worker) -> done.incrementAndGet());
      assertThat(done).as("tasks after the refused ones").hasValue(8);
    }
  }

  @Test
  void refuseSharesOfOtherWorkers() {
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(() -> workers.run(new int[] {1, 2, 3}, (task, worker) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected the shares of 2 workers, got 3");
      assertThatThrownBy(() -> workers.run(-1, (task, worker) -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got -1");
    }
  }
}
