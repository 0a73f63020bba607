package dev.crema.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --threads}, to be mixed into a command. */
final class ThreadsOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many work; results do not depend on it (default: one per processor).")
  private @Nullable Integer threads;

  /** As many as asked for, or as there are processors. */
  int count() {
    if (threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    if (threads < 1) {
      throw new ParameterException(
          command.commandLine(), "--threads: expected a number from 1 on, got " + threads);
    }
    return threads;
  }
}
