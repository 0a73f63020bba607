package dev.crema.cli;

import dev.crema.engine.Engine;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Mode;
import dev.crema.nn.Program;
import dev.crema.nn.Summary;
import dev.crema.train.Experiment;
import dev.crema.zoo.Recipe;
import dev.crema.zoo.Zoo;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema summary}: a network's layers, parameters, multiply-adds and memory. */
@Command(
    name = "summary",
    description = "Show a network's layers, parameters, multiply-adds and planned memory.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Summarise implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Parameters(
      paramLabel = "NET|FILE.yaml",
      description = "A network of the zoo, or an experiment file for images of 28 x 28.")
  private String net;

  @Override
  public Integer call() {
    Experiment experiment = Train.experiment(spec, net);
    Graph graph =
        Graph.of(
            experiment.net(),
            Zoo.find(net).map(Recipe::input).orElse(dev.crema.nn.Shape.image(1, 28, 28)));
    try (Engine engine = new Engine(Session.threads(0))) {
      long planned =
          Program.plannedBytes(
              graph,
              experiment.loss(),
              Mode.TRAIN,
              experiment.training().batch(),
              experiment.training().optimizer().slots().size(),
              engine);
      Summary summary = Summary.of(graph).plannedBytes(planned);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("net", experiment.name());
      result.putAll(summary.toMap());
      json.output().result(result, summary.text());
    }
    return ExitCodes.DONE;
  }
}
