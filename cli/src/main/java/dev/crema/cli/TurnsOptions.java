package dev.crema.cli;

import dev.crema.cli.bench.Contender;
import dev.crema.cli.bench.Peer;
import dev.crema.cli.bench.Row;
import dev.crema.cli.bench.Rows;
import dev.crema.cli.bench.Turns;
import dev.crema.train.AtomicFile;
import dev.crema.zoo.Zoo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options of {@code crema bench} for measuring in turns, each time in a fresh process, to be
 * mixed into the command.
 */
final class TurnsOptions {
  /** Where the launcher says that the checkout is; elsewhere it is the current folder. */
  private static final String CHECKOUT = "crema.checkout";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(names = "--all", description = "Measure all networks of the zoo in turns.")
  private boolean all;

  @Option(
      names = "--peer",
      paramLabel = "pytorch|keras",
      description =
          "Measure PyTorch in turns with Crema (eager, channels_last and compile), or Keras with"
              + " TensorFlow (graph and xla; some networks only), each as installed and under"
              + " tcmalloc.")
  private Peer.@Nullable Kind peer;

  @Option(
      names = "--python",
      paramLabel = "PATH",
      description = "The Python that has the other (default: python3).")
  private @Nullable String python;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How many turns each gets (default: 3).")
  private @Nullable Integer rounds;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Write what is measured in turns as a table, too.")
  private @Nullable Path markdown;

  /** Whether to measure in turns. */
  boolean asked() {
    return all || peer != null || python != null || rounds != null || markdown != null;
  }

  /** The networks to measure: those given, or all of them. */
  List<String> nets(List<String> given) {
    if (all && !given.isEmpty()) {
      throw wrongUse("--all: expected no networks beside it, got " + String.join(", ", given));
    }
    if (!all && given.isEmpty()) {
      throw wrongUse("expected networks to measure, or --all");
    }
    return all ? Zoo.names() : given;
  }

  /**
   * Measures networks; returns the exit code.
   *
   * @param flags further options for Crema's part
   */
  int measure(List<String> nets, List<String> flags, int threads, double seconds, Output output) {
    int turns = rounds == null ? 3 : rounds;
    if (turns < 1) {
      throw wrongUse("--rounds: expected a number from 1 on, got " + turns);
    }
    if (peer == null && python != null) {
      throw wrongUse("--python: expected --peer beside it, whose it is");
    }
    Optional<Peer> other = Optional.ofNullable(peer).map(kind -> find(kind, nets));
    List<Match> matches =
        nets.stream().map(net -> match(net, flags, other, threads, seconds)).toList();
    String about =
        "`images/s`, ratios, GFLOP/s and warm-up: medians of %s rounds of %s s in turns (least to greatest), %s threads%s."
            .formatted(
                turns,
                seconds,
                threads,
                other.map(each -> ", " + each.kind().title() + " " + each.version()).orElse(""));
    return Interrupt.during(
        interrupt -> {
          Turns inTurns = new Turns(turns, interrupt::asked, line -> Terminal.say(command, line));
          return measure(matches, inTurns, about, output);
        },
        command.commandLine().getErr());
  }

  /** Whose turns belong together. */
  private record Match(String net, Contender crema, List<Contender> others) {}

  private int measure(List<Match> matches, Turns turns, String about, Output output) {
    List<Row> rows = new ArrayList<>();
    for (Match match : matches) {
      if (turns.stop().getAsBoolean()) {
        break;
      }
      turns
          .measure(match.net(), match.crema(), match.others())
          .ifPresent(row -> {
            rows.add(row);
            output.result(row.toMap(), row.text());
            if (markdown != null) {
              AtomicFile.write(markdown, new Rows(rows).markdown(about));
            }
          });
    }
    new Rows(rows).means().ifPresent(means -> output.result(means.toMap(), means.text()));
    if (turns.stop().getAsBoolean()) {
      return ExitCodes.INTERRUPTED;
    }
    boolean isWhole =
        rows.size() == matches.size() && (peer == null || rows.stream().allMatch(Row::isCompared));
    return isWhole ? ExitCodes.DONE : ExitCodes.FAILURE;
  }

  private static Match match(
      String net, List<String> flags, Optional<Peer> other, int threads, double seconds) {
    List<String> arguments =
        Stream.concat(
                Stream.of("bench", net, "--json", "--threads=" + threads, "--seconds=" + seconds),
                flags.stream())
            .toList();
    return new Match(
        net,
        new Contender("Crema", "Crema", false, ThisProgram.command(arguments), Map.of()),
        other
            .map(each -> each.contenders(Zoo.find(net).orElseThrow(), threads, seconds))
            .orElse(List.of()));
  }

  private Peer find(Peer.Kind kind, List<String> nets) {
    nets.forEach(net ->
        Names.known(command, "a network that " + kind.title() + " has too", net, Zoo.names()));
    try {
      String named = python == null ? "python3" : python;
      Path checkout = Path.of(System.getProperty(CHECKOUT, ""));
      Peer found = Interrupt.cleaningUp(() -> Peer.find(kind, named, checkout));
      if (found.tcmalloc().isEmpty()) {
        Terminal.say(
            command, "no tcmalloc here (Debian: libtcmalloc-minimal4), so `tuned` is as installed");
      }
      return found;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--peer: " + e.getMessage(), e);
    }
  }

  private ParameterException wrongUse(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
