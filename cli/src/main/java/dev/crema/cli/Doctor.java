package dev.crema.cli;

import dev.crema.data.Datasets;
import dev.crema.engine.Engine;
import dev.crema.engine.Lanes;
import dev.crema.nn.Peak;
import java.lang.Runtime.Version;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code crema doctor}: whether this machine is fit to train on. */
@Command(
    name = "doctor",
    description = "Look at this machine, and say what to do where it is not fit.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Doctor implements Callable<Integer> {
  /** Before it the default collector may corrupt objects while they are pinned (JDK-8377811). */
  private static final Version OLDEST = Version.parse("25.0.3");

  /** Four lanes and two independent sums are eight times as fast as a plain loop, at least. */
  private static final double LEAST_SPEEDUP = 3;

  private static final long MEGABYTE = 1 << 20;
  private static final long LITTLE_MEMORY = 1024 * MEGABYTE;

  @Mixin private JsonOption json;

  @Override
  public Integer call() {
    Version java = Runtime.version();
    long memory = memory();
    long heap = Runtime.getRuntime().maxMemory();
    int cores = Runtime.getRuntime().availableProcessors();
    Path cache = Datasets.cache();
    boolean fit = fit(java);
    List<String> problems = new ArrayList<>();
    if (!fit) {
      problems.add(
          "Java %s is too old: install a JDK of version %s or newer (e.g. Eclipse Temurin 25), or set CREMA_JAVA_HOME to its folder"
              .formatted(java, OLDEST));
    }
    if (Lanes.COUNT < 4) {
      problems.add(
          "vectors hold only %s numbers: a processor with AVX2, AVX-512 or NEON trains far faster"
              .formatted(Lanes.COUNT));
    }
    double one = gflops(1);
    double all = gflops(cores);
    double scalar = ScalarRate.gflops();
    if (one < LEAST_SPEEDUP * scalar) {
      problems.add(
          String.format(
              Locale.ROOT,
              "the loops of training reach %.2f GFLOP/s, and a plain loop %.2f: this JVM does not compile them to vector instructions; use a HotSpot JVM (e.g. Eclipse Temurin 25) without flags such as -Xint, -client or -XX:TieredStopAtLevel (CREMA_JAVA_OPTS, JAVA_TOOL_OPTIONS)",
              one,
              scalar));
    }
    if (memory < LITTLE_MEMORY) {
      problems.add(
          "only %s MB of memory: give this machine or container at least %s MB"
              .formatted(memory / MEGABYTE, LITTLE_MEMORY / MEGABYTE));
    }
    if (!writable(cache)) {
      problems.add(cache + " cannot be written: set CREMA_CACHE to a folder of yours");
    }

    Map<String, Object> present = new LinkedHashMap<>();
    List<String> datasets = new ArrayList<>();
    for (String name : Datasets.names()) {
      Optional<Path> folder = Datasets.locate(name);
      present.put(name, folder.map(Path::toString).orElse(null));
      datasets.add(name + (folder.isPresent() ? " in " + folder.get() : " not here yet"));
    }

    Map<String, Object> object = new LinkedHashMap<>();
    object.put("java", java.toString());
    object.put("vendor", System.getProperty("java.vendor"));
    object.put("jdk_fit", fit);
    object.put("lanes", Lanes.COUNT);
    object.put("cores", cores);
    object.put("gflops_one_thread", one);
    object.put("gflops", all);
    object.put("gflops_scalar", scalar);
    object.put("memory_bytes", memory);
    object.put("max_heap_bytes", heap);
    object.put("cache", cache.toString());
    object.put("datasets", present);
    object.put("problems", problems);
    json.output()
        .result(
            object,
            String.format(
                Locale.ROOT,
                """
                java      %s, %s
                vectors   %d lanes of 32 bits
                cores     %d
                speed     %.1f GFLOP/s on one thread, %.1f on all; a loop without vectors %.1f
                memory    %,d MB, of which Java's heap may take %,d MB
                cache     %s
                datasets  %s
                %s\
                """,
                java,
                System.getProperty("java.vendor"),
                Lanes.COUNT,
                cores,
                one,
                all,
                scalar,
                memory / MEGABYTE,
                heap / MEGABYTE,
                cache,
                String.join(System.lineSeparator() + "          ", datasets),
                verdict(problems)));
    return problems.isEmpty() ? ExitCodes.DONE : ExitCodes.FAILURE;
  }

  private static double gflops(int threads) {
    try (Engine engine = new Engine(threads)) {
      return Peak.gflops(engine);
    }
  }

  private static String verdict(List<String> problems) {
    return problems.isEmpty()
        ? "All is well."
        : "- " + String.join(System.lineSeparator() + "- ", problems);
  }

  /** Early builds of the next Java count as that Java. */
  static boolean fit(Version java) {
    return java.feature() > OLDEST.feature() || java.compareToIgnoreOptional(OLDEST) >= 0;
  }

  private static long memory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }

  /** Whether the folder can be written, or else made. */
  private static boolean writable(Path folder) {
    for (@Nullable Path at = folder.toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at)) {
        return Files.isDirectory(at) && Files.isWritable(at);
      }
    }
    return false;
  }
}
