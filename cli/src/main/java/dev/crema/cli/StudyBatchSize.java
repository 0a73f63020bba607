package dev.crema.cli;

import dev.crema.data.Dataset;
import dev.crema.nn.Graph;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.Training;
import dev.crema.train.study.BatchFindings;
import dev.crema.train.study.BatchPlan;
import dev.crema.train.study.BatchPlan.Member;
import dev.crema.train.study.Cell;
import dev.crema.train.study.Result;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema study batch-size}: what more images of a step do. */
@Command(
    name = "batch-size",
    description = {
      "Train a network with several batch sizes under equal epochs, equal steps and equal seconds,"
          + " and say what each comes to, and how many steps and seconds a target takes."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Main.ModuleVersion.class)
final class StudyBatchSize implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "NET|FILE",
      description =
          "A network of the zoo, an experiment file or a Java file (default: ${DEFAULT-VALUE}).")
  private String net = "lenet";

  @Option(
      names = "--batches",
      paramLabel = "N",
      split = ",",
      description = "Images of a step (default: 16,64,256).")
  private List<Integer> batches = List.of(16, 64, 256);

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "The equal seconds (default: those that the middle batch size takes for the epochs).")
  private @Nullable Double seconds;

  @Option(
      names = "--target",
      paramLabel = "A",
      description =
          "The validation accuracy that steps and seconds are counted to, such as 0.85 (default: the highest whole percent that all reach).")
  private @Nullable Double target;

  @Mixin private StudyOptions study;

  @Override
  public Integer call() {
    check();
    Experiment named = Session.named(spec, net);
    Feed feed = study.feed(named.feed().data(study.data(named.feed().data())));
    Training training = study.training(named.training().optimizer());
    Experiment base =
        named
            .feed(feed)
            .training(
                training
                    .schedule(named.training().schedule())
                    .batch(batches.stream().max(Integer::compare).orElseThrow()));
    Dataset data = study.load(feed);
    Graph graph = Session.trainable(net, base, data);
    int drawn = feed.select(data, study.seeds().getFirst()).train().count();
    int images = drawn - (int) Math.round(training.validation() * drawn);
    BatchPlan plan =
        new BatchPlan(
            base,
            graph,
            batches,
            images,
            seconds == null ? OptionalDouble.empty() : OptionalDouble.of(seconds));
    List<Member> members = plan.members(experiment -> study.imagesPerSecond(experiment, data));
    List<Cell> cells = members.stream().map(plan::cell).toList();
    return study.study(
        "batch-size",
        cells,
        data,
        results ->
            new BatchFindings(
                base.name(),
                data.name(),
                study.testImages(feed, data),
                study.seeds(),
                target == null ? BatchFindings.commonTarget(results) : target,
                byMember(members, results)));
  }

  private static Map<Member, Result> byMember(List<Member> members, List<Result> results) {
    Map<Member, Result> map = new LinkedHashMap<>();
    for (int i = 0; i < members.size(); i++) {
      map.put(members.get(i), results.get(i));
    }
    return map;
  }

  private void check() {
    if (batches.stream().anyMatch(batch -> batch < 1)) {
      throw new ParameterException(
          spec.commandLine(), "--batches: expected numbers from 1 on, got " + batches);
    }
    if (seconds != null && !(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
      throw new ParameterException(
          spec.commandLine(), "--seconds: expected a number above 0, got " + seconds);
    }
    if (target != null && !(target > 0 && target <= 1)) {
      throw new ParameterException(
          spec.commandLine(), "--target: expected an accuracy above 0, up to 1, got " + target);
    }
  }
}
