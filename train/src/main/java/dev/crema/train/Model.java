package dev.crema.train;

import dev.crema.data.Batch;
import dev.crema.data.Datasets;
import dev.crema.data.ImageFile;
import dev.crema.data.Images;
import dev.crema.data.Loader;
import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import dev.crema.nn.Graph;
import dev.crema.nn.Loss;
import dev.crema.nn.Mode;
import dev.crema.nn.Program;
import dev.crema.nn.Shape;
import dev.crema.nn.Storage;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A network with weights that scores and classifies images.
 *
 * <p>Safe for use by several threads, which take turns: one batch is computed at a time. Where they
 * are to compute at the same time, each has a model of its own, on the same engine or another.
 */
public final class Model {
  private static final Key NO_RANDOMNESS = Key.of(0);

  private final Shape input;
  private final List<String> classes;
  private final Program program;
  private final Loss loss;

  /** Compiles a network for prediction, and warms it up; its classes are named by their numbers. */
  public Model(Graph graph, Loss loss, int batch, Engine engine) {
    this(graph, numbers(graph.shape(graph.output()).size()), loss, batch, engine);
  }

  private Model(Graph graph, List<String> classes, Loss loss, int batch, Engine engine) {
    this(graph.input(), classes, loss, new Program(graph, loss, Mode.INFER, batch, 0, engine));
    program.warmUp().logged();
  }

  /** A model of a program for inference on this input, which is not warm yet. */
  Model(Shape input, List<String> classes, Loss loss, Program program) {
    this.input = input;
    this.classes = classes;
    this.loss = loss;
    this.program = program;
  }

  private static List<String> numbers(int classes) {
    return IntStream.range(0, classes).mapToObj(Integer::toString).toList();
  }

  /**
   * Opens a run's network with its weights, one image at a time: those of its end, or of its newest
   * checkpoint. The data that the run learned from need not be there, unless an older version of
   * Crema trained it.
   *
   * @param experiment the run's
   * @throws ConfigurationException if the run has saved no weights yet
   * @throws CheckpointException if its files are damaged
   * @throws dev.crema.data.DataException if the run does not hold its image size and class names,
   *     and its data cannot be loaded
   */
  public static Model open(Run run, Experiment experiment, Engine engine) {
    Checkpoint weights =
        run.weights(Model::logged); // first: without any the training may just begin
    Signature signature = run.signature(experiment.feed(), Datasets::load);
    Graph graph = Graph.of(experiment.net(), signature.input());
    Model model = new Model(graph, signature.classes(), experiment.loss(), 1, engine);
    model.load(weights, run.checkpoints().folder());
    return model;
  }

  private static void logged(String warning) {
    System.getLogger(Model.class.getName()).log(System.Logger.Level.WARNING, warning);
  }

  /** The shape of the images that it takes. */
  public Shape input() {
    return input;
  }

  /** The name of class 0, 1, ... */
  public List<String> classes() {
    return classes;
  }

  /** The program to copy parameters into. */
  Program program() {
    return program;
  }

  /**
   * Takes the weights of a checkpoint: all or, if it belongs to another network, none.
   *
   * @param from where it was, for errors
   * @throws CheckpointException if it belongs to another network
   */
  public synchronized void load(Checkpoint checkpoint, Path from) {
    restore(program, checkpoint, from);
  }

  /** How a network does on a test set, as a whole and image by image. */
  record Tested(Score score, Predictions predictions) {}

  /** The mean loss and the accuracy over all images, brought to the size that the network takes. */
  public Score score(Images images) {
    return score(images, () -> false);
  }

  /**
   * The same, until a stop is asked for.
   *
   * @throws StoppedException if it is
   */
  Score score(Images images, BooleanSupplier stop) {
    return score(images, stop, _ -> {});
  }

  /**
   * The same, and what the network says about each image.
   *
   * @throws StoppedException if a stop is asked for
   */
  Tested test(Images images, BooleanSupplier stop) {
    int count = images.count();
    byte[] labels = new byte[count];
    long[] classes = new long[count];
    float[] confidences = new float[count];
    AtomicInteger at = new AtomicInteger();
    Score score =
        score(
            images,
            stop,
            batch -> {
              for (int i = 0; i < batch.count(); i++) {
                float[] likelihoods = likelihoods(program.output(i));
                int likeliest = 0;
                for (int c = 1; c < likelihoods.length; c++) {
                  likeliest = likelihoods[c] > likelihoods[likeliest] ? c : likeliest;
                }
                int image = at.getAndIncrement();
                labels[image] = (byte) batch.labels()[i];
                classes[image] = likeliest;
                confidences[image] = likelihoods[likeliest];
              }
            });
    return new Tested(score, new Predictions(labels, classes, confidences));
  }

  /** Hands each batch on while its outputs are in the program. */
  private synchronized Score score(Images images, BooleanSupplier stop, Consumer<Batch> done) {
    if (images.channels() != input.channels()) {
      throw new IllegalArgumentException(
          "expected images of %s channels, got %s".formatted(input.channels(), images));
    }
    if (images.count() == 0) {
      throw new IllegalArgumentException("expected at least one image to score");
    }
    Program.Result result = new Program.Result();
    double loss = 0;
    long correct = 0;
    Loader loader = Loader.inOrder(images, program.batch()).resize(input.height(), input.width());
    try (Loader.Epoch epoch = loader.epoch(0, 0)) {
      while (epoch.next()) {
        StoppedException.throwIf(stop);
        Batch batch = epoch.batch();
        program.run(batch.pixels(), batch.labels(), batch.count(), NO_RANDOMNESS, result);
        loss += result.loss();
        correct += result.correct();
        done.accept(batch);
      }
    }
    return new Score(loss / images.count(), (double) correct / images.count());
  }

