package dev.crema.zoo;

import static dev.crema.nn.Net.chain;

import dev.crema.nn.BatchNorm;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Dropout;
import dev.crema.nn.Flatten;
import dev.crema.nn.Initializer;
import dev.crema.nn.LogSoftmax;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.nn.Shape;
import dev.crema.nn.Sigmoid;
import dev.crema.train.Optimizer;
import dev.crema.train.Schedule;
import dev.crema.train.Training;
import java.util.List;
import java.util.Optional;

/** The networks that have a name. */
public final class Zoo {
  private static final Shape MNIST = Shape.image(1, 28, 28);
  private static final Initializer SMALL = new Initializer.Normal(0, 0.01);
  private static final Initializer ZERO = new Initializer.Constant(0);

  private Zoo() {}

  /** All recipes, the simplest network first. */
  public static List<Recipe> recipes() {
    return List.of(
        new Recipe(
            "softmax",
            "softmax regression",
            softmax(),
            MNIST,
            new Training(Optimizer.sgd(0.1)).batch(256).epochs(5)),
        new Recipe(
            "mlp",
            "multilayer perceptron 784-256-10",
            mlp(),
            MNIST,
            new Training(Optimizer.sgd(0.5)).batch(256).epochs(5)),
        new Recipe(
            "mlp-deep",
            "multilayer perceptron 784-512-128-10",
            mlpDeep(),
            MNIST,
            new Training(Optimizer.sgd(0.1).weightDecay(1e-4))
                .schedule(new Schedule.Exponential(0.05, Schedule.Unit.EPOCH))
                .batch(64)
                .epochs(50)),
        new Recipe(
            "lenet",
            "LeNet with ReLU on padded images",
            lenet(),
            MNIST,
            new Training(Optimizer.adam(0.001).l2(5e-4)).batch(64).epochs(50)),
        new Recipe(
            "lenet-sigmoid",
            "LeNet with sigmoids",
            lenetSigmoid(),
            MNIST,
            new Training(Optimizer.adam(0.001)).batch(256).epochs(5)),
        new Recipe(
            "lenet5",
            "LeNet-5 with ReLU and max pooling",
            lenet5(),
            MNIST,
            // The report picks the best epoch by held-out images; here all images train, and the
            // cosine brings the last epoch to rest.
            new Training(Optimizer.adam(0.0015))
                .schedule(new Schedule.Cosine(0, Schedule.Unit.STEP))
                .batch(256)
                .epochs(8)),
        new Recipe(
            "dwcnn",
            "a small depthwise-separable CNN",
            dwcnn(),
            MNIST,
            new Training(Optimizer.sgd(0.05)).batch(64).epochs(3)));
  }

  /** The recipe of this name. */
  public static Optional<Recipe> find(String name) {
    return recipes().stream().filter(recipe -> recipe.name().equals(name)).findFirst();
  }

  /** All names. */
  public static List<String> names() {
    return recipes().stream().map(Recipe::name).toList();
  }

  /** One dense layer; with cross-entropy, logistic regression for many classes. */
  public static Net softmax() {
    return chain(new Flatten(), new Dense(10).init(SMALL, ZERO));
  }

  /** One hidden layer of 256, all parameters from N(0, 0.01). */
  public static Net mlp() {
    return chain(
        new Flatten(),
        new Dense(256).init(SMALL, SMALL),
        new Relu(),
        new Dense(10).init(SMALL, SMALL));
  }

  /** Two hidden layers. */
  public static Net mlpDeep() {
    return chain(
        new Flatten(), new Dense(512), new Relu(), new Dense(128), new Relu(), new Dense(10));
  }

  /** LeNet after LeCun et al. (1998), with ReLU, max pooling, and none after the second pool. */
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
    Initializer glorot = new Initializer.Glorot();
    return chain(
        new Conv2d(6, 5).init(glorot, ZERO),
        new Sigmoid(),
        new MaxPool2d(2),
        new Conv2d(16, 5).init(glorot, ZERO),
        new Sigmoid(),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(120).init(glorot, ZERO),
        new Sigmoid(),
        new Dense(84).init(glorot, ZERO),
        new Sigmoid(),
        new Dense(10).init(glorot, ZERO));
  }

  /**
   * LeNet-5 (LeCun et al., 1998) with ReLU and max pooling. It reads 32 x 32 images, 28 x 28 with
   * two zero cells around them: the padding of its first convolution. Its weights come from N(0,
   * 0.01), read as the variance: with a standard deviation of 0.01 it ends half a point lower.
   */
  public static Net lenet5() {
    Initializer tenth = new Initializer.Normal(0, 0.1);
    return chain(
        new Conv2d(6, 5).padding(2).init(tenth, ZERO),
        new Relu(),
        new MaxPool2d(2),
        new Conv2d(16, 5).init(tenth, ZERO),
        new Relu(),
        new MaxPool2d(2),
        new Flatten(),
        new Dense(120).init(tenth, ZERO),
        new Relu(),
        new Dense(84).init(tenth, ZERO),
        new Relu(),
        new Dense(10).init(tenth, ZERO));
  }

  /** Depthwise and pointwise convolutions (Howard et al., 2017) behind two plain ones. */
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
}
