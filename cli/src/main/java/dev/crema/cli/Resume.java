package dev.crema.cli;

import dev.crema.train.Run;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema resume}: goes on with a run that was stopped. */
@Command(
    name = "resume",
    description = "Go on with a run from its newest good checkpoint, to the same bits.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Resume implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Parameters(paramLabel = "RUN", description = "The run's directory.")
  private Path folder;

  @Option(names = "--threads", paramLabel = "N", description = "Default: one per processor.")
  private int threads;

  @Override
  public Integer call() {
    Run run = Run.open(folder);
    return Session.train(
        Session.experiment(run.experiment()),
        run,
        Session.threads(threads),
        spec.commandLine().getErr(),
        json.output());
  }
}
