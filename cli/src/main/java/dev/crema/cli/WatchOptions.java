package dev.crema.cli;

import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say how a training is watched, to be mixed into a command. */
final class WatchOptions {
  @Option(
      names = "--tensorboard",
      description = "Write events for TensorBoard too, in the run's folder tensorboard.")
  private boolean tensorboard;

  @Option(names = "--tui", description = "Watch curves of loss and accuracy on the whole terminal.")
  private boolean screen;

  /** What shows the training on standard error; where no screen can be, lines, and it says so. */
  Display display(PrintWriter err) {
    Optional<String> fault = screen ? Terminal.whyNoScreen() : Optional.empty();
    fault.ifPresent(why -> err.println("--tui: " + why + "; showing lines instead"));
    return screen && fault.isEmpty() ? LiveScreen.open(err) : new Progress(err);
  }

  /** Whether TensorBoard is told of the training. */
  boolean tensorboard() {
    return tensorboard;
  }
}
