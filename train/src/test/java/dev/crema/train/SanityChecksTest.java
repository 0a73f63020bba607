package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.data.Images;
import dev.crema.nn.BatchNorm;
import dev.crema.nn.Dense;
import dev.crema.nn.Graph;
import dev.crema.nn.Net;
import dev.crema.nn.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SanityChecksTest {
  private static final List<String> CLASSES = List.of("cat", "dog", "fox");
  private static final Training TRAINING = new Training().batch(4);

  /** So many images of each class. */
  private static Images images(int... counts) {
    byte[] labels = new byte[Arrays.stream(counts).sum()];
    int at = 0;
    for (int i = 0; i < counts.length; i++) {
      Arrays.fill(labels, at, at + counts[i], (byte) i);
      at += counts[i];
    }
    return new Images(counts.length, 1, 1, 2, new byte[2 * labels.length], labels);
  }

  private static Graph graph(Net... layers) {
    return Graph.of(Net.chain(layers), Shape.features(2));
  }

  private static List<String> warnings(Graph graph, Images train, Images test) {
    return SanityChecks.of(graph, TRAINING, CLASSES, train, Optional.empty(), test);
  }

  @Test
  void sayNothingWhereAllIsAsUsual() {
    assertThat(warnings(graph(new Dense(3)), images(4, 4, 4), images(1, 1, 1))).isEmpty();
    assertThat(warnings(graph(new Dense(3)), images(5, 4, 2), images(2, 2, 1))).isEmpty();
  }

  @Test
  void seeOutputsWithoutAClass() {
    assertThat(warnings(graph(new Dense(10)), images(4, 4, 4), images(1, 1, 1)))
        .containsExactly(
            "the network has 10 outputs for data of 3 classes: the other 7 can only be wrong; end it with dense: 3");
  }

  @Test
  void seeASetOfOneClass() {
    assertThat(warnings(graph(new Dense(3)), images(4, 4, 4), images(0, 5, 0)))
        .containsExactly(
            "no test image is of class `cat`, `fox`: the test accuracy says nothing about it; add test images of it",
            "all 5 test images are of class `dog`: an accuracy of 1 means nothing; use images of at least two classes");
  }

  @Test
  void seeAClassThatMostImagesAreOf() {
    assertThat(warnings(graph(new Dense(3)), images(97, 2, 1), images(4, 4, 4)))
        .containsExactly(
            "97.0 % of the 100 training images are of class `cat`: naming it always has an accuracy of 0.970; read the accuracy beside that and the recall of each class (crema report), or balance the classes");
  }

  @Test
  void seeAClassThatCannotBeLearned() {
    assertThat(warnings(graph(new Dense(3)), images(4, 4, 0), images(1, 1, 1)))
        .first()
        .isEqualTo(
            "no training image is of class `fox`: it cannot be learned; add images of it, or take it out of the classes");
  }

  @Test
  void seeBatchNormOfASingleImage() {
    Graph graph = graph(new Dense(3), new BatchNorm());
    assertThat(warnings(graph, images(5, 4, 4), images(1, 1, 1)))
        .containsExactly(
            "batch norm gets a last batch of a single image, whose statistics say nothing about the others; choose a batch that leaves more than one of 13 images");
    assertThat(
            SanityChecks.of(
                graph,
                TRAINING.batch(1),
                CLASSES,
                images(4, 4, 4),
                Optional.empty(),
                images(1, 1, 1)))
        .containsExactly(
            "batch norm gets batches of a single image, whose statistics say nothing about the others; choose a batch of 16 or more");
    assertThat(warnings(graph, images(4, 4, 4), images(1, 1, 1))).isEmpty();
  }
}
