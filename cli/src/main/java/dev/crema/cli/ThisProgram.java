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

  /** The words that started this process, up to the arguments of {@link Main}. */
  static List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-m");
    command.add(
        System.getProperty("jdk.module.main") + "/" + System.getProperty("jdk.module.main.class"));
    return command;
  }

  /**
   * Starts it anew, without input and with its errors in its output.
   *
   * @throws IOException if it cannot be started
   */
  static Process start(List<String> arguments) throws IOException {
    List<String> command = command();
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    keepJars(process.pid());
    return process;
  }

  /** The launcher sweeps up old builds but those that a process has noted its use of. */
  private static void keepJars(long pid) throws IOException {
    Path jars = Path.of(System.getProperty("jdk.module.path", ""));
    if (Files.exists(jars.resolve("use." + ProcessHandle.current().pid()))) {
      Files.createFile(jars.resolve("use." + pid));
    }
  }
}
