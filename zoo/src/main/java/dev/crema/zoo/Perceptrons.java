package dev.crema.zoo;

import static dev.crema.nn.Net.chain;

import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Initializer;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;

/** Networks of dense layers alone; images of any size. */
public final class Perceptrons {
  private static final Initializer SMALL = new Initializer.Normal(0, 0.01);
  private static final Initializer ZERO = new Initializer.Constant(0);

  private Perceptrons() {}

  /** One dense layer; with cross-entropy, logistic regression for many classes. */
  public static Net softmax() {
    return chain(new Flatten(), new Dense(10).init(SMALL, ZERO));
  }

  /** One hidden layer of 256, all parameters from N(0, 0.01). */
  public static Net mlp() {
    return chain(new Flatten(), new Dense(256), new Relu(), new Dense(10)).init(SMALL, SMALL);
  }

  /** Two hidden layers. */
  public static Net mlpDeep() {
    return chain(
        new Flatten(), new Dense(512), new Relu(), new Dense(128), new Relu(), new Dense(10));
  }
}
