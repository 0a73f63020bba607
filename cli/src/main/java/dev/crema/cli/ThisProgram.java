package dev.crema.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The {@code crema} command as this process runs it, to be run again. */
final class ThisProgram {
  private ThisProgram() {}

  /** The words that run it in a JVM like this one, with these arguments. */
  static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-m");
    command.add(
        System.getProperty("jdk.module.main") + "/" + System.getProperty("jdk.module.main.class"));
    command.addAll(arguments);
    return command;
  }

  /**
   * Starts it anew, without input and with its errors in its output.
   *
   * @throws IOException if it cannot be started
   */
  static Process start(List<String> arguments) throws IOException {
    Process process = new ProcessBuilder(command(arguments)).redirectErrorStream(true).start();
    process.getOutputStream().close();
    keepJars(process.pid());
    return process;
  }

  /** The launcher sweeps up old builds but those that a process has noted its use of. */
  private static void keepJars(long pid) throws IOException {
    Path jars = Path.of(System.getProperty("jdk.module.path", ""));
    if (Files.exists(jars.resolve("use." + ProcessHandle.current().pid()))) {
      Files.writeString(jars.resolve("use." + pid), "");
    }
  }
}
