package dev.crema.engine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
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

  /** A method's level of compilation and state, in the list of compiled code. */
  private static final String IN_USE_BY_C2 = " 4 0 ";

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
   * What runs as C2's code now.
   *
   * @param hasC2 whether any method does
   * @param kernels the kernel methods that do, as {@code Class.method}
   */
  record Compiled(boolean hasC2, Set<String> kernels) {}

  /** What runs as C2's code now; empty if this JVM cannot tell. */
  static Optional<Compiled> compiled() {
    return command("compilerCodelist")
        .map(list -> {
          Set<String> names = new LinkedHashSet<>();
          list.lines().forEach(line -> parse(line).ifPresent(names::add));
          return new Compiled(list.contains(IN_USE_BY_C2), names);
        });
  }

  /** A line reads: id, level, state (0: in use), class.method(signature) [addresses]. */
  private static Optional<String> parse(String line) {
    int start = line.indexOf(IN_USE_BY_C2 + KERNELS);
    if (start < 0) {
      return Optional.empty();
    }
    int name = start + IN_USE_BY_C2.length() + KERNELS.length();
    return Optional.of(line.substring(name, line.indexOf('(')));
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
    /** Where Linux shows the open files of the process that looks. */
    private static final Path OPEN_FILES = Path.of("/proc/self/fd");

    private static final String ENDING = ".directives";

    static final boolean INSTALLED = install();

    private static boolean install() {
      try {
        return (Files.isDirectory(OPEN_FILES) && installNameless()) || installNamed();
      } catch (IOException e) {
        return false;
      }
    }

    /**
     * The command reads a file. Here it has no name from the moment on that it is open: so nothing
     * stays of it, however and whenever this process ends.
     */
    private static boolean installNameless() throws IOException {
      Path file =
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "crema" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ENDING);
      try (FileChannel open =
          FileChannel.open(
              file,
              EnumSet.of(
                  StandardOpenOption.CREATE_NEW,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.DELETE_ON_CLOSE), // on Linux: at once
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
        open.write(ByteBuffer.wrap(DIRECTIVES.getBytes(StandardCharsets.UTF_8)));
        return linkTo(file).filter(Directives::add).isPresent();
      }
    }

    /** Where the system shows an open file of this process, which has no name any more. */
    private static Optional<Path> linkTo(Path file) throws IOException {
      String name = String.valueOf(file.getFileName());
      for (Path link : Listing.of(OPEN_FILES)) {
        try {
          if (Files.readSymbolicLink(link).toString().contains(name)) {
            return Optional.of(link);
          }
        } catch (IOException e) {
          // Another thread has just closed it.
        }
      }
      return Optional.empty();
    }

    private static boolean installNamed() throws IOException {
      Path file = Files.createTempFile("crema", ENDING);
      try {
        Files.writeString(file, DIRECTIVES);
        return add(file);
      } finally {
        Files.delete(file);
      }
    }

    private static boolean add(Path file) {
      return command("compilerDirectivesAdd", file.toString())
          .filter(answer -> answer.contains("directives added")) // or what is wrong with the file
          .isPresent();
    }
  }
}
