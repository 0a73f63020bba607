package dev.crema.cli;

import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Lets Ctrl-C, or a kill that can be caught, end the process only after a training has saved. A
 * second Ctrl-C changes nothing: the JVM is already on its way out and waits here. It then exits
 * with 128 and the number of the first signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP.
 */
final class Interrupt {
  private static final int SAVE_SECONDS = 60;
  private static final int CLEAN_UP_SECONDS = 10;

  private final PrintWriter err;
  private final CompletableFuture<Integer> end = new CompletableFuture<>();
  private final Thread hook = new Thread(this::waitForTheEnd, "crema-interrupt");
  private volatile boolean asked;

  /** Catches it from now on, until {@link #ended}. */
  private Interrupt(PrintWriter err) {
    this.err = err;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Does work that it may end, and reports the fault that ended the work otherwise: after an
   * interrupt nobody else gets to say it.
   *
   * @param work gives its exit code
   * @return the exit code
   */
  static int during(ToIntFunction<Interrupt> work, PrintWriter err) {
    Interrupt interrupt = new Interrupt(err);
    int code = ExitCodes.FAILURE;
    try {
      code = work.applyAsInt(interrupt);
    } catch (RuntimeException | Error fault) {
      code = Faults.report(fault, err);
    } finally {
      interrupt.ended(code);
    }
    return code;
  }

  /**
   * Does work that has nothing to save, but something to clean up before the process ends: other
   * processes, and temporary files. A signal interrupts its thread.
   */
  static <T> T cleaningUp(Supplier<T> work) {
    Thread worker = Thread.currentThread();
    CountDownLatch end = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              worker.interrupt();
              try {
                boolean _ = end.await(CLEAN_UP_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                // The process ends, and something may stay.
              }
            },
            "crema-interrupt");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return work.get();
    } finally {
      end.countDown();
      remove(hook);
    }
  }

  /** Whether it came, and the training shall save and stop. */
  boolean asked() {
    return asked;
  }

  /**
   * All is saved and said, and the process may end.
   *
   * @param code its exit code
   */
  private void ended(int code) {
    end.complete(code);
    remove(hook);
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down: the hook is why we are here.
    }
  }

  private void waitForTheEnd() {
    asked = true;
    try {
      int code = end.get(SAVE_SECONDS, TimeUnit.SECONDS);
      if (code != ExitCodes.INTERRUPTED) {
        Runtime.getRuntime().halt(code); // it ended on its own account, well or badly
      }
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      err.println(
          "crema: not saved within %s s, ending without it; what was saved before is whole"
              .formatted(SAVE_SECONDS));
      err.flush();
    }
  }
}
