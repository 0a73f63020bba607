package dev.crema.zoo.reports;

import static dev.crema.zoo.reports.Published.about;
import static dev.crema.zoo.reports.Published.exactly;
import static dev.crema.zoo.reports.Published.shown;

import dev.crema.data.Augment;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Softmax;
import dev.crema.train.Experiment;
import dev.crema.train.NetYaml;
import dev.crema.train.Schedule;
import dev.crema.train.Training;
import dev.crema.zoo.LeNet;
import dev.crema.zoo.Zoo;
import java.util.List;

/** The five reports. */
public final class Reports {
  private static final String MNIST = "mnist";
  private static final String FASHION = "fashion-mnist";
  private static final String GLOROT = "first weights after Glorot";
  private static final String FIRST_WEIGHTS = "first weights as PyTorch's";

  private Reports() {}

  /** All of them, R1 to R5. */
  public static List<Report> all() {
    return List.of(lenetFashion(), dwcnnMnist(), mlpFashion(), lenet5Mnist(), ladderFashion());
  }

  private static Report lenetFashion() {
    return new Report(
        "R1",
        "lenet-fashion",
        "LeNet on Fashion-MNIST, a course report with PaddlePaddle",
        List.of(
            new Entry(
                "lenet",
                recipe("lenet", FASHION),
                1,
                List.of(
                    about(Figure.TRAIN_ACCURACY, "95"),
                    shown(Figure.TRAIN_LOSS),
                    shown(Figure.TEST_ACCURACY),
                    shown(Figure.TEST_LOSS)),
                FIRST_WEIGHTS)));
  }

  /**
   * The test set is used once in a run, so the accuracies after each epoch are those of three runs;
   * with the same seed and a constant rate each is the beginning of the next, bit by bit.
   */
  private static Report dwcnnMnist() {
    return new Report(
        "R2",
        "dwcnn-mnist",
        "a small depthwise-separable CNN on MNIST, a course report with PyTorch",
        List.of(
            dwcnn("dwcnn-epoch-1", 1, "97.29"),
            dwcnn("dwcnn-epoch-2", 2, "98.08"),
            dwcnn("dwcnn", 3, "98.33")));
  }

  private static Entry dwcnn(String name, int epochs, String accuracy) {
    Experiment experiment = recipe("dwcnn", MNIST);
    return new Entry(
        name,
        experiment.training(experiment.training().epochs(epochs)),
        1,
        List.of(exactly(Figure.TEST_ACCURACY, accuracy)),
        "learning rate 0.05; "
            + FIRST_WEIGHTS
            + (epochs < 3
                ? "; a run of its own, which is the beginning of `dwcnn`, so that each run uses the test set once"
                : ""));
  }

  private static Report mlpFashion() {
    Experiment experiment = recipe("mlp-deep", FASHION);
    return new Report(
        "R3",
        "mlp-fashion",
        "a network library of one's own on Fashion-MNIST, with NumPy",
        List.of(
            new Entry(
                "mlp-deep",
                experiment.training(experiment.training().validation(0.1)),
                1,
                List.of(
                    about(Figure.BEST_EPOCH, "20"),
                    shown(Figure.BEST_VALIDATION_ACCURACY),
                    shown(Figure.VALIDATION_ACCURACY),
                    shown(Figure.TRAIN_LOSS),
                    shown(Figure.TEST_ACCURACY)),
                "one image in ten held out; learning rate 0.1 exp(-0.05 epoch), weight decay 0.0001; "
                    + FIRST_WEIGHTS)));
  }

  private static Report lenet5Mnist() {
    String chosen =
        "all training images, and a cosine that brings the last epoch to rest, where the report"
            + " keeps the best epoch by held-out images; N(0, 0.01) read as variance";
    Entry onceShifted =
        shifted(
            "lenet5-softmax",
            lenet5Softmax(Loss.Kind.PROBABILITY_CROSS_ENTROPY),
            "99.11",
            "; the loss reads softmax's probabilities as such, so it is softmax once, not twice");
    return new Report(
        "R4",
        "lenet5-mnist",
        "LeNet-5 from scratch on MNIST, with NumPy",
        List.of(
            new Entry(
                "lenet5",
                recipe("lenet5", MNIST),
                5,
                List.of(
                    exactly(Figure.TEST_ACCURACY, "98.93"),
                    exactly(Figure.TRAIN_ACCURACY, "99.09")),
                chosen),
            new Entry(
                "lenet5-softmax",
                lenet5Softmax(Loss.Kind.CROSS_ENTROPY),
                5,
                List.of(exactly(Figure.TEST_ACCURACY, "99.11"), shown(Figure.TRAIN_ACCURACY)),
                chosen),
            shifted("lenet5", recipe("lenet5", MNIST), "98.93", ""),
            onceShifted,
            longer(onceShifted)));
  }

