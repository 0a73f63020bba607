package dev.crema.cli;

import dev.crema.data.DataException;
import dev.crema.data.Dataset;
import dev.crema.data.Datasets;
import dev.crema.data.Grid;
import dev.crema.data.Images;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema data show}: the first images of a dataset as one picture. */
@Command(
    name = "show",
    description = "Draw the first images of a dataset as one PNG, and print its path.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class DataShow implements Callable<Integer> {
  /** The two parts of a dataset. */
  enum Part {
    train,
    test
  }

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Parameters(
      paramLabel = "NAME|FOLDER",
      description = "A dataset that `crema data list` names, or a folder of IDX files.")
  private String data;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "The picture to write (default: the dataset's name and split, here).")
  private @Nullable Path file;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many (default: ${DEFAULT-VALUE}).")
  private int count = 100;

  @Option(
      names = "--columns",
      paramLabel = "N",
      description = "In a row (default: ${DEFAULT-VALUE}).")
  private int columns = 10;

  @Option(
      names = "--split",
      paramLabel = "SPLIT",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Part split = Part.train;

  @Override
  public Integer call() {
    atLeastOne("--count", count);
    atLeastOne("--columns", columns);
    Dataset dataset = Datasets.load(Names.datasetOrFolder(spec, data));
    Images all = split == Part.train ? dataset.train() : dataset.test();
    Images shown = all.first(Math.min(count, all.count()));
    if (shown.count() == 0) {
      throw new DataException("%s: has no %s images to show".formatted(data, split));
    }
    Path png = file == null ? Path.of(dataset.name() + "-" + split + ".png") : file;
    write(shown, png);
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("data", dataset.name());
    object.put("split", split.name());
    object.put("images", shown.count());
    object.put("columns", columns);
    object.put("classes", dataset.classes());
    object.put("file", png.toString());
    json.output().result(object, png.toString());
    return ExitCodes.DONE;
  }

  private void write(Images images, Path png) {
    try {
      Grid.write(images, columns, png);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    } catch (DataException e) {
      // the data is good: it is the disk
      throw e.getCause() instanceof IOException cause
          ? new UncheckedIOException(e.getMessage(), cause)
          : e;
    }
  }

  private void atLeastOne(String option, int value) {
    if (value < 1) {
      throw new ParameterException(
          spec.commandLine(), option + ": expected a number from 1 on, got " + value);
    }
  }
}
