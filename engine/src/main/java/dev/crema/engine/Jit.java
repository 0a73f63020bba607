package dev.crema.engine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/** Talks to this JVM's compiler, through its diagnostic commands. */
final class Jit {
  private static final String KERNELS = "dev.crema.engine.kernel.";

  /** The classes whose static methods are loops over vectors. */
  private static final List<String> LOOPS =
      List.of("Map", "Pool", "Loss", "Norm", "Optimiser", "Vector").stream()
          .map(name -> "dev/crema/engine/kernel/" + name + "Loops.*")
          .toList();

  /** Vector functions that are parts of loops. */
  private static final List<String> PARTS =
      List.of(
          "dev/crema/engine/kernel/Vectors.*",
          "dev/crema/engine/kernel/LossLoops.max",
          "dev/crema/engine/kernel/LossLoops.clamp",
          "dev/crema/engine/kernel/LossLoops.logOfSum",
          "dev/crema/engine/kernel/PoolLoops.larger",
          "dev/crema/engine/kernel/MapLoops.mix",
          "dev/crema/engine/kernel/OptimiserLoops.sumOfLanes",
          "dev/crema/engine/kernel/NormLoops.gradient");

  /**
   * C1 gives up on loops with many vectors; C2 must see through the vector functions in them. That
   * goes for the loops alone. What calls them is compiled as usual, or else it would stay in the
   * interpreter for long; but it must not swallow a loop, for in there these rules do not hold.
   */
  private static final String DIRECTIVES =
      """
      [{ match: [%s], c1: { Exclude: true }, c2: { inline: [%s] } },
       { match: ["*.*"], c2: { inline: [%s] } }]
      """
          .formatted(
              quoted(
                  "",
                  Stream.of(
                          List.of("dev/crema/engine/kernel/Loop*.*"),
                          LOOPS,
                          List.of("dev/crema/engine/kernel/Vectors.*"))
                      .flatMap(List::stream)),
              quoted("+", PARTS.stream()),
              quoted("-", LOOPS.stream()));

  private Jit() {}

  private static String quoted(String prefix, Stream<String> patterns) {
    return patterns.map(pattern -> '"' + prefix + pattern + '"').collect(Collectors.joining(", "));
  }

  /** Keeps the kernels away from C1, once for the process; false if this JVM cannot. */
  static boolean prepare() {
    return Directives.INSTALLED;
  }

  /**
   * The kernel methods that run as C2's code now, as {@code Class.method}; empty if this JVM cannot
   * tell.
   */
  static Optional<Set<String>> compiled() {
    return command("compilerCodelist")
        .map(list -> {
          Set<String> names = new LinkedHashSet<>();
          list.lines().forEach(line -> parse(line).ifPresent(names::add));
          return names;
        });
  }

  /** A line reads: id, level, state (0: in use), class.method(signature) [addresses]. */
  private static Optional<String> parse(String line) {
    int start = line.indexOf(" 4 0 " + KERNELS);
    if (start < 0) {
      return Optional.empty();
    }
    return Optional.of(line.substring(start + 5 + KERNELS.length(), line.indexOf('(')));
  }

  private static Optional<String> command(String name, String... arguments) {
    try {
      Object answer =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  name,
                  new Object[] {arguments},
                  new String[] {String[].class.getName()});
      return Optional.of(String.valueOf(answer));
    } catch (JMException e) {
      return Optional.empty();
    }
  }

  /** Holds the answer of the one call. */
  private static final class Directives {
    static final boolean INSTALLED = install();

    private static boolean install() {
      try {
        Path file = Files.createTempFile("crema", ".directives");
        try {
          Files.writeString(file, DIRECTIVES);
          return command("compilerDirectivesAdd", file.toString()).isPresent();
        } finally {
          Files.delete(file);
        }
      } catch (IOException e) {
        return false;
      }
    }
  }
}
