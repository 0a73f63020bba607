package dev.crema.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.engine.Engine;
import dev.crema.engine.Key;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NonFiniteTest {
  /** Near the largest float: two of them are too many for one. */
  private static final float HUGE = 3e38f;

  private static final Shape INPUT = Shape.image(1, 8, 8);

  /** Fewer images than lanes, so some lanes hold anything. */
  private static final int COUNT = 5;

  private static final Net NET =
      Net.chain(
          new Conv2d(3, 3).padding(1),
          new BatchNorm(),
          new Relu(),
          new MaxPool2d(2),
          new Net.Named("tail", Net.chain(new Flatten(), new Dense(6))),
          new Sigmoid(),
          new Dropout(0.2),
          new Net.Sum(List.of(new Identity(), new Dense(6))),
          new Dense(3));

  private static NonFinite find(Net net, int threads, Map<String, Float> parameters) {
    try (Engine engine = new Engine(threads)) {
      Program program =
          new Program(Graph.of(net, INPUT), Loss.of(net), Mode.TRAIN, 2 * COUNT, 0, engine);
      Key key = Key.of(7);
      program.initialize(key);
      for (Storage storage : program.parameters()) {
        if (parameters.containsKey(storage.path())) {
          float[] values = program.read(storage);
          Arrays.fill(values, parameters.get(storage.path()));
          program.write(storage, values);
        }
      }
      byte[] images = new byte[COUNT * INPUT.size()];
      for (int i = 0; i < images.length; i++) {
        images[i] = (byte) key.below(256, i);
      }
      int[] classes = {0, 1, 2, 0, 1};
      Program.Result result = new Program.Result();
      program.run(images, classes, COUNT, key, result);
      return NonFinite.find(program, images, classes, COUNT, key, result);
    }
  }

  /** Whatever comes after it is not finite either, and so are the gradients of all layers. */
  @ParameterizedTest
  @CsvSource({
    "0.weight,    0,      Conv2d",
    "1.weight,    1,      BatchNorm",
    "tail.1.bias, tail.1, Dense",
    "7.1.weight,  7.1,    Dense",
    "8.weight,    8,      Dense"
  })
  void namesTheFirstLayerWhoseOutputIsNotFinite(String parameter, String layer, String kind) {
    // a bias that is huge must meet an output that is, too
    Map<String, Float> huge = Map.of(parameter, HUGE, "tail.1.weight", 1e38f);
    Map<String, Float> parameters = parameter.endsWith("bias") ? huge : Map.of(parameter, HUGE);
    for (int threads = 1; threads <= 3; threads++) {
      NonFinite found = find(NET, threads, parameters);
      assertThat(found.layer()).as("%d threads: %s", threads, found).isEqualTo(layer);
      assertThat(found.what()).startsWith("the output of layer " + layer + ", " + kind);
    }
  }

  @Test
  void aSumCanBeTheFirst() {
    Net twice = new Net.Sum(List.of(new Identity(), new Identity()));
    Net net = Net.chain(new Flatten(), new Dense(4), twice, new Dense(3));
    assertThat(find(net, 1, Map.of("1.weight", 0f, "1.bias", HUGE)))
        .isEqualTo(new NonFinite("2", "the output of layer 2, Sum"));
  }

  /** Forward, zeros meet the huge weights; backward, the huge weights multiply each other. */
  @Test
  void ofGradientsTheOneNearestToTheLossIsNamed() {
    Net net =
        Net.chain(
            new Flatten(),
            new Dense(5),
            new Dense(5),
            new Dense(4).init(new Initializer.Normal(0, 1e30), new Initializer.Constant(0)),
            new Dense(3).init(new Initializer.Normal(0, 1e30), new Initializer.Constant(0)));
    Map<String, Float> zeros = Map.of("1.weight", 0f, "1.bias", 0f, "2.weight", 0f, "2.bias", 0f);
    NonFinite found = find(net, 1, zeros);
    assertThat(found.layer()).as(found.toString()).isEqualTo("2");
    assertThat(found.what()).startsWith("the gradient of `2.");
  }

  @Test
  void whatIsFiniteOneByOneCanBeTooMuchTogether() {
    assertThat(find(NET, 1, Map.of()).layer()).isEqualTo("gradients");
  }
}
