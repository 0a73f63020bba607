package dev.crema.cli.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * One way to train a network that is measured beside others.
 *
 * @param program what trains
 * @param mode how, of several ways; as the program where there is one way only
 * @param tuned whether it takes more than an installation
 * @param command what measures it, and prints its figures as a JSON object
 * @param environment what is added to the environment of the command
 */
public record Contender(
    String program,
    String mode,
    boolean tuned,
    List<String> command,
    Map<String, String> environment) {
  /** What a process that SIGHUP, SIGINT (Ctrl-C) or SIGTERM ended exits with. */
  private static final List<Integer> INTERRUPTED = List.of(129, 130, 143);

  static final String RATE = "images_per_second";
  static final String RESIDENT = "resident_bytes";

  /** The rate of a large matrix product there; Crema's own is its {@code peak_gflops}. */
  static final String PRODUCT = "product_gflops";

  /** Measures it in a process of its own. */
  Measured measure(BooleanSupplier stop) {
    try {
      FreshProcess.Ended ended = FreshProcess.run(command, environment, stop);
      // Ctrl-C at the terminal reaches that process, too, and maybe sooner
      if (stop.getAsBoolean() || INTERRUPTED.contains(ended.exit())) {
        return new Measured.Stopped();
      }
      if (ended.exit() != 0) {
        return new Measured.Failed(reason(ended));
      }
      Map<String, Object> figures = new LinkedHashMap<>(JSON.std.mapFrom(lastLine(ended.out())));
      // what it says itself comes first: it leaves out what the training does not take
      ended.peakBytes().ifPresent(bytes -> figures.putIfAbsent(RESIDENT, bytes));
      return new Measured.Figures(figures);
    } catch (IOException e) {
      return new Measured.Failed(String.valueOf(e.getMessage()));
    }
  }

  /** Its exit code, and the last that it wrote to standard error. */
  static String reason(FreshProcess.Ended ended) {
    return ("ended with exit code " + ended.exit() + "; " + lastLine(ended.err()))
        .replaceFirst("; $", "");
  }

  static String lastLine(String text) {
    return text.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("WARNING: "))
        .reduce("", (_, line) -> line);
  }
}
