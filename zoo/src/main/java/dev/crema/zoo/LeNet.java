package dev.crema.zoo;

import static dev.crema.nn.Net.chain;

import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Initializer;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.nn.Sigmoid;

/**
 * LeNet (LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning applied to document
 * recognition") in three readings; made for 28 x 28.
 */
public final class LeNet {
  private static final Initializer ZERO = new Initializer.Constant(0);

  private LeNet() {}

  /** With ReLU, max pooling, and no activation after the second pool. */
  public static Net lenet() {
    return chain(
        new Conv2d(6, 5).padding(2),
        new Relu(),
        new MaxPool2d(2),
        new Conv2d(16, 5),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(120),
        new Relu(),
        new Dense(84),
        new Relu(),
        new Dense(10));
  }

  /** LeNet with sigmoids, on unpadded images; sigmoids need Glorot's first weights to learn. */
  public static Net lenetSigmoid() {
    return chain(
            new Conv2d(6, 5),
            new Sigmoid(),
            new MaxPool2d(2),
            new Conv2d(16, 5),
            new Sigmoid(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(120),
            new Sigmoid(),
            new Dense(84),
            new Sigmoid(),
            new Dense(10))
        .init(new Initializer.Glorot(), ZERO);
  }

  /**
   * LeNet-5 with ReLU and max pooling. It reads 32 x 32 images, 28 x 28 with two zero cells around
   * them: the padding of its first convolution. Its weights come from N(0, 0.01), read as the
   * variance: with a standard deviation of 0.01 it ends half a point lower.
   */
  public static Net lenet5() {
    return chain(
            new Conv2d(6, 5).padding(2),
            new Relu(),
            new MaxPool2d(2),
            new Conv2d(16, 5),
            new Relu(),
            new MaxPool2d(2),
            new Flatten(),
            new Dense(120),
            new Relu(),
            new Dense(84),
            new Relu(),
            new Dense(10))
        .init(new Initializer.Normal(0, 0.1), ZERO);
  }
}
