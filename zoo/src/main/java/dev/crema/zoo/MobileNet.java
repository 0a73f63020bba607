package dev.crema.zoo;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.sum;

import dev.crema.nn.BatchNorm;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Dropout;
import dev.crema.nn.Flatten;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.Identity;
import dev.crema.nn.LogSoftmax;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;

/** Depthwise-separable convolutions: one filter for each channel, then 1 x 1 across channels. */
public final class MobileNet {
  private MobileNet() {}

  /**
   * Depthwise and pointwise convolutions (Howard et al., 2017, "MobileNets") behind two plain ones;
   * made for 28 x 28.
   */
  public static Net dwcnn() {
    return chain(
        new Conv2d(32, 5).padding(2),
        new Relu(),
        new Conv2d(64, 3),
        new BatchNorm(),
        new Relu(),
        new MaxPool2d(2),
        new Conv2d(64, 3).groups(64),
        new Conv2d(8, 1),
        new Relu(),
        new Flatten(),
        new Dropout(0.2),
        new Dense(10),
        new LogSoftmax());
  }

  /**
   * MobileNetV2 (Sandler et al., 2018) cut down to images of about 28 x 28: fewer, narrower blocks,
   * two halvings, and ReLU for ReLU6.
   */
  public static Net mobilenetV2Small() {
    return chain(
        new Conv2d(16, 3).padding(1).noBias(),
        new BatchNorm(),
        new Relu(),
        block(16, 16, 1),
        block(16, 24, 2),
        block(24, 24, 1),
        block(24, 32, 2),
        block(32, 32, 1),
        block(32, 64, 1),
        block(64, 64, 1),
        new Conv2d(256, 1).noBias(),
        new BatchNorm(),
        new Relu(),
        new GlobalAvgPool(),
        new Dense(10));
  }

  /** The inverted residual block (table 1): expanded sixfold, filtered, projected back. */
  private static Net block(int channels, int filters, int stride) {
    int expanded = 6 * channels;
    Net residual =
        chain(
            new Conv2d(expanded, 1).noBias(),
            new BatchNorm(),
            new Relu(),
            new Conv2d(expanded, 3).stride(stride).padding(1).groups(expanded).noBias(),
            new BatchNorm(),
            new Relu(),
            new Conv2d(filters, 1).noBias(),
            new BatchNorm());
    return channels == filters && stride == 1 ? sum(residual, new Identity()) : residual;
  }
}
