package dev.crema.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --threads}, to be mixed into a command. */
final class ThreadsOption {
  /** More threads are slower, and far more are slower by orders of magnitude. */
  private static final int MOST_PER_PROCESSOR = 4;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many work; results do not depend on it (default: one per processor).")
  private @Nullable Integer threads;

  /** As many as asked for, though not many more than there are processors; or one for each. */
  int count() {
    int processors = Runtime.getRuntime().availableProcessors();
    if (threads == null) {
      return processors;
    }
    if (threads < 1) {
      throw new ParameterException(
          command.commandLine(), "--threads: expected a number from 1 on, got " + threads);
    }
    int most = MOST_PER_PROCESSOR * processors;
    if (threads > most) {
      Terminal.say(
          command,
          "warning: --threads %s: this machine has %s processors, and threads wait for each other; using %s"
              .formatted(threads, processors, most));
    }
    return Math.min(threads, most);
  }
}
