package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.Optimizer.Adam;
import dev.crema.train.Optimizer.Sgd;
import dev.crema.train.Schedule.Cosine;
import dev.crema.train.Schedule.Exponential;
import dev.crema.train.Schedule.OneCycle;
import dev.crema.train.Schedule.Step;
import dev.crema.train.Schedule.Unit;
import dev.crema.train.Schedule.Warmup;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingTest {
  @Test
  void readsAnExperiment() {
    Yaml yaml =
        Yaml.parse(
            "lenet.yaml",
            """
            data: {name: fashion-mnist, batch: 128, validation: 0.1}
            net: [flatten, dense: 10]
            optimizer: {adam: {lr: 0.0015, l2: 0.0005}}
            schedule: {warmup: {length: 2, then: {exponential: {k: 0.05}}}}
            epochs: 50
            seed: 7
            clip: 1.5
            early_stopping: {metric: loss, patience: 5}
            keep_best: accuracy
            steps: 5000
            validate_every: 100
            """);
    Training training = Training.read(yaml);
    assertThat(Feed.read(yaml, Optional.empty())).isEqualTo(new Feed("fashion-mnist"));
    assertThat(yaml.get("net").items()).hasSize(2);
    yaml.get("net").items().get(1).entries();
    yaml.check();
    assertThat(training)
        .isEqualTo(
            new Training(
                new Adam(0.0015, 0.9, 0.999, 1e-8, 0.0005),
                new Warmup(2, Unit.EPOCH, new Exponential(0.05, Unit.EPOCH)),
                50,
                128,
                7,
                0.1,
                OptionalDouble.of(1.5),
                Optional.of(new EarlyStopping(Metric.LOSS, 5, 0)),
                Optional.of(Metric.ACCURACY),
                OptionalLong.of(5000),
                OptionalLong.of(100)));
  }

  @Test
  void hasDefaultsForAllButTheData() {
    Yaml yaml = Yaml.parse("a.yaml", "data: mnist");
    assertThat(Training.read(yaml)).isEqualTo(new Training(Optimizer.adam(1e-3)));
    assertThat(Feed.read(yaml, Optional.empty())).isEqualTo(new Feed("mnist"));
    yaml.check();
  }

  static List<Training> trainings() {
    Training plain = new Training(Optimizer.sgd(0.1));
    return List.of(
        plain,
        plain.optimizer(new Sgd(0.05, 0.9, true, 1e-4)).schedule(new OneCycle(0.2, 10, 100)),
        plain.optimizer(Optimizer.adamW(3e-4)).schedule(new Step(0.5, 3, Unit.EPOCH)).seed(-9),
        plain.schedule(new Warmup(100, Unit.STEP, new Cosine(0.01, Unit.STEP))).clip(2),
        plain.schedule(new Exponential(0.1, Unit.STEP)).batch(256).epochs(3).steps(7),
        plain
            .validation(0.2)
            .keepBest(Metric.LOSS)
            .earlyStopping(new EarlyStopping(Metric.ACCURACY, 3, 1e-4)));
  }

  @ParameterizedTest
  @MethodSource("trainings")
  void readsBackWhatItWrote(Training training) {
    Yaml yaml = Yaml.parse("a.yaml", Yaml.text(training.toMap(new Feed("mnist"))));
    assertThat(Training.read(yaml)).isEqualTo(training);
    assertThat(Feed.read(yaml, Optional.empty())).isEqualTo(new Feed("mnist"));
    yaml.check();
  }

  @Test
  void namesAllFaultsAtOnce() {
    Yaml yaml =
        Yaml.parse(
            "a.yaml",
            """
            data: {batch: 0.5, shuffel: true}
            optimizer: {adan: {lr: 1}}
            schedule:
              step: {every: 3, unit: eopch}
            early_stopping: {}
            ephocs: 3
            """);
    Training.read(yaml);
    Feed.read(yaml, Optional.empty());
    assertThatThrownBy(yaml::check)
        .hasMessage(
            """
            a.yaml:1:7: missing key `name` in `data`
            a.yaml:1:15: `data.batch`: expected a whole number, got `0.5`
            a.yaml:1:20: unknown key `shuffel` in `data`; known: augment, batch, limit, name, \
            resize, validation
            a.yaml:2:13: unknown optimizer `adan`; did you mean `adam`? known: adam, adamw, sgd
            a.yaml:4:9: missing key `k` in `schedule.step`
            a.yaml:4:26: unknown value `eopch`; did you mean `epoch`? known: epoch, step
            a.yaml:5:17: missing key `patience` in `early_stopping`
            a.yaml:6:1: unknown key `ephocs`; did you mean `epochs`? known: clip, data, \
            early_stopping, epochs, keep_best, optimizer, schedule, seed, \
            steps, validate_every\
            """);
  }

  @Test
  void refusesWhatMakesNoSense() {
    Training plain = new Training(Optimizer.sgd(0.1));
    assertThatThrownBy(() -> plain.epochs(0)).hasMessage("epochs must be 1 or more, got 0");
    assertThatThrownBy(() -> plain.batch(-1)).hasMessageContaining("batch");
    assertThatThrownBy(() -> plain.validation(1)).hasMessageContaining("validation");
    assertThatThrownBy(() -> plain.clip(Double.NaN)).hasMessageContaining("clip");
    assertThatThrownBy(() -> plain.keepBest(Metric.LOSS)).hasMessageContaining("held-out data");
    assertThatThrownBy(() -> plain.validateEvery(9)).hasMessageContaining("held-out data");
    assertThatThrownBy(() -> plain.steps(0)).hasMessage("steps must be 1 or more, got 0");
    Yaml yaml = Yaml.parse("a.yaml", "{data: mnist, keep_best: loss}");
    Training.read(yaml);
    Feed.read(yaml, Optional.empty());
    assertThatThrownBy(yaml::check)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("a.yaml:1:1: early stopping and keeping the best need held-out");
  }

  @Test
  void metricsKnowWhichWayIsUp() {
    assertThat(Metric.LOSS.gain(0.5, 0.75)).isEqualTo(0.25);
    assertThat(Metric.ACCURACY.gain(0.5, 0.75)).isEqualTo(-0.25);
    assertThat(Metric.LOSS.of(new Score(1, 0.5))).isEqualTo(1);
  }
}
