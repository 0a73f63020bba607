package dev.crema.train.tensorboard;

import dev.crema.train.Experiment;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A run for the table of TensorBoard's HParams: the settings that it began with, and its end. */
final class Hyperparameters {
  private static final String PLUGIN = "hparams";
  private static final int EXPERIMENT = 2;
  private static final int SESSION_START = 3;
  private static final int SESSION_END = 4;

  private static final int STRING = 1;
  private static final int BOOL = 2;
  private static final int FLOAT64 = 3;

  private static final int SUCCESS = 1;
  private static final int FAILURE = 2;

  private Hyperparameters() {}

  /**
   * What the columns are, and the settings of this run.
   *
   * @param metrics the tags whose last values are columns too
   */
  static List<Message> start(Experiment experiment, List<String> metrics, Instant now) {
    Map<String, Object> settings = settings(experiment);
    Message columns = new Message().float64(3, (double) now.getEpochSecond());
    settings.forEach(
        (name, value) -> columns.message(4, new Message().text(1, name).integer(4, type(value))));
    metrics.forEach(tag -> columns.message(5, Message.of(1, new Message().text(2, tag))));
    Message session = new Message();
    settings.forEach(
        (name, value) -> session.message(1, new Message().text(1, name).message(2, value(value))));
    session.float64(5, (double) now.getEpochSecond());
    return List.of(
        plugin("experiment", EXPERIMENT, columns),
        plugin("session_start_info", SESSION_START, session));
  }

  /** How this run ended. */
  static Message end(boolean well, Instant now) {
    Message session =
        new Message()
            .integer(1, well ? SUCCESS : FAILURE)
            .float64(2, (double) now.getEpochSecond());
    return plugin("session_end_info", SESSION_END, session);
  }

  private static Message plugin(String tag, int field, Message data) {
    return Value.plugin("_hparams_/" + tag, PLUGIN, Message.of(field, data));
  }

  /**
   * The settings of an experiment file by dotted names, numbers as doubles. A choice, such as
   * {@code optimizer: {adam: {lr: 0.001}}}, becomes {@code optimizer} and {@code optimizer.lr}: so
   * runs with different choices share what they can. Lists, such as the layers, are no settings.
   */
  static Map<String, Object> settings(Experiment experiment) {
    Map<String, Object> settings = new TreeMap<>();
    experiment.toMap().forEach((key, value) -> flatten(key, value, settings));
    return settings;
  }

  private static void flatten(String name, Object value, Map<String, Object> settings) {
    switch (value) {
      case Map<?, ?> map
          when map.size() == 1 && map.values().iterator().next() instanceof Map<?, ?> chosen -> {
        settings.put(name, String.valueOf(map.keySet().iterator().next()));
        chosen.forEach((key, inner) -> flatten(name + "." + key, inner, settings));
      }
      case Map<?, ?> map -> map.forEach((key, inner) -> flatten(name + "." + key, inner, settings));
      case List<?> _ -> {}
      case Number number -> settings.put(name, number.doubleValue());
      case Boolean flag -> settings.put(name, flag);
      default -> settings.put(name, value.toString());
    }
  }

  private static int type(Object value) {
    return switch (value) {
      case Double _ -> FLOAT64;
      case Boolean _ -> BOOL;
      default -> STRING;
    };
  }

  /** A {@code google.protobuf.Value}. */
  private static Message value(Object value) {
    return switch (value) {
      case Double number -> new Message().float64(2, number);
      case Boolean flag -> new Message().integer(4, flag ? 1 : 0);
      default -> new Message().text(3, value.toString());
    };
  }
}
