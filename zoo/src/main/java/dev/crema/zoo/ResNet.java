package dev.crema.zoo;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.sum;

import dev.crema.nn.BatchNorm;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.Identity;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;

/** ResNet (He, Zhang, Ren and Sun, 2016, "Deep residual learning for image recognition"). */
public final class ResNet {
  private ResNet() {}

  /**
   * ResNet-18 (table 1); images of any size. At 28 x 28 its last stage sees a single pixel, and
   * {@link #resnet20} suits them better.
   */
  public static Net resnet18() {
    return chain(
        new Conv2d(64, 7).stride(2).padding(3),
        new BatchNorm(),
        new Relu(),
        new MaxPool2d(3).stride(2).padding(1),
        chain(same(64), same(64)),
        chain(halving(128), same(128)),
        chain(halving(256), same(256)),
        chain(halving(512), same(512)),
        new GlobalAvgPool(),
        new Dense(10));
  }

  /**
   * ResNet-20 (section 4.2) for images of about 28 x 28, with projections where the paper's small
   * networks pad with zeros.
   */
  public static Net resnet20() {
    return chain(
        new Conv2d(16, 3).padding(1),
        new BatchNorm(),
        new Relu(),
        chain(same(16), same(16), same(16)),
        chain(halving(32), same(32), same(32)),
        chain(halving(64), same(64), same(64)),
        new GlobalAvgPool(),
        new Dense(10));
  }

  private static Net same(int filters) {
    return block(filters, 1, new Identity());
  }

  private static Net halving(int filters) {
    return block(filters, 2, new Conv2d(filters, 1).stride(2));
  }

  /** Figure 5, left. */
  private static Net block(int filters, int stride, Net shortcut) {
    Net residual =
        chain(
            new Conv2d(filters, 3).stride(stride).padding(1),
            new BatchNorm(),
            new Relu(),
            new Conv2d(filters, 3).padding(1),
            new BatchNorm());
    return chain(sum(residual, shortcut), new Relu());
  }
}
