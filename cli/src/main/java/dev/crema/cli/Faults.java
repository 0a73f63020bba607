package dev.crema.cli;

import dev.crema.data.DataException;
import dev.crema.nn.NetworkException;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.DivergedException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Says in plain words, on standard error, what ended a command; with {@code CREMA_DEBUG=1} the
 * stack trace follows.
 */
final class Faults {
  private Faults() {}

  /** Makes a command report its faults here, and end with the codes of {@link ExitCodes}. */
  static CommandLine handledBy(CommandLine command) {
    return command
        .setExitCodeExceptionMapper(ExitCodes::of)
        .setParameterExceptionHandler((fault, _) -> wrongUse(fault))
        .setExecutionExceptionHandler((fault, at, _) -> report(fault, at.getErr()));
  }

  /** Reports a fault and gives its exit code. */
  static int report(Throwable fault, PrintWriter err) {
    err.println("crema: " + message(fault));
    trace(fault, err);
    return ExitCodes.of(fault);
  }

  private static int wrongUse(ParameterException fault) {
    CommandLine command = fault.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("crema: " + fault.getMessage());
    UnmatchedArgumentException.printSuggestions(fault, err);
    err.println("How to use it: " + command.getCommandSpec().qualifiedName() + " --help");
    trace(fault, err);
    return ExitCodes.of(fault);
  }

  private static void trace(Throwable fault, PrintWriter err) {
    if ("1".equals(System.getenv("CREMA_DEBUG"))) {
      fault.printStackTrace(err);
    }
    err.flush();
  }

  private static String message(Throwable fault) {
    String said = String.valueOf(fault.getMessage());
    return switch (fault) {
      case DataException _ -> said;
      case ConfigurationException _ -> said;
      case CheckpointException _ -> said;
      case DivergedException _ -> said;
      case NetworkException _ -> said;
      // these three say no more than the name of the file
      case NoSuchFileException _ -> said + ": there is no such file or folder";
      case AccessDeniedException _ -> said + ": permission denied";
      case FileAlreadyExistsException _ -> said + ": is there already";
      case UncheckedIOException e
          when e.getCause() != null && e.getCause().toString().equals(said) ->
          message(e.getCause());
      case UncheckedIOException _ -> said;
      case OutOfMemoryError _ ->
          "out of memory (" + said + "); give Java more with CREMA_JAVA_OPTS=-Xmx4g, for example";
      case InterruptedException _ -> "interrupted";
      default ->
          (fault.getMessage() == null ? fault.getClass().getName() : said)
              + " (set CREMA_DEBUG=1 to see where)";
    };
  }
}
