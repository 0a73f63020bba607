package dev.crema.zoo;

import static dev.crema.nn.Net.chain;

import dev.crema.nn.Conv2d;
import dev.crema.nn.Dropout;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;

/** Network in network (Lin, Chen and Yan, 2014). */
public final class Nin {
  private Nin() {}

  /**
   * Four blocks, the last with a filter for each class, whose means are the logits.
   *
   * <p>It has no 28 x 28 form: its strides and pools want images of 67 x 67 at least.
   */
  public static Net nin() {
    return chain(
        block(new Conv2d(96, 11).stride(4)),
        new MaxPool2d(3).stride(2),
        block(new Conv2d(256, 5).padding(2)),
        new MaxPool2d(3).stride(2),
        block(new Conv2d(384, 3).padding(1)),
        new MaxPool2d(3).stride(2),
        new Dropout(0.5),
        block(new Conv2d(10, 3).padding(1)),
        new GlobalAvgPool());
  }

  /** A convolution and a perceptron of two layers at every pixel: 1 x 1 convolutions. */
  private static Net block(Conv2d first) {
    Conv2d perPixel = new Conv2d(first.filters(), 1);
    return chain(first, new Relu(), perPixel, new Relu(), perPixel, new Relu());
  }
}
