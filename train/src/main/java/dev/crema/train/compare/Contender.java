package dev.crema.train.compare;

import dev.crema.nn.Graph;
import dev.crema.train.Experiment;

/**
 * A network to be compared with others, and how it is trained.
 *
 * @param label what reports call it; no two are called the same
 * @param experiment what is trained; its seed does not matter
 * @param graph its network, laid out for the data
 */
public record Contender(String label, Experiment experiment, Graph graph) {
  /** The experiment with this seed. */
  Experiment experiment(long seed) {
    return experiment.training(experiment.training().seed(seed));
  }
}
