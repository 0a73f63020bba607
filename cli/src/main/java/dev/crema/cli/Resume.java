package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.train.Experiment;
import dev.crema.train.Run;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
  @Mixin private NetOption net;
  @Mixin private ThreadsOption threads;
  @Mixin private SavingOption saving;
  @Mixin private WatchOptions watch;

  @Parameters(paramLabel = "RUN", description = "The run's directory.")
  private Path folder;

  @Override
  public Integer call() {
    Run run = Run.open(folder);
    int workers = threads.count();
    double seconds = saving.seconds();
    Optional<Map<String, Object>> results = run.results();
    if (results.isPresent()) {
      json.output()
          .result(
              results.get(),
              "%s: finished already, after %s epochs with test accuracy %s; there is nothing to continue"
                  .formatted(
                      folder, results.get().get("epochs"), results.get().get("test_accuracy")));
      return ExitCodes.DONE;
    }
    Experiment experiment = Session.experiment(run, net);
    Dataset data = Session.data(run, experiment, "or train anew", spec.commandLine().getErr());
    return Job.of(run.experiment().toString(), experiment, data, workers, seconds)
        .run(() -> run, watch, spec.commandLine().getErr(), json.output());
  }
}
