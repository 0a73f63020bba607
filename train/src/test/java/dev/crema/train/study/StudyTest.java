package dev.crema.train.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.Dataset;
import dev.crema.data.Images;
import dev.crema.engine.Key;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Net;
import dev.crema.train.Experiment;
import dev.crema.train.RunFolder.Means;
import dev.crema.train.StopAt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real trainings, of images whose test labels are the wrong way round. */
class StudyTest {
  private static final int SIZE = 6;
  private static final Means MEANS = new Means(1, 60);
  private static final Search SEARCH = new Search(List.of(1e-5, 0.02, 1e38), 2);

  @TempDir private Path folder;

  /**
   * Noise of which one half is a little brighter.
   *
   * @param turned whether the label is the other half
   */
  private static Images images(int count, long seed, boolean turned) {
    Key key = Key.of(seed);
    byte[] pixels = new byte[count * SIZE * SIZE];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      int half = i % 2;
      labels[i] = (byte) (turned ? 1 - half : half);
      for (int p = 0; p < SIZE * SIZE; p++) {
        int bright = p / (SIZE * SIZE / 2) == half ? 40 : 0;
        pixels[i * SIZE * SIZE + p] = (byte) (key.fold(i).below(200, p) + bright);
      }
    }
    return new Images(2, 1, SIZE, SIZE, pixels, labels);
  }

  private static Dataset data() {
    return new Dataset(
        "halves", List.of("top", "bottom"), images(400, 1, false), images(200, 2, true));
  }

  private static Cell cell(String label, Net net) {
    Experiment base = Made.base();
    return new Cell(
        label,
        new Experiment(
            label, net, List.of("flatten", label), base.feed(), base.loss(), base.training()),
        Graph.of(net, Made.INPUT));
  }

  private static List<Cell> cells() {
    return List.of(
        cell("one", Net.chain(new Flatten(), new Dense(2))),
        cell("two", Net.chain(new Flatten(), new Dense(3), new Dense(2))));
  }

  private Study study(int seeds) {
    return new Study(cells(), SEARCH, seeds == 1 ? List.of(1L) : List.of(1L, 2L), data(), folder);
  }

  private long runs() throws IOException {
    try (Stream<Path> runs = Files.list(folder)) {
      return runs.count();
    }
  }

  @Test
  void choosesByValidationAndNeverByTest() throws IOException {
    Study study = study(2);
    assertThat(study.missing()).as("three rates and one more seed, twice").hasSize(8);
    assertThat(study.train(MEANS, event -> {}, () -> false, line -> {})).isTrue();
    assertThat(study.missing()).isEmpty();
    for (Result result : study.results()) {
      assertThat(result.rate()).isEqualTo(0.02);
      assertThat(result.validationError()).isLessThan(0.25);
      assertThat(result.trainError()).isLessThan(0.25);
      assertThat(result.testError()).as("the labels are the wrong way round").isGreaterThan(0.75);
      assertThat(result.tried()).extracting(Trial::diverged).containsExactly(false, false, true);
      assertThat(result.tried().getFirst().test().accuracy())
          .as("a choice by test would be another")
          .isGreaterThan(1 - result.testError());
      assertThat(result.trials()).extracting(Trial::seed).containsExactly(1L, 2L);
      assertThat(result.deviation()).isPresent();
      assertThat(result.trials().getFirst().curve())
          .as("a validation each epoch")
          .extracting(Trial.Point::step)
          .containsExactly(8L, 16L, 24L);
    }
    assertThat(runs()).isEqualTo(8);
  }

  @Test
  void goesOnWhereItWasStoppedAndTrainsNothingTwice() throws IOException {
    StopAt stop = new StopAt(2, 7);
    assertThat(study(1).train(MEANS, stop, stop, line -> {})).isFalse();
    assertThatThrownBy(study(1)::results).isInstanceOf(IllegalStateException.class);
    assertThat(runs()).isEqualTo(2);
    List<String> begun = new ArrayList<>();
    assertThat(study(1).train(MEANS, event -> {}, () -> false, begun::add)).isTrue();
    assertThat(begun)
        .filteredOn(line -> line.startsWith("cell "))
        .as("the first is there already")
        .hasSize(5)
        .first()
        .asString()
        .startsWith("cell 1 of 2: one, rate 0.02, seed 1: ");
    assertThat(runs()).isEqualTo(6);
    begun.clear();
    assertThat(study(1).train(MEANS, event -> {}, () -> false, begun::add)).isTrue();
    assertThat(begun).isEmpty();
  }

  @Test
  void wantsImagesHeldOut() {
    Cell cell = cells().getFirst();
    Experiment all = cell.experiment().training(cell.experiment().training().validation(0));
    assertThatThrownBy(() ->
            new Study(
                List.of(new Cell("all", all, cell.graph())), SEARCH, List.of(1L), data(), folder))
        .hasMessage("the rates are chosen by validation: hold images out");
  }
}
