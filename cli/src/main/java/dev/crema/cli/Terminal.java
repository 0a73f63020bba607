package dev.crema.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** Knows whether someone watches standard error, and tells them what goes on. */
final class Terminal {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Terminal() {}

  /** Whether a line on standard error can be drawn anew over itself. */
  static boolean live() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      // Linux knows it exactly, even when standard output goes elsewhere
      String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      var console = System.console();
      return console != null && console.isTerminal();
    }
  }

  /** Prints a line of progress. */
  static void say(CommandSpec spec, String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }

  /** The command as it was given, to be typed again. */
  static String command(CommandSpec spec) {
    return spec.root().commandLine().getParseResult().originalArgs().stream()
        .map(argument -> argument.contains(" ") ? "'" + argument + "'" : argument)
        .collect(Collectors.joining(" ", "crema ", ""));
  }
}
