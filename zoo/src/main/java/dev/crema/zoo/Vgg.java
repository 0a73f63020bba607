package dev.crema.zoo;

import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Dropout;
import dev.crema.nn.Flatten;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import java.util.ArrayList;
import java.util.List;

/**
 * VGG (Simonyan and Zisserman, 2015, "Very deep convolutional networks for large-scale image
 * recognition"): blocks of 3 x 3 convolutions, each ending in a pool that halves the image.
 *
 * <p>It has no 28 x 28 form: five halvings want images of 32 x 32 at least.
 */
public final class Vgg {
  private Vgg() {}

  /** Configuration A: eight convolutions in five blocks, and three dense layers. */
  public static Net vgg11() {
    return vgg11(64, 4096);
  }

  /** VGG-11 with an eighth of the filters and units. */
  public static Net vgg11Slim() {
    return vgg11(8, 512);
  }

  private static Net vgg11(int filters, int units) {
    List<Net> nets = new ArrayList<>();
    block(nets, 1, filters);
    block(nets, 1, 2 * filters);
    block(nets, 2, 4 * filters);
    block(nets, 2, 8 * filters);
    block(nets, 2, 8 * filters);
    nets.addAll(
        List.of(
            new Flatten(),
            new Dense(units),
            new Relu(),
            new Dropout(0.5),
            new Dense(units),
            new Relu(),
            new Dropout(0.5),
            new Dense(10)));
    return new Net.Chain(nets);
  }

  private static void block(List<Net> nets, int convolutions, int filters) {
    for (int i = 0; i < convolutions; i++) {
      nets.add(new Conv2d(filters, 3).padding(1));
      nets.add(new Relu());
    }
    nets.add(new MaxPool2d(2));
  }
}
