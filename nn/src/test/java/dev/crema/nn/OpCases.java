package dev.crema.nn;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;
import static dev.crema.nn.Net.named;
import static dev.crema.nn.Net.sum;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What the layers' contract is tested on; a new layer adds a row to {@link #layers}. */
final class OpCases {
  private static final long SEED = 11;
  private static final int CLASSES = 5;

  /** Above what a step moves any number, and above the float rounding of numbers of about 1. */
  private static final double MARGIN = 2e-5;

  private OpCases() {}

  /** A layer, or a few, on an input, and the shape that they make of it. */
  record Row(Net net, Shape in, Shape out) {
    @Override
    public String toString() {
      return net + " on " + in;
    }

    /** Behind a layer that makes its input. */
    Graph behind() {
      return in.isFeatures()
          ? Graph.of(chain(new Dense(in.size()), net, end()), Shape.features(6))
          : Graph.of(
              chain(new Conv2d(in.channels(), 1), net, end()),
              Shape.image(2, in.height(), in.width()));
    }

    /** As the first layer. */
    Graph first() {
      return Graph.of(chain(net, end()), in);
    }

    private Net end() {
      Net scores = new Dense(CLASSES);
      return out.isFeatures() ? scores : chain(new Flatten(), scores);
    }
  }

  static Stream<Row> layers() {
    return Stream.of(
        // Convolutions: kernels, padding, strides over and under the kernel, nothing but padding.
        row(new Conv2d(5, 3), image(3, 7, 9), image(5, 5, 7)),
        row(new Conv2d(4, 3).padding(1).noBias(), image(3, 6, 7), image(4, 6, 7)),
        row(new Conv2d(6, 5).padding(2), image(1, 7, 7), image(6, 7, 7)),
        row(new Conv2d(17, 3).stride(2).padding(1), image(2, 9, 7), image(17, 5, 4)),
        row(new Conv2d(33, 1), image(17, 3, 3), image(33, 3, 3)),
        row(new Conv2d(4, 1).stride(2), image(3, 7, 5), image(4, 4, 3)),
        row(new Conv2d(3, 2).stride(3), image(2, 9, 8), image(3, 3, 3)),
        row(new Conv2d(4, 4).stride(2).padding(1), image(2, 9, 9), image(4, 4, 4)),
        row(new Conv2d(7, 5), image(3, 5, 5), image(7, 1, 1)),
        row(new Conv2d(3, 7).padding(3), image(2, 4, 5), image(3, 4, 5)),
        row(new Conv2d(3, 2).padding(3), image(2, 2, 3), image(3, 7, 8)),
        row(new Conv2d(4, 3).padding(1), image(3, 1, 1), image(4, 1, 1)),
        row(new Conv2d(2, 3).padding(1), image(1, 1, 37), image(2, 1, 37)),
        row(new Conv2d(2, 3).stride(2), image(1, 37, 3), image(2, 18, 1)),
        // Groups, and as many as channels.
        row(new Conv2d(6, 3).groups(2).padding(1), image(4, 5, 5), image(6, 5, 5)),
        row(new Conv2d(9, 1).groups(3), image(6, 4, 4), image(9, 4, 4)),
        row(new Conv2d(5, 3).groups(5).padding(1), image(5, 6, 7), image(5, 6, 7)),
        row(new Conv2d(17, 3).groups(17).stride(2).padding(1), image(17, 5, 6), image(17, 3, 3)),
        row(new Conv2d(10, 3).groups(5).noBias(), image(5, 5, 6), image(10, 3, 4)),
        // Dense layers.
        row(new Dense(7), features(5), features(7)),
        row(new Dense(33).noBias(), features(17), features(33)),
        row(new Dense(1), features(1), features(1)),
        row(new Dense(16), features(64), features(16)),
        // One vector of images in a block, as beside convolutions.
        row(
            chain(new Conv2d(5, 3), new Flatten(), new Dense(46), new Dense(45).noBias()),
            image(2, 5, 5),
            features(45)),
        // Outputs split among the workers, in all batches but the largest.
        row(new Dense(300), features(300), features(300)),
        row(chain(new Flatten(), new Dense(290).noBias()), image(5, 8, 8), features(290)),
        // As the first layer sums over halves of the pixels, in all batches.
        row(chain(new Flatten(), new Dense(70)), image(2, 18, 19), features(70)),
        row(chain(new Flatten(), new Dense(10)), image(2, 18, 19), features(10)),
        // Normalisation.
        row(new BatchNorm(), image(3, 5, 4), image(3, 5, 4)),
        row(new BatchNorm(1e-3, 0.3), image(17, 3, 3), image(17, 3, 3)),
        row(new BatchNorm(), features(19), features(19)),
        // Pooling.
        row(new MaxPool2d(2), image(3, 6, 6), image(3, 3, 3)),
        row(new MaxPool2d(2), image(3, 7, 5), image(3, 3, 2)),
        row(new MaxPool2d(3).stride(2), image(2, 7, 8), image(2, 3, 3)),
        row(new MaxPool2d(3).stride(2).padding(1), image(2, 7, 8), image(2, 4, 4)),
        row(new MaxPool2d(3).stride(1).padding(1), image(2, 4, 5), image(2, 4, 5)),
        row(new MaxPool2d(2).stride(3), image(3, 8, 9), image(3, 3, 3)),
        row(new AvgPool2d(2), image(3, 6, 6), image(3, 3, 3)),
        row(new AvgPool2d(2), image(3, 7, 5), image(3, 3, 2)),
        row(new AvgPool2d(3).stride(2), image(2, 7, 8), image(2, 3, 3)),
        row(new AvgPool2d(3).stride(2).padding(1), image(2, 7, 8), image(2, 4, 4)),
        row(new AvgPool2d(2).stride(3), image(3, 8, 9), image(3, 3, 3)),
        row(new GlobalAvgPool(), image(5, 3, 7), features(5)),
        row(new GlobalAvgPool(), image(3, 1, 1), features(3)),
        // Each number by itself.
        row(new Flatten(), image(3, 4, 5), features(60)),
        row(new Flatten(), image(2, 8, 8), features(128)), // planes of a whole page, with a gap
        row(new Flatten(), features(7), features(7)),
        row(new Identity(), image(3, 4, 5), image(3, 4, 5)),
        row(new Identity(), features(7), features(7)),
        row(new Relu(), image(3, 4, 5), image(3, 4, 5)),
        row(new Relu(), features(17), features(17)),
        row(new Sigmoid(), image(3, 4, 5), image(3, 4, 5)),
        row(new Sigmoid(), features(17), features(17)),
        row(new Tanh(), image(3, 4, 5), image(3, 4, 5)),
        row(new Tanh(), features(17), features(17)),
        row(new Dropout(0.3), image(3, 4, 5), image(3, 4, 5)),
        row(new Dropout(0.5), features(37), features(37)),
        row(new Dropout(0), features(3), features(3)),
        row(new Softmax(), features(7), features(7)),
        row(new Softmax(), features(33), features(33)),
        row(new LogSoftmax(), features(7), features(7)),
        row(new LogSoftmax(), features(33), features(33)),
        // Branches: unequal halos, one value read twice, one branch, branches within branches.
        row(sum(new Conv2d(3, 3).padding(1), new Identity()), image(3, 4, 5), image(3, 4, 5)),
        row(sum(chain(), chain()), image(3, 4, 5), image(3, 4, 5)),
        row(sum(new Dense(4), new Dense(4), new Dense(4)), features(5), features(4)),
        row(sum(new Tanh()), features(5), features(5)),
        row(concat(new Conv2d(2, 3), new MaxPool2d(3).stride(1)), image(3, 5, 6), image(5, 3, 4)),
        row(concat(chain(), new Sigmoid(), chain()), image(2, 3, 3), image(6, 3, 3)),
        row(concat(new Conv2d(2, 3).padding(1), new Tanh()), image(2, 8, 8), image(4, 8, 8)),
        row(concat(new Dense(4), new Identity()), features(5), features(9)),
        row(
            chain(
                concat(named("a", new Conv2d(3, 1)), sum(new Conv2d(4, 3).padding(1), chain())),
                new Conv2d(2, 5).padding(2)),
            image(4, 4, 4),
            image(2, 4, 4)),
        // Channels that lie in those of a concatenation, of several, or cannot.
        row(
            chain(
                concat(chain(), chain(new BatchNorm(), new Relu(), new Conv2d(2, 3).padding(1))),
                concat(chain(), chain(new BatchNorm(), new Relu(), new Conv2d(2, 3).padding(1))),
                new BatchNorm()),
            image(3, 4, 5),
            image(7, 4, 5)),
        row(sum(concat(chain(), new Sigmoid()), new Conv2d(6, 1)), image(3, 4, 5), image(6, 4, 5)),
        row(
            sum(concat(chain(), new BatchNorm()), concat(new Tanh(), chain())),
            image(2, 3, 5),
            image(4, 3, 5)),
        row(concat(concat(chain(), new Tanh()), chain()), image(3, 4, 5), image(9, 4, 5)),
        row(concat(new Conv2d(3, 3), new Conv2d(2, 3)), image(2, 3, 3), image(5, 1, 1)),
        row(
            sum(chain(concat(chain()), new Tanh()), new Conv2d(3, 3).padding(1), new Sigmoid()),
            image(3, 4, 5),
            image(3, 4, 5)),
        row(
            concat(chain(concat(chain(), new Tanh()), new Flatten()), new Flatten()),
            image(2, 3, 4),
            features(72)),
        row(
            chain(
                concat(chain(), chain(new Conv2d(2, 5).padding(2), new Relu())),
                new Conv2d(4, 3).padding(1)),
            image(3, 5, 6),
            image(4, 5, 6)),
        row(
            chain(concat(new Conv2d(1, 1), chain(), new Tanh()), new Flatten()),
            image(2, 8, 8),
            features(320)),
        // Convolutions of one value that are one on the way back, or cannot be.
        row(
            concat(
                chain(new Conv2d(5, 1), new Relu()),
                chain(new Conv2d(17, 1), new Relu(), new Conv2d(2, 3).padding(1)),
                chain(new Conv2d(3, 1).noBias(), new BatchNorm()),
                chain(new Conv2d(2, 1), new MaxPool2d(3).stride(1).padding(1)),
                new Conv2d(4, 1),
                new MaxPool2d(3).stride(1).padding(1)),
            image(4, 5, 6),
            image(20, 5, 6)),
        row(
            sum(
                chain(new Conv2d(16, 1).noBias(), new Tanh()),
                chain(new Conv2d(16, 1).noBias(), new Tanh()),
                new Identity()),
            image(16, 1, 1),
            image(16, 1, 1)),
        // What the compiler may put together.
        row(chain(new Relu(), new MaxPool2d(2)), image(3, 6, 7), image(3, 3, 3)),
        row(chain(new Sigmoid(), new MaxPool2d(3).stride(2)), image(2, 7, 7), image(2, 3, 3)),
        row(
            concat(
                chain(new Relu(), new MaxPool2d(3).stride(1).padding(1)),
                chain(
                    new MaxPool2d(3).stride(1).padding(1),
                    new Relu(),
                    new Conv2d(2, 3).padding(1))),
            image(2, 5, 6),
            image(4, 5, 6)),
        row(
            chain(new Tanh(), new MaxPool2d(2), new MaxPool2d(2), new Relu()),
            image(2, 8, 9),
            image(2, 2, 2)),
        row(
            chain(new Conv2d(4, 3).padding(1).noBias(), new BatchNorm(), new Relu()),
            image(3, 5, 5),
            image(4, 5, 5)),
        row(
            chain(new BatchNorm(), new Relu(), new Conv2d(2, 3).padding(1)),
            image(3, 5, 4),
            image(2, 5, 4)),
        row(
            chain(new Conv2d(4, 3).padding(1), new Relu(), new Conv2d(2, 5).padding(2)),
            image(3, 5, 5),
            image(2, 5, 5)),
        row(
            chain(
                new Conv2d(4, 2).stride(2),
                new Relu(),
                sum(chain(new BatchNorm(), new Relu()), new Conv2d(4, 3).padding(1), chain())),
            image(3, 8, 7),
            image(4, 4, 3)),
        row(
            concat(
                chain(new Conv2d(3, 3).padding(1), new Relu()), chain(new BatchNorm(), new Relu())),
            image(2, 4, 5),
            image(5, 4, 5)),
        row(chain(new Dropout(0.5), new Dropout(0.5)), features(19), features(19)));
  }

