package dev.crema.zoo;

import dev.crema.nn.Initializer;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Experiment;
import dev.crema.train.JavaSource;
import dev.crema.train.Optimizer;
import dev.crema.train.Run;
import dev.crema.train.Schedule;
import dev.crema.train.Training;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The networks that have a name. */
public final class Zoo {
  private static final Shape MNIST = Shape.image(1, 28, 28);

  private Zoo() {}

  /** All recipes, the simplest network first. */
  public static List<Recipe> recipes() {
    return List.of(
        new Recipe(
            "softmax",
            "softmax regression",
            Perceptrons.softmax(),
            MNIST,
            new Training(Optimizer.sgd(0.1)).batch(256).epochs(5)),
        new Recipe(
            "mlp",
            "multilayer perceptron 784-256-10",
            Perceptrons.mlp(),
            MNIST,
            new Training(Optimizer.sgd(0.5)).batch(256).epochs(5)),
        new Recipe(
            "mlp-deep",
            "multilayer perceptron 784-512-128-10",
            Perceptrons.mlpDeep(),
            MNIST,
            new Training(Optimizer.sgd(0.1).weightDecay(1e-4))
                .schedule(new Schedule.Exponential(0.05, Schedule.Unit.EPOCH))
                .batch(64)
                .epochs(50)),
        new Recipe(
            "lenet",
            "LeNet with ReLU on padded images",
            LeNet.lenet(),
            MNIST,
            new Training(Optimizer.adam(0.001).l2(5e-4)).batch(64).epochs(50)),
        new Recipe(
            "lenet-sigmoid",
            "LeNet with sigmoids",
            LeNet.lenetSigmoid(),
            MNIST,
            new Training(Optimizer.adam(0.001)).batch(256).epochs(5)),
        new Recipe(
            "lenet5",
            "LeNet-5 with ReLU and max pooling",
            LeNet.lenet5(),
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
            MobileNet.dwcnn(),
            MNIST,
            new Training(Optimizer.sgd(0.05)).batch(64).epochs(3)),
        new Recipe("resnet20", "ResNet-20 for small images", ResNet.resnet20(), MNIST, oneCycle()),
        new Recipe(
            "densenet40",
            "DenseNet-BC of 40 layers for small images",
            DenseNet.densenet40(),
            MNIST,
            oneCycle()),
        new Recipe(
            "mobilenetv2-small",
            "MobileNetV2 cut down to small images",
            MobileNet.mobilenetV2Small(),
            MNIST,
            oneCycle()),
        new Recipe(
            "alexnet",
            "AlexNet in one tower",
            glorot(AlexNet.alexnet()),
            Shape.image(1, 224, 224),
            new Training(Optimizer.adam(0.001)).batch(128).epochs(3)),
        new Recipe(
            "vgg11",
            "VGG-11",
            glorot(Vgg.vgg11()),
            Shape.image(1, 224, 224),
            new Training(Optimizer.adam(0.001)).batch(64).epochs(5)),
        new Recipe(
            "vgg11-slim",
            "VGG-11 at an eighth of its width",
            glorot(Vgg.vgg11Slim()),
            Shape.image(1, 224, 224),
            new Training(Optimizer.adam(0.001)).batch(64).epochs(5)),
        new Recipe(
            "nin",
            "network in network",
            glorot(Nin.nin()),
            Shape.image(1, 224, 224),
            new Training(Optimizer.adam(0.002)).batch(128).epochs(5)),
        new Recipe(
            "googlenet",
            "GoogLeNet without auxiliary classifiers",
            glorot(GoogLeNet.googlenet()),
            Shape.image(1, 96, 96),
            new Training(Optimizer.adam(0.001)).batch(128).epochs(5)),
        new Recipe(
            "resnet18",
            "ResNet-18",
            glorot(ResNet.resnet18()),
            Shape.image(1, 96, 96),
            new Training(Optimizer.adam(0.001)).batch(256).epochs(5)));
  }

  /**
   * The first weights of the report that trains the large networks: it says nothing of them, but
   * its LeNet with sigmoids, trained alike, learns with no others.
   */
  private static Net glorot(Net net) {
    return net.init(new Initializer.Glorot(), new Initializer.Constant(0));
  }

  /** What networks with batch normalisation are often trained with on small images. */
  private static Training oneCycle() {
    return new Training(Optimizer.sgd(0.1).nesterov(0.9).weightDecay(5e-4))
        .schedule(new Schedule.OneCycle())
        .batch(128)
        .epochs(20);
  }

  /** The recipe of this name. */
  public static Optional<Recipe> find(String name) {
    return recipes().stream().filter(recipe -> recipe.name().equals(name)).findFirst();
  }

  /** All names. */
  public static List<String> names() {
    return recipes().stream().map(Recipe::name).toList();
  }

  /**
   * The experiment of a run.
   *
   * @throws ConfigurationException if its file cannot be read, or its network has layers of the
   *     user's own
   */
  public static Experiment experiment(Run run) {
    return Experiment.read(run, Zoo::ofRun, names());
  }

  /**
   * The same where the network may have layers of the user's own.
   *
   * @param java gives the experiment of the Java file that the run notes
   * @throws ConfigurationException if its file cannot be read
   */
  public static Experiment experiment(Run run, Function<JavaSource.Note, Experiment> java) {
    return Experiment.read(run, Zoo::ofRun, names(), java);
  }

  /**
   * What a run's file that names a network means. It says itself how its images are resized; those
   * of older versions do not, and were not resized.
   */
  private static Optional<Experiment.Known> ofRun(String name) {
    return find(name).map(recipe -> new Experiment.Known(recipe.net(), Optional.empty()));
  }
}
