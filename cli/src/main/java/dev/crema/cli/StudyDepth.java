package dev.crema.cli;

import dev.crema.train.study.Grid;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code crema study depth}: what more layers do. */
@Command(
    name = "depth",
    description = {
      "Train stacks of convolutions of all depths and widths, and say what depth does: at the same"
          + " width, at as many parameters, and at as many multiply-adds."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    versionProvider = Main.ModuleVersion.class)
final class StudyDepth implements Callable<Integer> {
  @Mixin private SizeOptions sizes;
  @Mixin private StudyOptions study;

  @Override
  public Integer call() {
    return sizes.study(Grid.Question.DEPTH, study);
  }
}
