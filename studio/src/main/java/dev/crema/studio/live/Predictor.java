package dev.crema.studio.live;

import dev.crema.data.DataException;
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
import dev.crema.train.Signature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks the networks of runs what they see; the one asked last stays in memory. */
final class Predictor implements AutoCloseable {
  private final Workshop workshop;
  private Optional<Asked> asked = Optional.empty();

  /**
   * A network ready to answer.
   *
   * @param weights which ones it has: a run that trains saves others
   * @param step of these weights
   */
  private record Asked(
      String id,
      FileTime weights,
      Engine engine,
      Model model,
      Shape input,
      List<String> classes,
      long step) {
    Asked with(FileTime otherWeights, long otherStep) {
      return new Asked(id, otherWeights, engine, model, input, classes, otherStep);
    }
  }

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
      answer.put(
          "classes",
          Model.likeliest(now.classes, probabilities).stream().map(Predictor::toMap).toList());
      return answer;
    } catch (DataException | NetworkException e) {
      throw new Refusal(400, String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Object> toMap(Model.Likely likely) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", likely.name());
    map.put("probability", likely.probability());
    return map;
  }

  private Asked ready(Summary summary) {
    FileTime newest = newestWeights(summary.run());
    Optional<Asked> same = asked.filter(last -> last.id.equals(summary.id()));
    if (same.isPresent() && same.get().weights.equals(newest)) {
      return same.get();
    }
    Checkpoint weights =
        summary.run().checkpoints().weights(_ -> {}).orElseThrow(Predictor::noWeights);
    Asked now =
        same.map(last -> last.with(newest, weights.step()))
            .orElseGet(() -> load(summary, newest, weights.step()));
    now.model.load(weights, summary.run().checkpoints().folder());
    asked = Optional.of(now);
    return now;
  }

  /** When the run saved last: each file that it moves there changes the folder. */
  private static FileTime newestWeights(Run run) {
    try {
      return Files.getLastModifiedTime(run.checkpoints().folder());
    } catch (IOException e) {
      throw noWeights();
    }
  }

  private static Refusal noWeights() {
    return new Refusal(409, "the run has saved no weights yet; wait for its first checkpoint");
  }

  private Asked load(Summary summary, FileTime newest, long step) {
    close();
    Experiment experiment = workshop.experiment(summary.run());
    Signature signature = summary.run().signature(experiment.feed(), Datasets::load);
    Graph graph = Graph.of(experiment.net(), signature.input());
    Engine engine = new Engine(1);
    Model model = new Model(graph, experiment.loss(), 1, engine);
    return new Asked(
        summary.id(), newest, engine, model, signature.input(), signature.classes(), step);
  }

  @Override
  public synchronized void close() {
    asked.ifPresent(last -> last.engine.close());
    asked = Optional.empty();
  }
}
