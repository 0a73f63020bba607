package dev.crema.nn;

import dev.crema.engine.Kernels;
import dev.crema.engine.Operator;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * What training makes small: the mean over images of a loss in nats, against targets that give the
 * true class 1 - smoothing + smoothing / classes and every other class smoothing / classes.
 *
 * @param kind what the network's outputs are
 * @param smoothing 0 for plain labels (Szegedy et al., 2016)
 */
public record Loss(Kind kind, double smoothing) {
  /** What the network's outputs are. */
  public enum Kind {
    /** Logits: -sum t log softmax(z). */
    CROSS_ENTROPY,
    /** Probabilities: -sum t log p. */
    PROBABILITY_CROSS_ENTROPY,
    /** Log-probabilities: -sum t l. */
    NEGATIVE_LOG_LIKELIHOOD
  }

  /** Smoothing is a share. */
  public Loss {
    Objects.requireNonNull(kind, "kind");
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new IllegalArgumentException("smoothing lies in [0, 1), got " + smoothing);
    }
  }

  /** Without smoothing, of the kind that fits the network's last layer. */
  public static Loss of(Net net) {
    return new Loss(kind(net), 0);
  }

  private static Kind kind(Net net) {
    return switch (net) {
      case Net.Chain chain when !chain.nets().isEmpty() -> kind(chain.nets().getLast());
      case Net.Named named -> kind(named.net());
      case Softmax softmax -> Kind.PROBABILITY_CROSS_ENTROPY;
      case LogSoftmax logSoftmax -> Kind.NEGATIVE_LOG_LIKELIHOOD;
      default -> Kind.CROSS_ENTROPY;
    };
  }

  Operator operator() {
    return switch (kind) {
      case CROSS_ENTROPY -> Operator.CROSS_ENTROPY;
      case PROBABILITY_CROSS_ENTROPY -> Operator.PROBABILITY_CROSS_ENTROPY;
      case NEGATIVE_LOG_LIKELIHOOD -> Operator.NEGATIVE_LOG_LIKELIHOOD;
    };
  }

  void run(
      Kernels kernels,
      MemorySegment memory,
      int classes,
      int vectors,
      long outputs,
      long labels,
      long scale,
      long gradient,
      long loss,
      long correct) {
    float smooth = (float) smoothing;
    switch (kind) {
      case CROSS_ENTROPY ->
          kernels.crossEntropy(
              memory, classes, vectors, outputs, labels, scale, smooth, gradient, loss, correct);
      case PROBABILITY_CROSS_ENTROPY ->
          kernels.probabilityCrossEntropy(
              memory, classes, vectors, outputs, labels, scale, smooth, gradient, loss, correct);
      case NEGATIVE_LOG_LIKELIHOOD ->
          kernels.negativeLogLikelihood(
              memory, classes, vectors, outputs, labels, scale, smooth, gradient, loss, correct);
    }
  }
}
