package dev.crema.cli;

import dev.crema.data.DataException;
import dev.crema.data.FileErrors;
import dev.crema.data.ImageFile;
import dev.crema.engine.Engine;
import dev.crema.engine.Listing;
import dev.crema.nn.Graph;
import dev.crema.nn.Shape;
import dev.crema.train.Checkpoint;
import dev.crema.train.Experiment;
import dev.crema.train.Model;
import dev.crema.train.Run;
import dev.crema.train.Signature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema predict}: what a run's network sees in pictures. */
@Command(
    name = "predict",
    description = {
      "Name the likeliest classes of PNG or JPEG pictures, of any size.",
      "One that cannot be read is named, the others are answered, and the exit code is 3."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class Predict implements Callable<Integer> {
  private static final List<String> PICTURES = List.of(".png", ".jpg", ".jpeg");

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private NetOption net;

  @Parameters(index = "0", paramLabel = "RUN", description = "The run's directory.")
  private Path folder;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      description = "Pictures, and folders of pictures.")
  private List<Path> pictures = List.of();

  @Option(
      names = "--top",
      paramLabel = "N",
      description = "Classes to name (default: ${DEFAULT-VALUE}).")
  private int top = 3;

  @Option(
      names = "--invert",
      description = "Swap dark and light: for dark drawings on white paper.")
  private boolean invert;

  @Override
  public Integer call() {
    if (top < 1) {
      throw new ParameterException(
          spec.commandLine(), "--top: expected a number from 1 on, got " + top);
    }
    Run run = Run.open(folder);
    Experiment experiment = Session.experiment(run, net);
    Checkpoint weights = Session.weights(run, spec.commandLine().getErr());
    Signature signature = Session.signature(run, experiment, spec.commandLine().getErr());
    Graph graph = Session.graph(run.experiment().toString(), experiment, signature);
    Shape shape = graph.input();
    boolean allGood = true;
    try (Engine engine = new Engine(1)) {
      Model model = new Model(graph, experiment.loss(), 1, engine);
      model.load(weights, run.checkpoints().folder());
      for (Path given : pictures) {
        try {
          for (Path picture : pictures(given)) {
            allGood &= predict(picture, shape, model, signature.classes());
          }
        } catch (DataException e) {
          Terminal.say(spec, "crema: " + e.getMessage());
          allGood = false;
        }
      }
    }
    return allGood ? ExitCodes.DONE : ExitCodes.INPUT;
  }

  /** The picture itself, or those in a folder, by name. */
  private List<Path> pictures(Path given) {
    if (!Files.isDirectory(given)) {
      return List.of(given);
    }
    try {
      List<Path> all = Listing.of(given).stream().filter(Files::isRegularFile).toList();
      List<Path> found = all.stream().filter(Predict::hasNameOfPicture).toList();
      if (found.isEmpty()) {
        throw new DataException(given + ": expected PNG or JPEG files in this folder, got none");
      }
      if (found.size() < all.size()) {
        Terminal.say(
            spec, "%s: %s other files skipped".formatted(given, all.size() - found.size()));
      }
      return found;
    } catch (IOException e) {
      throw new DataException(given + ": " + FileErrors.reason(e), e);
    }
  }

  private static boolean hasNameOfPicture(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return PICTURES.stream().anyMatch(name::endsWith);
  }

  /** Answers one picture; false if it cannot be read, which is said. */
  private boolean predict(Path picture, Shape shape, Model model, List<String> classes) {
    try {
      byte[] pixels =
          ImageFile.read(picture, shape.channels(), shape.height(), shape.width(), invert);
      print(picture, classes, model.probabilities(pixels));
      return true;
    } catch (DataException e) {
      Terminal.say(spec, "crema: " + e.getMessage());
      return false;
    }
  }

  private void print(Path picture, List<String> names, float[] probabilities) {
    List<Map<String, Object>> classes = new ArrayList<>();
    StringBuilder text = new StringBuilder(picture.toString()).append(":");
    Model.likeliest(names, probabilities).stream()
        .limit(top)
        .forEach(likely -> {
          Map<String, Object> map = new LinkedHashMap<>(); // in this order
          map.put("class", likely.name());
          map.put("probability", likely.probability());
          classes.add(map);
          text.append(
              String.format(
                  Locale.ROOT, "  %s %.1f %%", likely.name(), 100 * likely.probability()));
        });
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("image", picture.toString());
    result.put("classes", classes);
    json.output().result(result, text.toString());
  }
}
