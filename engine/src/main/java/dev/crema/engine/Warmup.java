package dev.crema.engine;

import dev.crema.engine.kernel.Warm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Brings loops to full speed before the first step.
 *
 * <p>The hazard: in tiered compilation a kernel first goes to C1, which gives up on its many
 * vectors ("out of virtual registers") and may leave it in the interpreter for a minute, a thousand
 * times slower. So C1 is told to leave the loops alone, and the counters that call C2 are fed with
 * empty calls, after a few real ones have shown it every branch. The calls go on until the loop is
 * fast: HotSpot drops a request from its queue when the method falls silent.
 */
public final class Warmup {
  private static final String DIRECTIVES =
      """
      [{ match: ["dev/crema/engine/kernel/*.*"],
         c1: { Exclude: true },
         c2: { inline: ["+dev/crema/engine/kernel/Vectors.*", "+dev/crema/engine/kernel/LossLoops.max",
                        "+dev/crema/engine/kernel/LossLoops.clamp",
                        "+dev/crema/engine/kernel/LossLoops.logOfSum",
                        "+dev/crema/engine/kernel/PoolLoops.larger",
                        "+dev/crema/engine/kernel/MapLoops.mix",
                        "+dev/crema/engine/kernel/OptimiserLoops.sumOfLanes",
                        "+dev/crema/engine/kernel/NormLoops.gradient"] } }]
      """;
  private static final int EMPTY_CALLS = 3000;
  private static final long FAST_NANOS = 20_000;
  private static final long PATIENCE_NANOS = 20_000_000_000L;

  private Warmup() {}

  /** Runs the loops until all of them are compiled; returns the seconds it took. */
  public static double run(List<Warm> loops) {
    long start = System.nanoTime();
    Directives.install();
    List<Warm> slow = new ArrayList<>(loops);
    for (Warm loop : slow) {
      for (int i = 0; i < 3; i++) {
        loop.small().run();
      }
    }
    while (!slow.isEmpty() && System.nanoTime() - start < PATIENCE_NANOS) {
      for (Warm loop : slow) {
        for (int i = 0; i < EMPTY_CALLS; i++) {
          loop.empty().run();
        }
      }
      slow.removeIf(Warmup::isFast);
    }
    if (!slow.isEmpty()) {
      System.getLogger(Warmup.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "not yet at full speed: {0}",
              slow.stream().map(Warm::name).toList());
    }
    return (System.nanoTime() - start) * 1e-9;
  }

  private static boolean isFast(Warm loop) {
    long start = System.nanoTime();
    loop.small().run();
    return System.nanoTime() - start < FAST_NANOS;
  }

  /** Tells C1, once for the process, to leave the loops to C2. */
  private static final class Directives {
    static {
      add();
    }

    static void install() {
      // The static initialiser does it.
    }

    private static void add() {
      try {
        Path file = Files.createTempFile("crema", ".directives");
        try {
          Files.writeString(file, DIRECTIVES);
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "compilerDirectivesAdd",
                  new Object[] {new String[] {file.toString()}},
                  new String[] {String[].class.getName()});
        } finally {
          Files.delete(file);
        }
      } catch (IOException | JMException e) {
        // A JVM without this command still computes the same; it may only warm up late.
        System.getLogger(Warmup.class.getName())
            .log(System.Logger.Level.WARNING, "cannot keep the loops away from C1", e);
      }
    }
  }
}
