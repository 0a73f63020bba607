package dev.crema.engine;

import dev.crema.engine.kernel.Library;
import dev.crema.engine.kernel.Warm;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

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

  /** By then C2 has compiled something of any program, if it is there. */
  private static final long C2_NANOS = 3_000_000_000L;

  private Warmup() {}

  /**
   * Begins, in a thread of its own, with the loops that every program uses: worth calling before
   * data is loaded, so that the program that is made for it is ready sooner.
   */
  public static void begin() {
    VectorModule.require(); // here, and not in a thread that nobody waits for
    Thread.ofPlatform()
        .daemon()
        .name("crema-warm-up")
        .start(() -> {
          if (Jit.prepare()) {
            ask(Library.basic(Arena.ofAuto().allocate(Library.SCRATCH_BYTES)), () -> false);
          }
        });
  }

  /** Calls loops until the compiler has heard of them. */
  private static void ask(List<Warm> loops, BooleanSupplier stop) {
    for (Warm loop : loops) {
      if (stop.getAsBoolean()) {
        return;
      }
      for (int i = 0; i < UNPROFILED; i++) {
        loop.empty().run();
      }
      for (int i = 0; i < FIRST_ROUNDS; i++) {
        call(loop);
      }
    }
  }

  /**
   * What came of warming up.
   *
   * @param seconds how long it took
   * @param warning what keeps loops from full speed, with a remedy
   */
  public record Result(double seconds, Optional<String> warning) {
    /** Logs the warning, where nobody else is there to show it; returns the seconds. */
    public double logged() {
      warning.ifPresent(
          text -> System.getLogger(Warmup.class.getName()).log(System.Logger.Level.WARNING, text));
      return seconds;
    }
  }

  /**
   * Runs the loops until all of them are compiled, or a stop is asked for.
   *
   * @param stop asked again and again
   */
  public static Result run(List<Warm> loops, BooleanSupplier stop) {
    long start = System.nanoTime();
    if (!Jit.prepare()) {
      return new Result(
          0,
          Optional.of(
              "this JVM takes no compiler directives: the first steps may be slow; use a HotSpot JVM"));
    }
    ask(loops, stop);
    List<Warm> cold = new ArrayList<>(loops);
    while (!cold.isEmpty() && !stop.getAsBoolean() && System.nanoTime() - start < PATIENCE_NANOS) {
      Optional<Jit.Compiled> compiled = Jit.compiled();
      if (compiled.isEmpty()) {
        break;
      }
      if (!compiled.get().hasC2() && System.nanoTime() - start > C2_NANOS) {
        return new Result(
            (System.nanoTime() - start) * 1e-9,
            Optional.of(
                "this JVM compiles nothing with its optimizing compiler (C2): all steps may be a thousand times slower; use a HotSpot JVM without flags such as -Xint, -client or -XX:TieredStopAtLevel, and see `crema doctor`"));
      }
      cold.removeIf(loop -> compiled.get().kernels().contains(loop.name()));
      // The list is long, and the compiler wants processors, too.
      long next = System.nanoTime() + LOOK_NANOS;
      while (!cold.isEmpty() && System.nanoTime() < next) {
        long round = System.nanoTime();
        cold.forEach(Warmup::call);
        LockSupport.parkNanos(Math.min(REST * (System.nanoTime() - round), LOOK_NANOS));
      }
    }
    return new Result(
        (System.nanoTime() - start) * 1e-9,
        cold.isEmpty() || stop.getAsBoolean()
            ? Optional.empty()
            : Optional.of(
                String.format(
                    Locale.ROOT,
                    "%d of %d loops were not compiled within %.0f s, and may be slow for a while: %s; is the machine very busy?",
                    cold.size(),
                    loops.size(),
                    PATIENCE_NANOS * 1e-9,
                    cold.stream().map(Warm::name).toList())));
  }

  private static void call(Warm loop) {
    for (int i = 0; i < EMPTY_CALLS; i++) {
      loop.empty().run();
    }
    loop.small().run();
  }
}
