package dev.crema.studio.live;

import dev.crema.data.DataException;
import dev.crema.data.Dataset;
import dev.crema.data.Datasets;
import dev.crema.data.ImageFile;
import dev.crema.engine.Engine;
import dev.crema.nn.Graph;
import dev.crema.nn.NetworkException;
import dev.crema.nn.Shape;
import dev.crema.train.Checkpoint;
import dev.crema.train.Experiment;
import dev.crema.train.Model;
import dev.crema.train.Run;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Asks the networks of runs what they see; the one asked last stays in memory. */
final class Predictor implements AutoCloseable {
  private final Workshop workshop;
  private Optional<Asked> asked = Optional.empty();

  /** A network ready to answer; training on, it has other weights with another version. */
  private record Asked(
      String id,
      String version,
      Engine engine,
      Model model,
      Shape input,
      List<String> classes,
      long step) {}

  Predictor(Workshop workshop) {
    this.workshop = workshop;
  }

  /**
   * What a run's network sees in a picture, for JSON.
   *
   * @throws Refusal if it is no picture, or the network cannot be had
   */
  synchronized Map<String, Object> predict(Summary summary, byte[] picture, boolean invert) {
    try {
      Asked now = ready(summary);
      Shape input = now.input;
      byte[] pixels =
          ImageFile.read(
              "the picture", picture, input.channels(), input.height(), input.width(), invert);
      float[] probabilities = now.model.probabilities(pixels);
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("step", now.step);
      answer.put("channels", input.channels());
      answer.put("height", input.height());
      answer.put("width", input.width());
      answer.put("classes", likeliest(now.classes, probabilities));
      return answer;
    } catch (DataException | NetworkException e) {
      throw new Refusal(400, String.valueOf(e.getMessage()));
    }
  }

  private static List<Map<String, Object>> likeliest(List<String> names, float[] probabilities) {
    List<Map<String, Object>> classes = new ArrayList<>();
    // a network may have more outputs than its data has classes
    IntStream.range(0, Math.min(names.size(), probabilities.length))
        .boxed()
        .sorted(Comparator.comparing(i -> -probabilities[i]))
        .forEach(i -> {
          Map<String, Object> likely = new LinkedHashMap<>();
          likely.put("name", names.get(i));
          likely.put("probability", probabilities[i]);
          classes.add(likely);
        });
    return classes;
  }

  private Asked ready(Summary summary) {
    if (asked.isPresent()
        && asked.get().id.equals(summary.id())
        && asked.get().version.equals(summary.version())) {
      return asked.get();
    }
    Run run = summary.run();
    Checkpoint weights =
        run.checkpoints()
            .weights(_ -> {})
            .orElseThrow(() ->
                new Refusal(
                    409, "the run has saved no weights yet; wait for its first checkpoint"));
    Asked now =
        asked
            .filter(other -> other.id.equals(summary.id()))
            .map(other ->
                new Asked(
                    other.id,
                    summary.version(),
                    other.engine,
                    other.model,
                    other.input,
                    other.classes,
                    weights.step()))
            .orElseGet(() -> load(summary, weights.step()));
    now.model.load(weights, run.checkpoints().folder());
    asked = Optional.of(now);
    return now;
  }

  private Asked load(Summary summary, long step) {
    close();
    Experiment experiment = workshop.experiment(summary.run());
    Dataset data = Datasets.load(experiment.feed().data());
    Graph graph = Graph.of(experiment.net(), experiment.feed().input(data.train()));
    Engine engine = new Engine(1);
    Model model = new Model(graph, experiment.loss(), 1, engine);
    return new Asked(
        summary.id(), summary.version(), engine, model, graph.input(), data.classes(), step);
  }

  @Override
  public synchronized void close() {
    asked.ifPresent(last -> last.engine.close());
    asked = Optional.empty();
  }
}
