package dev.crema.studio.live;

import dev.crema.train.Experiment;
import dev.crema.train.Run;
import java.io.IOException;
import java.util.List;

/**
 * What the Studio has done for it: only the command knows all networks, and how to start itself.
 */
public interface Workshop {
  /** The networks that have a name. */
  List<String> nets();

  /** The data sets that have a name. */
  List<String> datasets();

  /**
   * What a run trains.
   *
   * @throws dev.crema.train.ConfigurationException if that cannot be known, as the network is in a
   *     Java file
   */
  Experiment experiment(Run run);

  /**
   * Starts a process that runs the {@code crema} command, errors in its output.
   *
   * @param arguments of the command, the subcommand first
   */
  Process start(List<String> arguments) throws IOException;
}