  /**
   * Softmax as the last layer, and a loss that takes its outputs for logits or for what they are.
   */
  private static Experiment lenet5Softmax(Loss.Kind loss) {
    Experiment plain = recipe("lenet5", MNIST);
    Net net = Net.chain(LeNet.lenet5(), new Softmax());
    return new Experiment(
        "lenet5-softmax",
        net,
        NetYaml.write(net),
        plain.feed(),
        new Loss(loss, 0),
        plain.training());
  }

  /** The same on images that move a little, as those that LeNet-5's own paper learned from. */
  private static Entry shifted(String name, Experiment still, String accuracy, String chosen) {
    return new Entry(
        name + "-shift",
        still.feed(still.feed().augment(Augment.NONE.shift(1))),
        5,
        List.of(exactly(Figure.TEST_ACCURACY, accuracy), shown(Figure.TRAIN_ACCURACY)),
        "as `lenet5`, with training images moved by up to one pixel each way (LeCun et al., 1998,"
            + " distorted theirs): added after the unmoved ones had ended below the published figure"
            + chosen);
  }

  /** The same for twice the epochs: images that move take longer to learn. */
  private static Entry longer(Entry entry) {
    Experiment experiment = entry.experiment();
    Training training = experiment.training();
    return new Entry(
        entry.name() + "-long",
        experiment.training(training.epochs(2 * training.epochs())),
        entry.seeds(),
        entry.figures(),
        entry.chosen() + "; twice the epochs, added after the report's eight had ended below it");
  }

  private static Report ladderFashion() {
    return new Report(
        "R5",
        "ladder-fashion",
        "eight architectures on Fashion-MNIST, with PyTorch on a cloud GPU",
        List.of(
            rung("softmax", 5, shown(Figure.TEST_ACCURACY), shown(Figure.SECONDS_PER_EPOCH)),
            rung("mlp", 5, exactly(Figure.TEST_ACCURACY, "82.2"), shown(Figure.SECONDS_PER_EPOCH)),
            rung("lenet-sigmoid", 5, "75.9", "8.3"),
            rung("alexnet", 1, "90.3", "169"),
            rested("alexnet", "90.3"),
            rung("vgg11-slim", 1, "91.5", "103"),
            rung("vgg11", 1, shown(Figure.TEST_ACCURACY), shown(Figure.SECONDS_PER_EPOCH)),
            rung("nin", 1, "84.9", "177"),
            rested("nin", "84.9"),
            rung("googlenet", 1, "89.1", "162"),
            rung("resnet18", 1, "92.0", "43"),
            rested("resnet18", "92.0")));
  }

  private static Entry rung(String net, int seeds, String accuracy, String seconds) {
    return rung(
        net,
        seeds,
        exactly(Figure.TEST_ACCURACY, accuracy),
        exactly(Figure.SECONDS_PER_EPOCH, seconds));
  }

  private static Entry rung(String net, int seeds, Published... figures) {
    String chosen =
        switch (net) {
          case "softmax", "mlp" -> "";
          case "lenet-sigmoid" -> GLOROT;
          default ->
              GLOROT + ", as the same report's LeNet; vgg11-slim had ended at 90.69 with PyTorch's";
        };
    return new Entry(net, recipe(net, FASHION), seeds, List.of(figures), chosen);
  }

  /**
   * A rung whose last epoch ends at rest: at the report's constant rate these networks end wherever
   * the last steps throw them, some points up or down from seed to seed.
   */
  private static Entry rested(String net, String accuracy) {
    Experiment constant = recipe(net, FASHION);
    return new Entry(
        net + "-cosine",
        constant.training(constant.training().schedule(new Schedule.Cosine(0, Schedule.Unit.STEP))),
        1,
        List.of(exactly(Figure.TEST_ACCURACY, accuracy)),
        "the report's training but for its constant rate, which a cosine brings to rest as in"
            + " R4: added after the constant rate had ended below the published figure");
  }

  private static Experiment recipe(String net, String data) {
    return Zoo.find(net).orElseThrow().experiment(data);
  }
}
