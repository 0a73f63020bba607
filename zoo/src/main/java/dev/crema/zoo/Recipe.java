package dev.crema.zoo;

import dev.crema.data.Size;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.Training;
import java.util.Optional;

/**
 * A named network with the training that its source used.
 *
 * @param name what the command line calls it
 * @param title what it is, and where it comes from
 * @param net the network
 * @param input the images that it was made for
 * @param training how its source trained it
 */
public record Recipe(String name, String title, Net net, Shape input, Training training) {
  private static final int SMALL = 28;

  /**
   * The size that images are to be brought to; nothing where the network was made for small ones,
   * which it takes as they are.
   */
  public Optional<Size> resize() {
    return input.height() <= SMALL
        ? Optional.empty()
        : Optional.of(new Size(input.height(), input.width()));
  }

  /** What an experiment file that names this network gets. */
  public Experiment.Known known() {
    return new Experiment.Known(net, resize());
  }

  /** The training of this network on a data set, or on the data in a folder. */
  public Experiment experiment(String data) {
    return new Experiment(name, net, name, new Feed(data).resize(resize()), Loss.of(net), training);
  }
}
