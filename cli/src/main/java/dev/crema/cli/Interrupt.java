package dev.crema.cli;

import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToIntFunction;

/**
 * Lets Ctrl-C, or a kill that can be caught, end the process only after a training has saved. A
 * second Ctrl-C changes nothing: the JVM is already on its way out and waits here.
 */
final class Interrupt {
  private static final int SAVE_SECONDS = 60;

  private final CompletableFuture<Integer> end = new CompletableFuture<>();
  private final Thread hook = new Thread(this::waitForTheEnd, "crema-interrupt");
  private volatile boolean asked;

  /** Catches it from now on, until {@link #ended}. */
  Interrupt() {
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
    Interrupt interrupt = new Interrupt();
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

  /** Whether it came, and the training shall save and stop. */
  boolean asked() {
    return asked;
  }

  /**
   * All is saved and said, and the process may end.
   *
   * @param code its exit code
   */
  void ended(int code) {
    end.complete(code);
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
      // The process ends without saving; the checkpoints that were there are whole.
    }
  }
}
