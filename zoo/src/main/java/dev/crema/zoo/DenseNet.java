package dev.crema.zoo;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;
import static java.util.Collections.nCopies;

import dev.crema.nn.AvgPool2d;
import dev.crema.nn.BatchNorm;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.Identity;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;

/**
 * DenseNet (Huang, Liu, van der Maaten and Weinberger, 2017, "Densely connected convolutional
 * networks"): each layer adds a few channels to all those before it.
 */
public final class DenseNet {
  private static final int GROWTH = 12;

  private DenseNet() {}

  /**
   * DenseNet-BC of 40 layers with a growth rate of 12, for images of about 28 x 28: bottlenecks,
   * and transitions that halve channels, rows and columns.
   */
  public static Net densenet40() {
    return chain(
        new Conv2d(2 * GROWTH, 3).padding(1).noBias(),
        block(6),
        transition(48),
        block(6),
        transition(60),
        block(6),
        new BatchNorm(),
        new Relu(),
        new GlobalAvgPool(),
        new Dense(10));
  }

  private static Net block(int layers) {
    Net bottleneck =
        chain(
            new BatchNorm(),
            new Relu(),
            new Conv2d(4 * GROWTH, 1).noBias(),
            new BatchNorm(),
            new Relu(),
            new Conv2d(GROWTH, 3).padding(1).noBias());
    return new Net.Chain(nCopies(layers, concat(new Identity(), bottleneck)));
  }

  private static Net transition(int filters) {
    return chain(new BatchNorm(), new Relu(), new Conv2d(filters, 1).noBias(), new AvgPool2d(2));
  }
}
