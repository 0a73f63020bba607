package dev.crema.engine;

import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.Warm;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Brings loops to full speed before the first step.
 *
 * <p>The hazard: in tiered compilation a kernel first goes to C1, which gives up on its many
 * vectors ("out of virtual registers") and may leave it in the interpreter for a minute, a thousand
 * times slower. So C1 is told to leave the loops alone, and the counters that call C2 are fed with
 * empty calls, and a few real ones that show it every branch and that the loops are what is hot.
 * The calls go on until the JVM says that the loop is compiled: it drops a request from its queue
 * when the method falls silent.
 */
public final class Warmup {
  // The interpreter keeps no profile of the first 1024 calls: what they did counts as never done.
  private static final int UNPROFILED = 1100;
  private static final int EMPTY_CALLS = 500;
  private static final int FIRST_ROUNDS = 11;
  // How much longer the calls rest than they take: the compiler wants the processors.
  private static final int REST = 5;
  private static final long LOOK_NANOS = 25_000_000;
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private Warmup() {}

  /**
   * Begins, in a thread of its own, with the loops that every program uses: worth calling before
   * data is loaded, so that the program that is made for it is ready sooner.
   */
  public static void begin() {
    Thread.ofPlatform()
        .daemon()
        .name("crema-warm-up")
        .start(() -> {
          if (Jit.prepare()) {
            ask(Library.basic(Arena.ofAuto().allocate(Library.SCRATCH_BYTES)));
          }
        });
  }

  /** Calls loops until the compiler has heard of them. */
  private static void ask(List<Warm> loops) {
    for (Warm loop : loops) {
      for (int i = 0; i < UNPROFILED; i++) {
        loop.empty().run();
      }
      for (int i = 0; i < FIRST_ROUNDS; i++) {
        call(loop);
      }
    }
  }

  /** Runs the loops until all of them are compiled; returns the seconds it took. */
  public static double run(List<Warm> loops) {
    long start = System.nanoTime();
    if (!Jit.prepare()) {
      warn("this JVM takes no compiler directives: the first steps may be slow");
      return 0;
    }
    ask(loops);
    List<Warm> cold = new ArrayList<>(loops);
    while (!cold.isEmpty() && System.nanoTime() - start < PATIENCE_NANOS) {
      Optional<Set<String>> compiled = Jit.compiled();
      if (compiled.isEmpty()) {
        break;
      }
      cold.removeIf(loop -> compiled.get().contains(loop.name()));
      // The list is long, and the compiler wants processors, too.
      long next = System.nanoTime() + LOOK_NANOS;
      while (!cold.isEmpty() && System.nanoTime() < next) {
        long round = System.nanoTime();
        cold.forEach(Warmup::call);
        LockSupport.parkNanos(Math.min(REST * (System.nanoTime() - round), LOOK_NANOS));
      }
    }
    if (!cold.isEmpty()) {
      warn("not yet at full speed: " + cold.stream().map(Warm::name).toList());
    }
    return (System.nanoTime() - start) * 1e-9;
  }

  private static void call(Warm loop) {
    for (int i = 0; i < EMPTY_CALLS; i++) {
      loop.empty().run();
    }
    loop.small().run();
  }

  private static void warn(String message) {
    System.getLogger(Warmup.class.getName()).log(System.Logger.Level.WARNING, message);
  }
}
