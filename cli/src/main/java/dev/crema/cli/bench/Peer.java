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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A Python that has what Crema is compared with, and the script of the checkout that measures a
 * network of the zoo there.
 *
 * @param version the other's
 * @param tcmalloc the library that makes tcmalloc the allocator of a process, if there is one
 */
public record Peer(
    Kind kind, String python, Path script, String version, Optional<String> tcmalloc) {
  /** What Crema is compared with. */
  public enum Kind {
    PYTORCH("PyTorch", "torch numpy", "eager", "channels_last", "compile"),
    KERAS("Keras", "keras tensorflow-cpu", "graph", "xla");

    private final String title;
    private final String packages;
    private final List<String> modes;

    Kind(String title, String packages, String... modes) {
      this.title = title;
      this.packages = packages;
      this.modes = List.of(modes);
    }

    /** As it calls itself. */
    public String title() {
      return title;
    }

    private Path script() {
      return Path.of("bench", name().toLowerCase(Locale.ROOT) + "_peer.py");
    }
  }

  /**
   * Asks a Python what it has.
   *
   * @param checkout the folder that the script is looked for in
   * @throws IllegalArgumentException if there is no script, no such Python or not the other in it
   */
  public static Peer find(Kind kind, String python, Path checkout) {
    Path script = checkout.resolve(kind.script());
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
        return new Peer(
            kind,
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
        "%s: expected a Python with %s, got: %s; install it (pip install %s), or name another one with --python"
            .formatted(python, kind.title, failure, kind.packages));
  }

  /** A recipe in all modes, as installed and under tcmalloc. */
  public List<Contender> contenders(Recipe recipe, int threads, double seconds) {
    List<Contender> contenders = new ArrayList<>();
    for (String mode : kind.modes) {
      List<String> command = command(recipe, mode, threads, seconds);
      contenders.add(new Contender(kind.title, mode, false, command, Map.of()));
      tcmalloc.ifPresent(library ->
          contenders.add(
              new Contender(
                  kind.title, mode + " + tcmalloc", true, command, Map.of("LD_PRELOAD", library))));
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
        "--shape=%sx%sx%s".formatted(input.channels(), input.height(), input.width()),
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
