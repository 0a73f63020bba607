package dev.crema.cli;

import dev.crema.train.study.Grid;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code crema study width}: what more channels do. */
@Command(
    name = "width",
    description = {
      "Train stacks of convolutions of all depths and widths, and say what width does: at the same"
          + " depth, at as many parameters, and at as many multiply-adds."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Main.ModuleVersion.class)
final class StudyWidth implements Callable<Integer> {
  @Mixin private SizeOptions sizes;
  @Mixin private StudyOptions study;

  @Override
  public Integer call() {
    return sizes.study(Grid.Question.WIDTH, study);
  }
}