  private static Row row(Net net, Shape in, Shape out) {
    return new Row(net, in, out);
  }

  private static Shape image(int channels, int height, int width) {
    return Shape.image(channels, height, width);
  }

  private static Shape features(int features) {
    return Shape.features(features);
  }

  /** A network and a loss. */
  record Case(String name, Graph graph, Loss loss) {
    @Override
    public String toString() {
      return name;
    }

    /** The first draw in which nothing is close to a kink, at any of the counts. */
    Trial draw(int... counts) {
      int most = Arrays.stream(counts).max().orElseThrow();
      for (long seed = SEED; ; seed++) {
        Trial trial = Trial.draw(graph, loss, most, seed);
        if (Arrays.stream(counts).allMatch(count -> isClear(trial, count))) {
          return trial;
        }
        assertThat(seed).as("%s: no draw is clear of kinks", name).isLessThan(SEED + 100);
      }
    }

    private static boolean isClear(Trial trial, int count) {
      return trial.define(Mode.TRAIN, count, trial.doubles()).margin() > MARGIN;
    }
  }

  static Stream<Case> cases() {
    return Stream.concat(
        layers()
            .flatMap(row ->
                Stream.of(
                    new Case(row.toString(), row.behind(), logits(0)),
                    new Case("first: " + row, row.first(), logits(0)))),
        losses());
  }

