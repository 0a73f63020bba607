package dev.crema.cli.bench;

import dev.crema.engine.TemporaryFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs programs to their end, each in a process of its own. */
final class FreshProcess {
  private static final int LOOK_MILLIS = 50;

  /** What Linux notes of a process that lives: the most memory that it ever had resident. */
  private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

  private FreshProcess() {}

  /**
   * How a program ended.
   *
   * @param peakBytes the most memory that it had resident, as far as it was seen; empty where the
   *     system does not tell
   */
  record Ended(int exit, String out, String err, OptionalLong peakBytes) {}

  /**
   * Runs a command.
   *
   * @param environment what is added to this process's
   * @param stop asked again and again: whether to end it early
   * @throws IOException if it cannot be started
   */
  static Ended run(List<String> command, Map<String, String> environment, BooleanSupplier stop)
      throws IOException {
    // files, not pipes: no output is too long for them
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Path out = folder.path().resolve("out.txt");
      Path err = folder.path().resolve("err.txt");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        process.getOutputStream().close();
        OptionalLong peak = OptionalLong.empty();
        while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS) && !stop.getAsBoolean()) {
          OptionalLong now = peakBytes(process.pid());
          peak = now.isPresent() ? now : peak;
        }
        int exit = process.destroyForcibly().waitFor();
        return new Ended(exit, Files.readString(out), Files.readString(err), peak);
      } catch (InterruptedException e) {
        throw new UncheckedIOException(new IOException("interrupted", e));
      } finally {
        process.destroyForcibly();
      }
    }
  }

  private static OptionalLong peakBytes(long pid) {
    try {
      Matcher line = PEAK.matcher(Files.readString(Path.of("/proc", pid + "", "status")));
      return line.find()
          ? OptionalLong.of(Long.parseLong(line.group(1)) << 10)
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty(); // another system, or a process that has just ended
    }
  }
}
