package dev.crema.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code crema data}: the datasets of this machine. */
@Command(
    name = "data",
    description = "List, fetch and show datasets.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class,
    subcommands = {DataList.class, DataFetch.class, DataShow.class})
final class Data implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "expected a command after data: " + String.join(", ", spec.subcommands().keySet()));
  }
}
