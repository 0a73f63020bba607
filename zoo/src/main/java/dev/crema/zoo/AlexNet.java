package dev.crema.zoo;

import static dev.crema.nn.Net.chain;

import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Dropout;
import dev.crema.nn.Flatten;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;

/**
 * AlexNet (Krizhevsky, Sutskever and Hinton, 2012, "ImageNet classification with deep convolutional
 * neural networks").
 */
public final class AlexNet {
  private AlexNet() {}

  /**
   * Five convolutions and three dense layers in one tower, without local response normalisation.
   *
   * <p>It has no 28 x 28 form: its strides and pools want images of 67 x 67 at least.
   */
  public static Net alexnet() {
    return chain(
        new Conv2d(96, 11).stride(4),
        new Relu(),
        new MaxPool2d(3).stride(2),
        new Conv2d(256, 5).padding(2),
        new Relu(),
        new MaxPool2d(3).stride(2),
        new Conv2d(384, 3).padding(1),
        new Relu(),
        new Conv2d(384, 3).padding(1),
        new Relu(),
        new Conv2d(256, 3).padding(1),
        new Relu(),
        new MaxPool2d(3).stride(2),
        new Flatten(),
        new Dense(4096),
        new Relu(),
        new Dropout(0.5),
        new Dense(4096),
        new Relu(),
        new Dropout(0.5),
        new Dense(10));
  }
}
