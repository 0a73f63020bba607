package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.study.Cell;
import dev.crema.train.study.Grid;
import dev.crema.train.study.Result;
import dev.crema.train.study.Size;
import dev.crema.train.study.SizeFindings;
import dev.crema.zoo.PlainNets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which sizes are studied, to be mixed into a command. */
final class SizeOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--depths",
      paramLabel = "N",
      split = ",",
      description = "Convolutions of a network (default: 1,2,4).")
  private List<Integer> depths = List.of(1, 2, 4);

  @Option(
      names = "--widths",
      paramLabel = "N",
      split = ",",
      description = "Filters of a convolution (default: 8,16,32).")
  private List<Integer> widths = List.of(8, 16, 32);

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images of a step (default: ${DEFAULT-VALUE}).")
  private int batch = 64;

  /** Trains what is missing, and says what came of it. */
  int study(Grid.Question question, StudyOptions options) {
    check("--depths", depths);
    check("--widths", widths);
    check("--batch", List.of(batch));
    Feed feed = options.feed(new Feed(options.data(Session.DEFAULT_DATA)));
    Experiment base = plain(feed, options);
    Dataset data = options.load(feed);
    Session.trainable("the network of the study", base, data);
    Grid grid = new Grid(PlainNets::convolutions, feed.input(data.train()), depths, widths);
    List<Size> sizes = grid.sizes();
    List<Cell> cells = sizes.stream().map(size -> grid.cell(size, base)).toList();
    return options.study(
        question.name().toLowerCase(Locale.ROOT),
        cells,
        data,
        results ->
            new SizeFindings(
                data.name(),
                options.testImages(feed, data),
                options.seeds(),
                question,
                bySize(sizes, results),
                grid.slices(question)));
  }

  private Experiment plain(Feed feed, StudyOptions options) {
    Net net = PlainNets.convolutions(new Size(depths.getFirst(), widths.getFirst()));
    return new Experiment(
        "plain",
        net,
        NetYaml.write(net),
        feed,
        Loss.of(net),
        options.training(Optimizer.adam(1e-3)).batch(batch));
  }

  private static Map<Size, Result> bySize(List<Size> sizes, List<Result> results) {
    Map<Size, Result> map = new LinkedHashMap<>();
    for (int i = 0; i < sizes.size(); i++) {
      map.put(sizes.get(i), results.get(i));
    }
    return map;
  }

  private void check(String option, List<Integer> numbers) {
    numbers.stream()
        .filter(number -> number < 1)
        .findFirst()
        .ifPresent(number -> {
          throw new ParameterException(
              command.commandLine(), option + ": expected numbers from 1 on, got " + number);
        });
  }
}
