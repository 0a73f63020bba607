package dev.crema.cli;

import dev.crema.data.Datasets;
import dev.crema.studio.live.Studio;
import dev.crema.studio.live.Workshop;
import dev.crema.train.Experiment;
import dev.crema.train.Run;
import dev.crema.zoo.Zoo;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema studio}: runs in the browser, while they train. */
@Command(
    name = "studio",
    description = {
      "Watch trainings in the browser, start and stop them, and draw for their networks.",
      "It shows a link that lets one browser in, and serves this machine alone until Ctrl-C."
          + " Trainings that were started elsewhere do not depend on it."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class OpenStudio implements Callable<Integer> {
  private static final int MOST_PORT = (1 << 16) - 1;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "FOLDER",
      description = "Where the runs are (default: ${DEFAULT-VALUE}).")
  private Path folder = Path.of("runs");

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Where to listen; 0: any free port (default: ${DEFAULT-VALUE}).")
  private int port = 7070;

  @Option(
      names = "--host",
      paramLabel = "NAME",
      description =
          "The address to listen on (default: ${DEFAULT-VALUE}). Another one lets other machines"
              + " in who have the link, and what they say is not encrypted.")
  private String host = "127.0.0.1";

  @Override
  public Integer call() throws InterruptedException {
    if (port < 0 || port > MOST_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--port: expected 0 to " + MOST_PORT + ", got " + port);
    }
    PrintWriter out = spec.commandLine().getOut();
    Path runs = folder.toAbsolutePath().normalize();
    try (Studio _ =
        new Studio(runs, address(), version(), new Commands(), link -> say(out, link))) {
      new CountDownLatch(1).await(); // until Ctrl-C
      return ExitCodes.DONE;
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(),
          "%s:%s: cannot listen there: %s; choose another --port, or 0 for any free one"
              .formatted(host, port, e.getMessage()),
          e);
    }
  }

  private InetSocketAddress address() {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      throw new ParameterException(
          spec.commandLine(), "--host: " + host + ": this machine knows no such address", e);
    }
  }

  private static void say(PrintWriter out, String link) {
    out.println(link);
    out.flush();
  }

  private static String version() {
    return Main.class.getModule().getDescriptor().rawVersion().orElse("");
  }

  /** What the Studio has done for it. */
  private final class Commands implements Workshop {
    @Override
    public List<String> nets() {
      return Zoo.names();
    }

    @Override
    public List<String> datasets() {
      return Datasets.names();
    }

    @Override
    public Experiment experiment(Run run) {
      return Zoo.experiment(run);
    }

    @Override
    public Process start(List<String> arguments) throws IOException {
      return ThisProgram.start(arguments);
    }
  }
}
