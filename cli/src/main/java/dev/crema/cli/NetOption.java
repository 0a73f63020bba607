package dev.crema.cli;

import dev.crema.train.ConfigurationException;
import dev.crema.train.Experiment;
import dev.crema.train.JavaSource;
import dev.crema.train.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The option {@code --net}, to be mixed into a command on a run.
 *
 * <p>A run with layers of the user's own cannot do without their code. The run's directory holds
 * it, but may come from anywhere: its code runs only for someone who asks for that.
 */
final class NetOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--net",
      paramLabel = "FILE.java",
      description =
          "The Java file that the run was trained from, if its network has layers of your own; its code runs.")
  private @Nullable Path file;

  /**
   * The experiment of the file, which must be the one that the run noted.
   *
   * @throws ConfigurationException if no file was given, or another one
   */
  Experiment experiment(Run run, JavaSource.Note note) {
    Path kept = run.folder().resolve(note.file());
    Path needed = Files.exists(kept) ? kept : Path.of(note.file());
    if (file == null) {
      throw new ConfigurationException(
          "%s: its network has layers of its own, and Crema runs no code out of a run by itself. If you trust %s, type: %s"
              .formatted(run.folder(), needed, Terminal.command(command) + " --net " + needed));
    }
    JavaSource source = JavaSource.read(file);
    if (!source.note().sha256().equals(note.sha256())) {
      throw new ConfigurationException(
          "%s: expected the file that %s was trained from, %s with SHA-256 %s, got one with %s; give that file: --net %s"
              .formatted(
                  file, run.folder(), note.file(), note.sha256(), source.note().sha256(), needed));
    }
    return JavaFile.experiment(file, source);
  }

  /** Refuses a file that is not needed. */
  void refuse(Run run) {
    if (file != null) {
      throw new ParameterException(
          command.commandLine(),
          "--net: %s holds its whole network itself; leave the option out".formatted(run.folder()));
    }
  }
}
