package dev.crema.train.study;

import dev.crema.nn.Graph;
import dev.crema.nn.Summary;
import dev.crema.train.Experiment;
import dev.crema.train.Training;

/**
 * What a study trains at several learning rates and compares with its other cells.
 *
 * @param label what reports call it; no two are called the same
 * @param experiment what is trained; neither its rate nor its seed matters
 * @param graph its network, laid out for the data
 */
public record Cell(String label, Experiment experiment, Graph graph) {
  /** The experiment with this learning rate and seed. */
  public Experiment experiment(double rate, long seed) {
    Training training = experiment.training();
    return experiment.training(training.optimizer(training.optimizer().lr(rate)).seed(seed));
  }

  /** How many numbers the network learns. */
  public long parameters() {
    return Summary.of(graph).trainable();
  }

  /** Multiply-adds of the forward pass for one image. */
  public long multiplyAdds() {
    return Summary.of(graph).multiplyAdds();
  }
}
