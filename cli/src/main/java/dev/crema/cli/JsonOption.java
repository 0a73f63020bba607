package dev.crema.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The option {@code --json}, to be mixed into a command: {@code @Mixin private JsonOption json}.
 */
final class JsonOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--json",
      description = "Print one JSON object per result on standard output, and nothing else.")
  private boolean json;

  /** Where the results of the command go. */
  Output output() {
    return new Output(command.commandLine().getOut(), json);
  }
}
