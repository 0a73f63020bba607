package dev.crema.train;

import dev.crema.train.Optimizer.Adam;
import dev.crema.train.Optimizer.AdamW;
import dev.crema.train.Optimizer.Sgd;
import dev.crema.train.Schedule.Constant;
import dev.crema.train.Schedule.Cosine;
import dev.crema.train.Schedule.Exponential;
import dev.crema.train.Schedule.OneCycle;
import dev.crema.train.Schedule.Step;
import dev.crema.train.Schedule.Unit;
import dev.crema.train.Schedule.Warmup;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/** How a {@link Training} is written in an experiment file; what is left out has a default. */
final class TrainingYaml {
  private static final Training DEFAULT = new Training();

  private static final Map<String, Function<Yaml, Optimizer>> OPTIMIZERS = optimizers();
  private static final Map<String, Function<Yaml, Schedule>> PLAIN_SCHEDULES = plainSchedules();
  private static final Map<String, Function<Yaml, Schedule>> SCHEDULES = schedules();

  private TrainingYaml() {}

  private static Map<String, Function<Yaml, Optimizer>> optimizers() {
    Map<String, Function<Yaml, Optimizer>> all = new LinkedHashMap<>();
    all.put(
        "sgd",
        yaml ->
            new Sgd(
                yaml.number("lr", 1e-3),
                yaml.number("momentum", 0),
                yaml.flag("nesterov", false),
                yaml.number("weight_decay", 0)));
    all.put(
        "adam",
        yaml ->
            new Adam(
                yaml.number("lr", 1e-3),
                yaml.number("beta1", 0.9),
                yaml.number("beta2", 0.999),
                yaml.number("eps", 1e-8),
                yaml.number("l2", 0)));
    all.put(
        "adamw",
        yaml ->
            new AdamW(
                yaml.number("lr", 1e-3),
                yaml.number("beta1", 0.9),
                yaml.number("beta2", 0.999),
                yaml.number("eps", 1e-8),
                yaml.number("weight_decay", 0.01)));
    return Collections.unmodifiableMap(all);
  }

  private static Map<String, Function<Yaml, Schedule>> plainSchedules() {
    Map<String, Function<Yaml, Schedule>> all = new LinkedHashMap<>();
    all.put("constant", yaml -> new Constant());
    all.put("exponential", yaml -> new Exponential(yaml.get("k").number(), unit(yaml, Unit.EPOCH)));
    all.put(
        "step",
        yaml -> new Step(yaml.get("k").number(), yaml.whole("every", 1), unit(yaml, Unit.EPOCH)));
    all.put("cosine", yaml -> new Cosine(yaml.number("min", 0), unit(yaml, Unit.STEP)));
    all.put(
        "one_cycle",
        yaml ->
            new OneCycle(
                yaml.number("rise", 0.3), yaml.number("div", 25), yaml.number("final_div", 1e4)));
    return Collections.unmodifiableMap(all);
  }

  private static Map<String, Function<Yaml, Schedule>> schedules() {
    Map<String, Function<Yaml, Schedule>> all = new LinkedHashMap<>(PLAIN_SCHEDULES);
    all.put(
        "warmup",
        yaml ->
            new Warmup(
                yaml.get("length").whole(),
                unit(yaml, Unit.EPOCH),
                yaml.find("then")
                    .flatMap(then -> then.choose("schedule", PLAIN_SCHEDULES))
                    .orElse(new Constant())));
    return Collections.unmodifiableMap(all);
  }

  static Training read(Yaml experiment) {
    Optional<Yaml> data = experiment.find("data").filter(node -> node.kind() == Yaml.Kind.MAP);
    double validation = data.map(node -> node.number("validation", 0)).orElse(0.0);
    int batch = data.map(node -> node.integer("batch", DEFAULT.batch())).orElse(DEFAULT.batch());
    return experiment
        .build(() ->
            new Training(
                experiment
                    .find("optimizer")
                    .flatMap(node -> node.choose("optimizer", OPTIMIZERS))
                    .orElse(DEFAULT.optimizer()),
                experiment
                    .find("schedule")
                    .flatMap(node -> node.choose("schedule", SCHEDULES))
                    .orElse(DEFAULT.schedule()),
                experiment.integer("epochs", DEFAULT.epochs()),
                batch,
                experiment.whole("seed", DEFAULT.seed()),
                validation,
                experiment
                    .find("clip")
                    .map(node -> OptionalDouble.of(node.number()))
                    .orElse(OptionalDouble.empty()),
                experiment.find("early_stopping").flatMap(TrainingYaml::earlyStopping),
                experiment.find("keep_best").map(node -> named(node, Metric.values())),
                whole(experiment, "steps"),
                whole(experiment, "validate_every")))
        .orElse(DEFAULT);
  }

