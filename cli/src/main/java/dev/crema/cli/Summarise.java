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
  /** What data sets such as MNIST have. */
  private static final Size SMALL = new Size(28, 28);

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ThreadsOption threads;

  @Parameters(
      paramLabel = "NET|FILE.yaml",
      description = "A network of the zoo, or an experiment file.")
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
    Size images = size == null ? experiment.feed().resize().orElse(SMALL) : parse(size);
    Shape input = Shape.image(1, images.height(), images.width());
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

  private Size parse(String text) {
    try {
      return Size.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--size: " + e.getMessage(), e);
    }
  }
}
