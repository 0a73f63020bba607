package dev.crema.zoo;

import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Initializer;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.train.study.Size;
import java.util.ArrayList;
import java.util.List;

/** Networks without shortcuts whose depth and width are parameters; made for 28 x 28. */
public final class PlainNets {
  private static final Initializer HE = new Initializer.He();
  private static final Initializer ZERO = new Initializer.Constant(0);

  private PlainNets() {}

  /**
   * A stack of 3 x 3 convolutions, each with a ReLU, and one dense layer: a plain network as He et
   * al. (2016, "Deep residual learning for image recognition") call it, without batch norm.
   *
   * <p>The first convolution sees the image, {@code ceil((depth - 1) / 2)} more see it halved, and
   * the others see it at a quarter. Convolutions begin with He's first weights, so that deep stacks
   * learn too. On 28 x 28 images there are {@code 9 w + w + (d - 1) (9 w w + w) + 10 (49 w + 1)}
   * parameters, for depth d and width w.
   *
   * @param size the number of convolutions, and the filters of each
   */
  public static Net convolutions(Size size) {
    int halved = size.depth() / 2;
    List<Net> nets = new ArrayList<>();
    stage(nets, 1, size.width());
    stage(nets, halved, size.width());
    for (int i = halved + 1; i < size.depth(); i++) {
      convolution(nets, size.width());
    }
    nets.add(new Flatten());
    nets.add(new Dense(10));
    return new Net.Chain(nets);
  }

  private static void stage(List<Net> nets, int convolutions, int filters) {
    for (int i = 0; i < convolutions; i++) {
      convolution(nets, filters);
    }
    nets.add(new MaxPool2d(2));
  }

  private static void convolution(List<Net> nets, int filters) {
    nets.add(new Conv2d(filters, 3).padding(1).init(HE, ZERO));
    nets.add(new Relu());
  }
}
