package dev.crema.cli;

import dev.crema.train.Trainer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --checkpoint-seconds}, to be mixed into a command. */
final class SavingOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--checkpoint-seconds",
      paramLabel = "S",
      description =
          "Save within an epoch too, when the last checkpoint is this old; 0: after every step (default: ${DEFAULT-VALUE}). After epochs of less than a second not each is saved.")
  private double seconds = Trainer.CHECKPOINT_SECONDS;

  /** How old the last checkpoint may be. */
  double seconds() {
    if (!(seconds >= 0)) {
      throw new ParameterException(
          command.commandLine(),
          "--checkpoint-seconds: expected a number from 0 on, got " + seconds);
    }
    return seconds;
  }
}
