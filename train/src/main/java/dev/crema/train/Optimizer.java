package dev.crema.train;

import java.util.List;

/**
 * A description of the rule that turns gradients into a change of the parameters; the engine runs
 * it. Names and defaults are PyTorch's. Below, w is a parameter and g its gradient.
 */
public sealed interface Optimizer {
  /** The learning rate before any {@link Schedule}. */
  double lr();

  /** This rule with another rate. */
  Optimizer lr(double lr);

  /**
   * The names of the tensors that the rule keeps for each parameter, of the parameter's shape and
   * zero at first.
   */
  List<String> slots();

  /** Plain gradient descent with this rate. */
  static Sgd sgd(double lr) {
    return new Sgd(lr, 0, false, 0);
  }

  /** Adam with this rate. */
  static Adam adam(double lr) {
    return new Adam(lr, 0.9, 0.999, 1e-8, 0);
  }

  /** AdamW with this rate. */
  static AdamW adamW(double lr) {
    return new AdamW(lr, 0.9, 0.999, 1e-8, 0.01);
  }

  /**
   * Stochastic gradient descent: {@code g += weightDecay w; b = momentum b + g; w -= lr b}, and
   * {@code w -= lr (g + momentum b)} with Nesterov's momentum (Sutskever et al., 2013). At the
   * first step b is g, as b starts at zero.
   *
   * @param lr the learning rate, more than 0
   * @param momentum in [0, 1)
   * @param nesterov looks ahead; wants a momentum
   * @param weightDecay L2 regularisation, at least 0
   */
  record Sgd(double lr, double momentum, boolean nesterov, double weightDecay)
      implements Optimizer {
    public Sgd {
      checkRate(lr);
      checkFraction("momentum", momentum);
      checkDecay("weightDecay", weightDecay);
      if (nesterov && momentum == 0) {
        throw new IllegalArgumentException("nesterov needs a momentum, got momentum 0");
      }
    }

    @Override
    public List<String> slots() {
      return momentum > 0 ? List.of("momentum") : List.of();
    }

    @Override
    public Sgd lr(double lr) {
      return new Sgd(lr, momentum, nesterov, weightDecay);
    }

    /** This rule with a momentum. */
    public Sgd momentum(double momentum) {
      return new Sgd(lr, momentum, nesterov, weightDecay);
    }

    /** This rule with Nesterov's momentum. */
    public Sgd nesterov(double momentum) {
      return new Sgd(lr, momentum, true, weightDecay);
    }

    /** This rule with L2 regularisation. */
    public Sgd weightDecay(double weightDecay) {
      return new Sgd(lr, momentum, nesterov, weightDecay);
    }
  }

  /**
   * Adam (Kingma and Ba, 2015) with coupled L2: {@code g += l2 w; m = beta1 m + (1 - beta1) g; v =
   * beta2 v + (1 - beta2) g^2; w -= lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)} at
   * step t = 1, 2, ...
   *
   * @param lr the learning rate, more than 0
   * @param beta1 in [0, 1)
   * @param beta2 in [0, 1)
   * @param eps more than 0
   * @param l2 regularisation added to the gradient, at least 0
   */
  record Adam(double lr, double beta1, double beta2, double eps, double l2) implements Optimizer {
    public Adam {
      checkAdam(lr, beta1, beta2, eps);
      checkDecay("l2", l2);
    }

    @Override
    public List<String> slots() {
      return List.of("m", "v");
    }

    @Override
    public Adam lr(double lr) {
      return new Adam(lr, beta1, beta2, eps, l2);
    }

    /** This rule with L2 regularisation. */
    public Adam l2(double l2) {
      return new Adam(lr, beta1, beta2, eps, l2);
    }
  }

  /**
   * AdamW (Loshchilov and Hutter, 2019): as Adam, but the decay is not part of the gradient: {@code
   * w -= lr weightDecay w} before the step.
   *
   * @param lr the learning rate, more than 0
   * @param beta1 in [0, 1)
   * @param beta2 in [0, 1)
   * @param eps more than 0
   * @param weightDecay decoupled decay, at least 0
   */
  record AdamW(double lr, double beta1, double beta2, double eps, double weightDecay)
      implements Optimizer {
    public AdamW {
      checkAdam(lr, beta1, beta2, eps);
      checkDecay("weightDecay", weightDecay);
    }

    @Override
    public List<String> slots() {
      return List.of("m", "v");
    }

    @Override
    public AdamW lr(double lr) {
      return new AdamW(lr, beta1, beta2, eps, weightDecay);
    }

    /** This rule with another decay. */
    public AdamW weightDecay(double weightDecay) {
      return new AdamW(lr, beta1, beta2, eps, weightDecay);
    }
  }

  private static void checkAdam(double lr, double beta1, double beta2, double eps) {
    checkRate(lr);
    checkFraction("beta1", beta1);
    checkFraction("beta2", beta2);
    if (!(eps > 0 && eps < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("eps must be more than 0 and finite, got " + eps);
    }
  }

  private static void checkRate(double lr) {
    if (!(lr > 0 && lr < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("lr must be more than 0 and finite, got " + lr);
    }
  }

  private static void checkFraction(String name, double value) {
    // as the kernel computes: with a momentum of 1 as a float, nothing would decay
    if (!(value >= 0 && (float) value < 1)) {
      throw new IllegalArgumentException(name + " must lie in [0, 1), got " + value);
    }
  }

  private static void checkDecay(String name, double value) {
    if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(name + " must be 0 or more and finite, got " + value);
    }
  }
}
