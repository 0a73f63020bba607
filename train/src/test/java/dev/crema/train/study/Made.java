package dev.crema.train.study;

import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.nn.Shape;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.Run;
import dev.crema.train.Score;
import dev.crema.train.Training;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Networks, and results that no training made, of which the right verdict is known. */
final class Made {
  static final Shape INPUT = Shape.image(1, 6, 6);

  private Made() {}

  /**
   * Convolutions before a pool over all: of width w and depth d, {@code 10 w + (d - 1) (9 w w + w)
   * + 2 w + 2} parameters and {@code 36 (9 w + (d - 1) 9 w w) + 2 w} multiply-adds on 6 x 6 images,
   * those of the pool left out.
   */
  static Net convolutions(Size size) {
    List<Net> nets = new ArrayList<>();
    for (int i = 0; i < size.depth(); i++) {
      nets.add(new Conv2d(size.width(), 3).padding(1));
      nets.add(new Relu());
    }
    nets.addAll(List.of(new GlobalAvgPool(), new Flatten(), new Dense(2)));
    return new Net.Chain(nets);
  }

  /** All but the network, with a tenth held out. */
  static Experiment base() {
    Net net = Net.chain(new Flatten(), new Dense(2));
    Training training = new Training(Optimizer.adam(0.02)).batch(50).epochs(3).validation(0.1);
    return new Experiment(
        "made", net, NetYaml.write(net), new Feed("halves"), Loss.of(net), training);
  }

  static Grid grid(List<Integer> depths, List<Integer> widths) {
    return new Grid(Made::convolutions, INPUT, depths, widths);
  }

  private static Score score(double error) {
    return new Score(error, 1 - error);
  }

  static Trial trial(
      double rate, long seed, double train, double validation, double test, Trial.Point... curve) {
    return new Trial(
        new Run(Path.of("runs", "made-" + rate + "-" + seed)),
        rate,
        seed,
        false,
        score(train),
        score(validation),
        score(test),
        OptionalDouble.of(2),
        List.of(curve));
  }

  /** A cell whose search chose the middle of three rates, trained with one seed. */
  static Result result(Cell cell, double train, double test, Trial.Point... curve) {
    Trial chosen = trial(0.003, 1, train, 0.2, test, curve);
    return new Result(
        cell,
        List.of(trial(0.001, 1, 0.3, 0.3, 0.01), chosen, trial(0.01, 1, 0.3, 0.4, 0.02)),
        List.of(chosen));
  }
}
