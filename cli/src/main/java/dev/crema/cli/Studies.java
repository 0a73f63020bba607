package dev.crema.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code crema study}: what depth, width and batch size do. */
@Command(
    name = "study",
    description = {
      "Say what depth, width or batch size do to a network's errors, each cell at its own best"
          + " learning rate.",
      "The same command goes on where it was interrupted, and trains nothing twice."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class,
    subcommands = {StudyDepth.class, StudyWidth.class, StudyBatchSize.class})
final class Studies implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "expected what to study after study: " + String.join(", ", spec.subcommands().keySet()));
  }
}
