package dev.crema.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the {@code crema} command; its subcommands do the work. */
@Command(
    name = "crema",
    description = "Deep learning for images in pure Java.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
public final class Main implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Main() {}

  /**
   * Runs the command and ends the process with its exit code: 0 for success, 1 for a failure, 2 for
   * a wrong use.
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }

  /** Without a subcommand there is nothing to do but to say how the command is used. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  /** The version Maven built, which the compiler wrote into the module descriptor. */
  static final class ModuleVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
      var descriptor = Main.class.getModule().getDescriptor();
      return new String[] {"crema " + descriptor.rawVersion().orElse("(unknown version)")};
    }
  }
}
