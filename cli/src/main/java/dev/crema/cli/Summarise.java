package dev.crema.cli;

import dev.crema.data.Size;
import dev.crema.engine.Engine;
import dev.crema.nn.Graph;
import dev.crema.nn.Mode;
import dev.crema.nn.Program;
import dev.crema.nn.Shape;
import dev.crema.nn.Summary;
import dev.crema.train.Experiment;
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
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ThreadsOption threads;

  @Parameters(
      paramLabel = "NET|FILE",
      description = "A network of the zoo, an experiment file, or a Java file with a network.")
  private String net;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      description =
          "The size of the images, such as 96, or 96x128 (height x width; default: what they are resized to, or else 28).")
  private @Nullable String size;

  @Override
  public Integer call() {
    Experiment experiment = Session.named(spec, net);
    Shape input = size == null ? experiment.feed().usualInput() : parse(size);
    Graph graph = Session.graph(net, experiment, input);
    try (Engine engine = new Engine(threads.count())) {
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

  private Shape parse(String text) {
    try {
      Size images = Size.parse(text);
      return Shape.image(1, images.height(), images.width());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--size: " + e.getMessage(), e);
    }
  }
}
