package dev.crema.cli;

import dev.crema.engine.Engine;
import dev.crema.nn.Graph;
import dev.crema.nn.Mode;
import dev.crema.nn.Program;
import dev.crema.nn.Shape;
import dev.crema.nn.Summary;
import dev.crema.train.Experiment;
import dev.crema.zoo.Recipe;
import dev.crema.zoo.Zoo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema summary}: a network's layers, parameters, multiply-adds and memory. */
@Command(
    name = "summary",
    description = "Show a network's layers, parameters, multiply-adds and planned memory.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Summarise implements Callable<Integer> {
  private static final int LARGEST = 4096;

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Parameters(
      paramLabel = "NET|FILE.yaml",
      description = "A network of the zoo, or an experiment file.")
  private String net;

  @Option(
      names = "--size",
      paramLabel = "N",
      description =
          "Height and width of the images (default: what the network was made for; 28 for a file).")
  private @Nullable Integer size;

  @Override
  public Integer call() {
    Experiment experiment = Session.named(spec, net);
    Shape input = input();
    Graph graph = Session.graph(net, experiment, input);
    try (Engine engine = new Engine(1)) {
      long planned =
          new Program(
                  graph,
                  experiment.loss(),
                  Mode.TRAIN,
                  experiment.training().batch(),
                  experiment.training().optimizer().slots().size(),
                  engine)
              .plannedBytes();
      Summary summary = Summary.of(graph).plannedBytes(planned);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("net", experiment.name());
      result.putAll(summary.toMap());
      json.output().result(result, summary.text());
    }
    return ExitCodes.DONE;
  }

  private Shape input() {
    Shape usual = Zoo.find(net).map(Recipe::input).orElse(Shape.image(1, 28, 28));
    if (size == null) {
      return usual;
    }
    if (size < 1 || size > LARGEST) {
      throw new ParameterException(
          spec.commandLine(), "--size: expected a number from 1 to " + LARGEST + ", got " + size);
    }
    return Shape.image(usual.channels(), size, size);
  }
}
