package dev.crema.cli.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try {
      Capture out = new Capture(process.getInputStream());
      Capture err = new Capture(process.getErrorStream());
      process.getOutputStream().close();
      OptionalLong peak = OptionalLong.empty();
      while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS) && !stop.getAsBoolean()) {
        OptionalLong now = peakBytes(process.pid());
        peak = now.isPresent() ? now : peak;
      }
      if (process.isAlive()) { // else its pipes would be closed, too, before all was read
        process.destroyForcibly();
      }
      int exit = process.waitFor();
      return new Ended(exit, out.text(), err.text(), peak);
    } catch (InterruptedException e) {
      throw new UncheckedIOException(new IOException("interrupted", e));
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * What a process writes, read while it runs: so no output is too long for the pipe, and there is
   * no temporary file that might stay.
   */
  private static final class Capture {
    private static final Duration STRAGGLING = Duration.ofSeconds(1);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Thread reader;

    Capture(InputStream from) {
      reader =
          Thread.ofPlatform()
              .daemon()
              .name("crema-capture")
              .start(() -> {
                try {
                  from.transferTo(bytes);
                } catch (IOException e) {
                  // The process has ended, and with it the pipe.
                }
              });
    }

    /** All of it, once the process has ended; what outlives it may still hold the pipe open. */
    String text() throws InterruptedException {
      boolean _ = reader.join(STRAGGLING);
      return bytes.toString(StandardCharsets.UTF_8);
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
