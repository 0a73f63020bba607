package dev.crema.cli.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.nn.Shape;
import dev.crema.train.Optimizer;
import dev.crema.zoo.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Python that has PyTorch, and the script of the checkout that measures a network of the zoo
 * there.
 *
 * @param version PyTorch's
 * @param tcmalloc the library that makes tcmalloc the allocator of a process, if there is one
 */
public record PyTorch(String python, Path script, String version, Optional<String> tcmalloc) {
  private static final List<String> MODES = List.of("eager", "channels_last", "compile");
  private static final Path SCRIPT = Path.of("bench", "pytorch_peer.py");

  /**
   * Asks a Python what it has.
   *
   * @param checkout the folder that the script is looked for in
   * @throws IllegalArgumentException if there is no script, no such Python or no PyTorch in it
   */
  public static PyTorch find(String python, Path checkout) {
    Path script = checkout.resolve(SCRIPT);
    if (!Files.exists(script)) {
      throw new IllegalArgumentException(
          script + ": there is no such file; run ./crema of a checkout, which has it");
    }
    String failure;
    try {
      List<String> command = List.of(python, script.toString(), "--about");
      FreshProcess.Ended ended = FreshProcess.run(command, Map.of(), () -> false);
      if (ended.exit() == 0) {
        Map<String, Object> about = JSON.std.mapFrom(Contender.lastLine(ended.out()));
        return new PyTorch(
            python,
            script,
            String.valueOf(about.get("version")),
            Optional.ofNullable(about.get("tcmalloc")).map(String::valueOf));
      }
      failure = Contender.reason(ended);
    } catch (IOException e) {
      failure = String.valueOf(e.getMessage());
    }
    throw new IllegalArgumentException(
        "%s: expected a Python with PyTorch and NumPy, got: %s; install them (pip install torch numpy), or name another one with --python"
            .formatted(python, failure));
  }

  /** A recipe in all modes, as installed and under tcmalloc. */
  public List<Contender> contenders(Recipe recipe, int threads, double seconds) {
    List<Contender> contenders = new ArrayList<>();
    for (String mode : MODES) {
      List<String> command = command(recipe, mode, threads, seconds);
      contenders.add(new Contender(mode, false, command, Map.of()));
      tcmalloc.ifPresent(library ->
          contenders.add(
              new Contender(mode + " + tcmalloc", true, command, Map.of("LD_PRELOAD", library))));
    }
    return contenders;
  }

  private List<String> command(Recipe recipe, String mode, int threads, double seconds) {
    Shape input = recipe.input();
    Rule rule = Rule.of(recipe.training().optimizer());
    return List.of(
        python,
        script.toString(),
        recipe.name(),
        "--mode=" + mode,
        "--shape=%dx%dx%d".formatted(input.channels(), input.height(), input.width()),
        "--batch=" + recipe.training().batch(),
        "--optimizer=" + rule.name(),
        "--weight-decay=" + rule.weightDecay(),
        "--threads=" + threads,
        "--seconds=" + seconds);
  }

  /** What matters of an optimiser for its speed, as the script calls it. */
  private record Rule(String name, double weightDecay) {
    static Rule of(Optimizer optimizer) {
      return switch (optimizer) {
        case Optimizer.Sgd sgd ->
            new Rule(
                sgd.nesterov() ? "nesterov" : sgd.momentum() > 0 ? "momentum" : "sgd",
                sgd.weightDecay());
        case Optimizer.Adam adam -> new Rule("adam", adam.l2());
        case Optimizer.AdamW adamW -> new Rule("adamw", adamW.weightDecay());
      };
    }
  }
}