  private static Loss logits(double smoothing) {
    return new Loss(Loss.Kind.CROSS_ENTROPY, smoothing);
  }

  private static Stream<Case> losses() {
    List<Case> cases = new ArrayList<>();
    for (double smoothing : new double[] {0, 0.1}) {
      for (Loss.Kind kind : Loss.Kind.values()) {
        Net end =
            switch (kind) {
              case CROSS_ENTROPY -> chain();
              case PROBABILITY_CROSS_ENTROPY -> new Softmax();
              case NEGATIVE_LOG_LIKELIHOOD -> new LogSoftmax();
            };
        Graph flat = Graph.of(chain(new Dense(CLASSES), end), features(9));
        Graph image = Graph.of(chain(new Conv2d(3, 2), new GlobalAvgPool(), end), image(1, 4, 4));
        cases.add(
            new Case(
                kind + " " + smoothing + " of a dense layer", flat, new Loss(kind, smoothing)));
        cases.add(
            new Case(kind + " " + smoothing + " of images", image, new Loss(kind, smoothing)));
      }
    }
    for (Net net : List.of(new Conv2d(5, 4), new Conv2d(2, 3).padding(1), new MaxPool2d(2))) {
      Graph graph = Graph.of(chain(new Conv2d(2, 1), net), image(1, 4, 4));
      cases.add(new Case("ends in an image of " + net, graph, logits(0)));
    }
    Graph gaps = Graph.of(new Conv2d(2, 1), image(1, 8, 8));
    cases.add(new Case("ends in an image with gaps", gaps, logits(0)));
    return cases.stream();
  }
}
