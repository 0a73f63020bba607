package dev.crema.train;

import dev.crema.engine.Lanes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What a run was made with and on: what one needs to know to make it again. */
final class Environment {
  private Environment() {}

  static Map<String, Object> describe() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("started", Instant.now().toString());
    facts.put("crema", version());
    commit().ifPresent(commit -> facts.put("git", commit));
    facts.put("java", Runtime.version().toString());
    facts.put("vm", System.getProperty("java.vm.name") + ", " + System.getProperty("java.vendor"));
    facts.put(
        "os",
        "%s %s %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
    processor().ifPresent(name -> facts.put("cpu", name));
    facts.put("lanes", Lanes.COUNT);
    facts.put("cpus", Runtime.getRuntime().availableProcessors());
    facts.put("max_heap_bytes", Runtime.getRuntime().maxMemory());
    return facts;
  }

  /** The version that Maven built; a module descriptor would say it on the module path alone. */
  private static String version() {
    try (InputStream file = Environment.class.getResourceAsStream("version.txt")) {
      return file == null
          ? "unknown"
          : new String(file.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** The commit of the folder that the command was given in, if that is under git. */
  private static Optional<String> commit() {
    try {
      Process git =
          new ProcessBuilder(
                  "git",
                  "--no-optional-locks",
                  "describe",
                  "--always",
                  "--dirty",
                  "--abbrev=40",
                  "--exclude=*")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      git.getOutputStream().close();
      if (!git.waitFor(2, TimeUnit.SECONDS)) {
        git.destroyForcibly();
        return Optional.empty();
      }
      String commit =
          new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return git.exitValue() == 0 ? Optional.of(commit) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // no git here
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static Optional<String> processor() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // only Linux has it
    }
  }
}
