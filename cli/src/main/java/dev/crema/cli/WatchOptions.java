package dev.crema.cli;

import picocli.CommandLine.Option;

/** The options that say how a training is watched, to be mixed into a command. */
final class WatchOptions {
  @Option(
      names = "--tensorboard",
      description = "Write events for TensorBoard too, in the run's folder tensorboard.")
  private boolean tensorboard;

  /** Whether TensorBoard is told of the training. */
  boolean tensorboard() {
    return tensorboard;
  }
}
