package dev.crema.cli;

import java.util.Locale;
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
    versionProvider = Main.ModuleVersion.class,
    subcommands = {
      Train.class, //
      Eval.class,
      Predict.class,
      Resume.class,
      Compare.class,
      Studies.class,
      Reproduce.class,
      MakeReport.class,
      OpenStudio.class,
      Summarise.class,
      Bench.class,
      Data.class,
      Doctor.class,
    })
public final class Main implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the command and ends the process with its exit code, one of {@link ExitCodes}. */
  public static void main(String[] args) {
    // What the library logs looks like all other warnings.
    System.setProperty("java.util.logging.SimpleFormatter.format", "warning: %5$s%n");
    Locale.setDefault(Locale.ROOT); // for the libraries: what the compiler says of Java files
    System.exit(run(commandLine(), args));
  }

  static CommandLine commandLine() {
    return Faults.handledBy(new CommandLine(new Main()).setCaseInsensitiveEnumValuesAllowed(true));
  }

  /** Reports errors too, such as memory that ran out, which picocli lets through. */
  @SuppressWarnings("CatchThrowable")
  private static int run(CommandLine command, String... args) {
    try {
      return command.execute(args);
    } catch (Throwable fault) {
      return Faults.report(fault, command.getErr());
    }
  }

  /** Without a subcommand there is nothing to do but to say how the command is used. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return ExitCodes.USAGE;
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
