package dev.crema.zoo;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;

import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;

/** GoogLeNet (Szegedy et al., 2015, "Going deeper with convolutions"). */
public final class GoogLeNet {
  private GoogLeNet() {}

  /**
   * Nine inception blocks, without the auxiliary classifiers; images of any size. At 28 x 28 the
   * last two blocks see a single pixel.
   */
  public static Net googlenet() {
    MaxPool2d halve = new MaxPool2d(3).stride(2).padding(1);
    return chain(
        new Conv2d(64, 7).stride(2).padding(3),
        new Relu(),
        halve,
        new Conv2d(64, 1),
        new Conv2d(192, 3).padding(1),
        halve,
        inception(64, 96, 128, 16, 32, 32),
        inception(128, 128, 192, 32, 96, 64),
        halve,
        inception(192, 96, 208, 16, 48, 64),
        inception(160, 112, 224, 24, 64, 64),
        inception(128, 128, 256, 24, 64, 64),
        inception(112, 144, 288, 32, 64, 64),
        inception(256, 160, 320, 32, 128, 128),
        halve,
        inception(256, 160, 320, 32, 128, 128),
        inception(384, 192, 384, 48, 128, 128),
        new GlobalAvgPool(),
        new Dense(10));
  }

  /** Figure 2 (b) and a row of table 1: 1 x 1; 3 x 3 reduced; 5 x 5 reduced; pool projected. */
  private static Net inception(
      int ones, int reduce3, int threes, int reduce5, int fives, int project) {
    Relu relu = new Relu();
    return concat(
        chain(new Conv2d(ones, 1), relu),
        chain(new Conv2d(reduce3, 1), relu, new Conv2d(threes, 3).padding(1), relu),
        chain(new Conv2d(reduce5, 1), relu, new Conv2d(fives, 5).padding(2), relu),
        chain(new MaxPool2d(3).stride(1).padding(1), new Conv2d(project, 1), relu));
  }
}