  static Map<String, Object> write(Training training, Feed feed) {
    Map<String, Object> data = FeedYaml.write(feed);
    data.put("batch", training.batch());
    data.put("validation", training.validation());
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("data", data);
    map.put("optimizer", write(training.optimizer()));
    map.put("schedule", write(training.schedule()));
    map.put("epochs", training.epochs());
    map.put("seed", training.seed());
    training.clip().ifPresent(norm -> map.put("clip", norm));
    training
        .earlyStopping()
        .ifPresent(stopping ->
            map.put(
                "early_stopping",
                fields(
                    "metric", name(stopping.metric()),
                    "patience", stopping.patience(),
                    "min_delta", stopping.minDelta())));
    training.keepBest().ifPresent(metric -> map.put("keep_best", name(metric)));
    training.steps().ifPresent(steps -> map.put("steps", steps));
    training.validateEvery().ifPresent(steps -> map.put("validate_every", steps));
    return map;
  }

  private static Map<String, Object> write(Optimizer optimizer) {
    return switch (optimizer) {
      case Sgd o ->
          fields(
              "sgd",
              fields(
                  "lr", o.lr(),
                  "momentum", o.momentum(),
                  "nesterov", o.nesterov(),
                  "weight_decay", o.weightDecay()));
      case Adam o ->
          fields(
              "adam",
              fields(
                  "lr", o.lr(),
                  "beta1", o.beta1(),
                  "beta2", o.beta2(),
                  "eps", o.eps(),
                  "l2", o.l2()));
      case AdamW o ->
          fields(
              "adamw",
              fields(
                  "lr", o.lr(),
                  "beta1", o.beta1(),
                  "beta2", o.beta2(),
                  "eps", o.eps(),
                  "weight_decay", o.weightDecay()));
    };
  }

  private static Map<String, Object> write(Schedule schedule) {
    return switch (schedule) {
      case Constant s -> fields("constant", fields());
      case Exponential s -> fields("exponential", fields("k", s.k(), "unit", name(s.unit())));
      case Step s -> fields("step", fields("k", s.k(), "every", s.every(), "unit", name(s.unit())));
      case Cosine s -> fields("cosine", fields("min", s.min(), "unit", name(s.unit())));
      case OneCycle s ->
          fields("one_cycle", fields("rise", s.rise(), "div", s.div(), "final_div", s.finalDiv()));
      case Warmup s ->
          fields(
              "warmup",
              fields("length", s.length(), "unit", name(s.unit()), "then", write(s.then())));
    };
  }

  private static Map<String, Object> fields(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  private static Optional<EarlyStopping> earlyStopping(Yaml yaml) {
    return yaml.build(() ->
        new EarlyStopping(
            yaml.find("metric").map(node -> named(node, Metric.values())).orElse(Metric.ACCURACY),
            yaml.get("patience").integer(),
            yaml.number("min_delta", 0)));
  }

  private static OptionalLong whole(Yaml yaml, String key) {
    return yaml.find(key).map(node -> OptionalLong.of(node.whole())).orElse(OptionalLong.empty());
  }

  private static Unit unit(Yaml yaml, Unit fallback) {
    return yaml.find("unit").map(node -> named(node, Unit.values())).orElse(fallback);
  }

  private static <E extends Enum<E>> E named(Yaml yaml, E[] values) {
    String given = yaml.string();
    return Arrays.stream(values)
        .filter(value -> name(value).equals(given))
        .findFirst()
        .orElseGet(() -> {
          if (!given.isEmpty()) {
            List<String> names = Arrays.stream(values).map(TrainingYaml::name).toList();
            yaml.fault(Yaml.unknown("value", given, names));
          }
          return values[0];
        });
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
