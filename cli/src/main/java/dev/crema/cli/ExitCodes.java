package dev.crema.cli;

import dev.crema.data.DataException;
import dev.crema.nn.NetworkException;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.DivergedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine.ParameterException;

/** What the numbers mean with which {@code crema} ends. */
final class ExitCodes {
  static final int DONE = 0;
  static final int FAILURE = 1;
  static final int USAGE = 2;

  /** Bad data or a bad configuration. */
  static final int INPUT = 3;

  static final int DIVERGED = 4;

  /** A checkpoint that is damaged, or a disk that does not do what it should. */
  static final int STORAGE = 5;

  /** Ended by a signal; the JVM makes it 143 if that is SIGTERM, and 129 if it is SIGHUP. */
  static final int INTERRUPTED = 130;

  private ExitCodes() {}

  /** The exit code for what ended a command. */
  static int of(Throwable fault) {
    return switch (fault) {
      case ParameterException _ -> USAGE;
      case DataException e when e.getCause() instanceof InterruptedException -> INTERRUPTED;
      case DataException _ -> INPUT;
      case ConfigurationException _ -> INPUT;
      case NetworkException _ -> INPUT;
      case DivergedException _ -> DIVERGED;
      case CheckpointException _ -> STORAGE;
      case UncheckedIOException _ -> STORAGE;
      case IOException _ -> STORAGE;
      case InterruptedException _ -> INTERRUPTED;
      default -> FAILURE;
    };
  }
}
