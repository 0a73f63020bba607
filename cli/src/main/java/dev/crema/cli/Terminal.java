package dev.crema.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Scanner;
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

  /** How many letters and lines it shows. */
  record Size(int columns, int rows) {}

  /** How large the terminal is: as it says itself, or else COLUMNS and LINES, or else 80 x 24. */
  static Size size() {
    Path terminal = Files.exists(STANDARD_ERROR) ? STANDARD_ERROR : Path.of("/dev/tty");
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(terminal.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (Scanner said = new Scanner(stty.getInputStream(), StandardCharsets.US_ASCII)) {
        int rows = said.nextInt();
        int columns = said.nextInt();
        if (rows > 0 && columns > 0) {
          return new Size(columns, rows);
        }
      }
    } catch (IOException | NoSuchElementException e) {
      // no terminal, or none that says it
    }
    return new Size(number("COLUMNS", 80), number("LINES", 24));
  }

  private static int number(String variable, int usual) {
    String value = System.getenv(variable);
    return value != null && value.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(value) : usual;
  }

  /** Whether colours are welcome: <a href="https://no-color.org">NO_COLOR</a> says no. */
  static boolean colours() {
    String no = System.getenv("NO_COLOR");
    return no == null || no.isEmpty();
  }

  /** Why standard error cannot show a screen of curves; empty if it can. */
  static Optional<String> whyNoScreen() {
    if (!live()) {
      return Optional.of("standard error is no terminal that can be drawn on");
    }
    return System.err.charset().newEncoder().canEncode('\u2800')
        ? Optional.empty()
        : Optional.of(
            "standard error is in %s, which has no letters to draw with; set LC_ALL=C.UTF-8"
                .formatted(System.err.charset()));
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
