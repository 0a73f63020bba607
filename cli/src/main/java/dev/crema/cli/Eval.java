package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.engine.Engine;
import dev.crema.nn.Graph;
import dev.crema.train.Checkpoint;
import dev.crema.train.Experiment;
import dev.crema.train.Model;
import dev.crema.train.Run;
import dev.crema.train.Score;
import dev.crema.train.Signature;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema eval}: scores a run's network. */
@Command(
    name = "eval",
    description = "Test a run's network: the final one, or that of the newest checkpoint.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Eval implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private NetOption net;
  @Mixin private ThreadsOption threads;

  @Parameters(paramLabel = "RUN", description = "The run's directory.")
  private Path folder;

  @Option(
      names = "--data",
      paramLabel = "NAME|FOLDER",
      description = "Other data than the run's own.")
  private @Nullable String data;

  @Override
  public Integer call() {
    Run run = Run.open(folder);
    Experiment experiment = Session.experiment(run, net);
    PrintWriter err = spec.commandLine().getErr();
    String from = data == null ? experiment.feed().data() : Names.datasetOrFolder(spec, data);
    Dataset all =
        data == null
            ? Session.data(run, experiment, "or test on other data: --data FOLDER", err)
            : Session.load(from, err);
    Dataset dataset = experiment.feed().select(all, experiment.training().seed());
    Signature signature = run.signature(experiment.feed(), _ -> all);
    Session.checkTestable(signature, from, Signature.of(experiment.feed(), all), err);
    Graph graph = Session.graph(run.experiment().toString(), experiment, signature);
    Checkpoint weights = Session.weights(run, err);
    run.otherVectors().ifPresent(warning -> err.println("warning: " + warning));
    try (Engine engine = new Engine(threads.count())) {
      Model model = new Model(graph, experiment.loss(), experiment.training().batch(), engine);
      model.load(weights, run.checkpoints().folder());
      Score score = model.score(dataset.test());
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("run", run.folder().toString());
      result.put("net", experiment.name());
      result.put("data", from);
      result.put("step", weights.step());
      result.put("images", dataset.test().count());
      result.put("test_accuracy", score.accuracy());
      result.put("test_loss", score.loss());
      json.output()
          .result(
              result,
              String.format(
                  Locale.ROOT,
                  "test accuracy %.4f, test loss %.4f on %,d images",
                  score.accuracy(),
                  score.loss(),
                  dataset.test().count()));
    }
    return ExitCodes.DONE;
  }
}
