package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs the {@code crema} that was just built as a process of its own, as users do. */
final class CremaProcess {
  /** What a process wrote and how it ended; the JVM's own warnings are left out of {@code err}. */
  record Result(int exit, String out, String err) {}

  private static final Path SAMPLE = Path.of("../data/src/test/resources/fashion-sample");

  private final Path folder;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<String> jvmFlags = new ArrayList<>(List.of("-XX:+UseSerialGC"));
  private String shell = "";
  private int timeoutSeconds = 120;

  /**
   * @param folder where it runs; its cache is the folder {@code cache} in there
   */
  CremaProcess(Path folder) {
    this.folder = folder;
    environment.put("CREMA_CACHE", folder.resolve("cache").toString());
  }

  /** Puts 300 images of Fashion-MNIST, as the data set {@code sample}, into a folder. */
  static void putSample(Path folder) throws IOException {
    Path sample = Files.createDirectory(folder.resolve("sample"));
    try (var files = Files.newDirectoryStream(SAMPLE, "*.gz")) {
      for (Path file : files) {
        Files.copy(file, sample.resolve(file.getFileName()));
      }
    }
  }

  /** Sends a signal, such as STOP. */
  static void signal(Process process, String name) throws IOException, InterruptedException {
    if (name.equals("INT")) {
      checkHeeds(process);
    }
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }

  /** Waits until something is so, while a process runs. */
  static void await(Process process, Callable<Boolean> isSo) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!isSo.call()) {
      assertThat(process.isAlive()).as("it still runs").isTrue();
      assertThat(System.nanoTime()).as("it takes too long").isLessThan(end);
      Thread.sleep(2);
    }
  }

  /** Interrupts a process as Ctrl-C does. */
  static void interrupt(Process process) throws IOException, InterruptedException {
    signal(process, "INT");
  }

  /** Or else the test would wait in vain. */
  private static void checkHeeds(Process process) throws IOException {
    Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
    if (Files.exists(status)) {
      // INT is signal 2, and so the second bit of the mask's last digit.
      assertThat(Files.readString(status))
          .as(
              "a process that ignores interrupts, as all do that a script starts in the background: start the tests in the foreground, or after set -m")
          .doesNotContainPattern("SigIgn:\\s*\\p{XDigit}*[2367abefABEF]\\b");
    }
  }

  /** Interrupts a process as Ctrl-C does, as soon as something is so, and waits for its end. */
  static void interruptOnce(Process process, Callable<Boolean> isSo) throws Exception {
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
      while (!isSo.call() && process.isAlive() && System.nanoTime() < end) {
        Thread.sleep(5);
      }
      interrupt(process);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Runs a command of the shell first, such as {@code ulimit}. */
  CremaProcess after(String shell) {
    this.shell = shell + "; ";
    return this;
  }

  /** Sets an environment variable. */
  CremaProcess with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Adds a flag of the JVM, such as {@code -Xmx64m}. */
  CremaProcess jvm(String flag) {
    jvmFlags.add(flag);
    return this;
  }

  /** Kills it, and fails, when it runs longer. */
  CremaProcess within(int seconds) {
    timeoutSeconds = seconds;
    return this;
  }

  /** Runs it to its end. */
  Result run(String... arguments) throws IOException, InterruptedException {
    // files, not pipes: no output is too long for them, and a killed process leaves what it wrote
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    Process process = start(out, err, arguments);
    try {
      if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
        throw new AssertionError(
            "crema %s still runs after %d s; it wrote:%n%s%n%s"
                .formatted(String.join(" ", arguments), timeoutSeconds, text(out), text(err)));
      }
      return new Result(process.exitValue(), text(out), withoutWarnings(text(err)));
    } finally {
      process.destroyForcibly().waitFor();
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  /** Starts it, for a test that interrupts or kills it; whoever starts it ends it. */
  Process start(Path out, Path err, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (!shell.isEmpty()) {
      command.addAll(List.of("sh", "-c", shell + "exec \"$@\"", "sh"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmFlags);
    command.addAll(
        List.of(
            "-Djava.awt.headless=true",
            "--module-path",
            modulePath(),
            "-m",
            "dev.crema.cli/dev.crema.cli.Main"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().remove("CREMA_DEBUG");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /** What this test itself runs with, in absolute paths, its own classes aside. */
  static String modulePath() {
    String all =
        System.getProperty("jdk.module.path", "")
            + File.pathSeparator
            + System.getProperty("java.class.path", "");
    return String.join(
        File.pathSeparator,
        Stream.of(all.split(File.pathSeparator))
            .filter(entry -> !entry.isEmpty() && !entry.contains("test-classes"))
            .map(entry -> Path.of(entry).toAbsolutePath())
            .filter(entry -> !entry.toString().contains("surefire"))
            .filter(Files::exists)
            .map(Path::toString)
            .distinct()
            .toList());
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  private static String withoutWarnings(String err) {
    return err.replaceAll("(?m)^WARNING: Using incubator modules: .*\\R", "");
  }
}
