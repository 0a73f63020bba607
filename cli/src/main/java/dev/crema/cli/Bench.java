package dev.crema.cli;

import dev.crema.cli.bench.Layer;
import dev.crema.engine.Engine;
import dev.crema.engine.Engine.Convolving;
import dev.crema.nn.Peak;
import dev.crema.nn.Shape;
import dev.crema.train.Benchmark;
import dev.crema.train.Experiment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema bench}: how fast networks train on this machine, and how much of it they use. */
@Command(
    name = "bench",
    description = {
      "Measure training steps on random images, against this machine's peak.",
      "With --all, --peer, --rounds or --markdown every measurement has a process of its own, and"
          + " what is shown are medians over the rounds, and the least and greatest figure."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Bench implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private ThreadsOption threads;
  @Mixin private TurnsOptions turns;

  @Parameters(
      arity = "0..*",
      paramLabel = "NET|FILE",
      description = "Networks of the zoo, experiment files and Java files.")
  private List<String> given = List.of();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description = "To measure each for (default: ${DEFAULT-VALUE}).")
  private double seconds = 3;

  @Option(
      names = "--profile",
      description =
          "Show where the time of a step goes, layer by layer, and the bytes and operations per"
              + " second and thread. Layers that are computed as one share a line. With --peer, what"
              + " each layer's rate is of the other's matrix product, too.")
  private boolean profile;

  @Option(
      names = "--direct",
      description = "Compute convolutions by their definition, never by Winograd's algorithm.")
  private boolean direct;

  @Override
  public Integer call() {
    List<String> nets = turns.nets(given);
    // all of them before the work: a bad one is named at once
    List<Experiment> experiments = nets.stream().map(net -> Session.named(spec, net)).toList();
    for (int i = 0; i < nets.size(); i++) {
      Experiment experiment = experiments.get(i);
      Session.graph(nets.get(i), experiment, experiment.feed().usualInput());
    }
    if (turns.asked()) {
      List<String> flags = new ArrayList<>();
      if (direct) {
        flags.add("--direct");
      }
      if (profile) {
        flags.add("--profile");
      }
      return turns.measure(nets, flags, threads.count(), seconds, json.output());
    }
    for (int i = 0; i < nets.size(); i++) {
      measure(nets.get(i), experiments.get(i));
    }
    return ExitCodes.DONE;
  }

  private void measure(String net, Experiment experiment) {
    Shape input = experiment.feed().usualInput();
    Convolving convolving = direct ? Convolving.DIRECT : Convolving.FASTEST;
    try (Engine engine = new Engine(threads.count(), convolving)) {
      double peak = Peak.gflops(engine);
      if (profile) {
        Benchmark.Profiled profiled = Benchmark.profile(experiment, input, engine, seconds, peak);
        tell(net, profiled.figures(), layers(profiled, peak / threads.count()));
      } else {
        tell(net, Benchmark.run(experiment, input, engine, seconds, peak), List.of());
      }
    }
  }

  private static List<Layer> layers(Benchmark.Profiled profiled, double peakGflops) {
    return profiled.parts().stream().map(part -> Layer.of(part, peakGflops)).toList();
  }

  private void tell(String net, Benchmark.Figures figures, List<Layer> layers) {
    Map<String, Object> result = figures.toMap();
    StringBuilder text = new StringBuilder(text(net, figures));
    if (!layers.isEmpty()) {
      result.put("profile", layers.stream().map(Layer::toMap).toList());
    }
    layers.forEach(layer -> text.append(System.lineSeparator()).append("  ").append(layer.text()));
    json.output().result(result, text.toString());
  }

  private static String text(String net, Benchmark.Figures figures) {
    return String.format(
        Locale.ROOT,
        "%s: %,.0f images/s (batch %d, %d threads), %.1f GFLOP/s = %.0f %% of %.1f, %.1f MB planned,"
            + " warm in %.1f s",
        net,
        figures.imagesPerSecond(),
        figures.batch(),
        figures.threads(),
        figures.gflops(),
        100 * figures.gflops() / figures.peakGflops(),
        figures.peakGflops(),
        figures.plannedBytes() / 1e6,
        figures.warmupSeconds());
  }
}