  /**
   * How likely the network holds each class to be for one image; they add up to 1.
   *
   * @param pixels one byte for each pixel, [channel][row][column]
   * @throws IllegalArgumentException unless they are the pixels of one image
   */
  public synchronized float[] probabilities(byte[] pixels) {
    Objects.requireNonNull(pixels, "pixels");
    if (pixels.length != input.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "expected the %,d pixels of one image of %s, got %,d bytes",
              input.size(),
              input,
              pixels.length));
    }
    program.run(pixels, new int[1], 1, NO_RANDOMNESS, new Program.Result());
    return likelihoods(program.output(0));
  }

  /**
   * The classes of one image by their probabilities, the likeliest first.
   *
   * @param pixels as {@link #probabilities} takes them
   */
  public List<Likely> classify(byte[] pixels) {
    return likeliest(classes, probabilities(pixels));
  }

  /**
   * The same of a PNG or JPEG file of any size, which is read as {@link ImageFile#read} does; light
   * and dark are as they are there.
   *
   * @throws dev.crema.data.DataException if it cannot be read
   */
  public List<Likely> classify(Path picture) {
    return classify(
        ImageFile.read(picture, input.channels(), input.height(), input.width(), false));
  }

  /** A class by its name, and how likely the network holds it to be. */
  public record Likely(String name, float probability) {}

  /**
   * The classes by their probabilities, the likeliest first; a network may have more outputs than
   * its data has classes, and those are left out.
   *
   * @param probabilities as {@link #probabilities} gives them
   */
  public static List<Likely> likeliest(List<String> names, float[] probabilities) {
    return IntStream.range(0, Math.min(names.size(), probabilities.length))
        .mapToObj(i -> new Likely(names.get(i), probabilities[i]))
        .sorted(Comparator.comparing(likely -> -likely.probability))
        .toList();
  }

  private float[] likelihoods(float[] outputs) {
    if (loss.kind() == Loss.Kind.PROBABILITY_CROSS_ENTROPY) {
      return outputs;
    }
    // Log-probabilities are logits too: their softmax is themselves.
    double max = Double.NEGATIVE_INFINITY;
    for (float output : outputs) {
      max = Math.max(max, output);
    }
    double sum = 0;
    for (float output : outputs) {
      sum += Math.exp(output - max);
    }
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = (float) (Math.exp(outputs[i] - max) / sum);
    }
    return outputs;
  }

  /** The weights of a program, which are read when they are used. */
  static Map<String, Tensor> weights(Program program) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Storage storage : program.parameters()) {
      tensors.put(
          storage.path(),
          new Tensor.Live(
              storage.parameter().shape(),
              (from, count, into) -> program.read(storage, from, count, into)));
    }
    return tensors;
  }

  /** An optimiser's tensors, which are read when they are used. */
  static Map<String, Map<String, Tensor>> slots(Program program, List<String> names) {
    Map<String, Map<String, Tensor>> slots = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      int slot = i;
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (Storage storage : program.parameters()) {
        if (storage.parameter().trainable()) {
          tensors.put(
              storage.path(),
              new Tensor.Live(
                  storage.parameter().shape(),
                  (from, count, into) -> program.readSlot(slot, storage, from, count, into)));
        }
      }
      slots.put(names.get(i), tensors);
    }
    return slots;
  }

  static void restore(Program program, Checkpoint checkpoint, Path file) {
    for (Storage storage : program.parameters()) {
      tensor(checkpoint.weights(), storage, "weights", file); // all fit, before any is changed
    }
    for (Storage storage : program.parameters()) {
      program.write(storage, values(checkpoint.weights(), storage, "weights", file));
    }
  }

  static void restoreSlots(Program program, List<String> names, Checkpoint checkpoint, Path file) {
    for (int i = 0; i < names.size(); i++) {
      Map<String, Tensor> tensors = checkpoint.slots().getOrDefault(names.get(i), Map.of());
      for (Storage storage : program.parameters()) {
        if (storage.parameter().trainable()) {
          program.writeSlot(i, storage, values(tensors, storage, names.get(i), file));
        }
      }
    }
  }

  private static float[] values(
      Map<String, Tensor> tensors, Storage storage, String what, Path file) {
    Tensor tensor = tensor(tensors, storage, what, file);
    Tensor read = tensor instanceof Tensor.Live live ? live.read() : tensor;
    if (read instanceof Tensor.Floats(_, var values)) {
      return values;
    }
    throw unlike(storage, what, file);
  }

  /** A parameter's tensor, if its shape fits. */
  private static Tensor tensor(
      Map<String, Tensor> tensors, Storage storage, String what, Path file) {
    return Optional.ofNullable(tensors.get(storage.path()))
        .filter(tensor -> tensor instanceof Tensor.Live || tensor instanceof Tensor.Floats)
        .filter(tensor -> tensor.shape().equals(storage.parameter().shape()))
        .orElseThrow(() -> unlike(storage, what, file));
  }

  private static CheckpointException unlike(Storage storage, String what, Path file) {
    return new CheckpointException(
        file,
        "expected %s `%s` of shape %s; it belongs to another network"
            .formatted(what, storage.path(), storage.parameter().shape()));
  }
}
