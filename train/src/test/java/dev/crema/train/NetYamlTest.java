package dev.crema.train;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;
import static dev.crema.nn.Net.named;
import static dev.crema.nn.Net.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.nn.AvgPool2d;
import dev.crema.nn.BatchNorm;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Dropout;
import dev.crema.nn.Flatten;
import dev.crema.nn.GlobalAvgPool;
import dev.crema.nn.Identity;
import dev.crema.nn.Initializer;
import dev.crema.nn.LogSoftmax;
import dev.crema.nn.Lowering;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Op;
import dev.crema.nn.Relu;
import dev.crema.nn.Shape;
import dev.crema.nn.Sigmoid;
import dev.crema.nn.Softmax;
import dev.crema.nn.Tanh;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NetYamlTest {
  private static final Initializer HE = new Initializer.He();

  private static Net read(String text) {
    Yaml root = Yaml.parse("a.yaml", text);
    Net net = NetYaml.read(root.get("net"));
    root.check();
    return net;
  }

  @Test
  void readsAListOfLayers() {
    assertThat(
            read(
                """
                net: [conv2d: {filters: 6, kernel: 5, padding: 2}, relu, maxpool2d: 2,
                      conv2d: {filters: 16, kernel: 5}, maxpool2d: 2,
                      flatten, dense: 120, relu, dense: 84, relu, dense: 10]
                """))
        .isEqualTo(
            chain(
                new Conv2d(6, 5).padding(2),
                new Relu(),
                new MaxPool2d(2),
                new Conv2d(16, 5),
                new MaxPool2d(2),
                new Flatten(),
                new Dense(120),
                new Relu(),
                new Dense(84),
                new Relu(),
                new Dense(10)));
  }

  @Test
  void readsBranchesAndNames() {
    assertThat(
            read(
                """
                net:
                  - named:
                      name: stem
                      net: [conv2d: {filters: 8, kernel: 3, bias: false, init: he}, batchnorm]
                  - sum: [[conv2d: {filters: 8, kernel: 1}, relu], identity]
                  - concat: [[dropout: 0.5], [avgpool2d: {kernel: 1}]]
                  - chain: [dense: {units: 2, init: {normal: {std: 0.1}}, bias_init: {constant: 1}}]
                """))
        .isEqualTo(
            chain(
                named(
                    "stem",
                    chain(
                        new Conv2d(8, 3).noBias().init(HE, new Initializer.TorchDefault()),
                        new BatchNorm())),
                sum(chain(new Conv2d(8, 1), new Relu()), new Identity()),
                concat(chain(new Dropout(0.5)), chain(new AvgPool2d(1))),
                chain(
                    new Dense(2)
                        .init(new Initializer.Normal(0, 0.1), new Initializer.Constant(1)))));
  }

  static List<Net> nets() {
    return List.of(
        new Conv2d(6, 5),
        new Conv2d(6, 5).stride(2).padding(1).groups(3).noBias(),
        new Conv2d(6, 5).init(HE, new Initializer.Constant(0.25)),
        new Dense(10),
        new Dense(10).noBias(),
        new Dense(10).init(new Initializer.Glorot(), new Initializer.Normal(0.5, 1e-9)),
        new MaxPool2d(3),
        new MaxPool2d(3).stride(2).padding(1),
        new AvgPool2d(2),
        new AvgPool2d(3).stride(1).padding(1),
        new GlobalAvgPool(),
        new BatchNorm(),
        new BatchNorm(1e-3, 0.01),
        new Dropout(0.2),
        new Flatten(),
        new Identity(),
        new Relu(),
        new Sigmoid(),
        new Tanh(),
        new Softmax(),
        new LogSoftmax(),
        chain(),
        chain(new Relu(), chain(new Tanh())),
        sum(new Relu(), chain(new Dense(3), new Tanh())),
        concat(chain(new Relu()), new Identity()),
        named("conv1", new Relu()),
        named("block-2", chain(named("a", new Dense(1)))));
  }

  @ParameterizedTest
  @MethodSource("nets")
  void readsWhatItWrote(Net net) {
    String text = Yaml.text(Map.of("net", NetYaml.write(net)));
    assertThat(read(text)).as(text).isEqualTo(net);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          [rleu]                   | a.yaml:1:7: unknown layer `rleu`; did you mean `relu`?
          [flatten, dens: 10]      | a.yaml:1:16: unknown layer `dens`; did you mean `dense`?
          [maxpool2d: {kernel: 2, strid: 1}] | a.yaml:1:30: unknown key `strid` in `net[0].maxpool2d`; did you mean `stride`?
          [dense: {units: 1, init: hee}] | a.yaml:1:31: unknown initializer `hee`; did you mean `he`?
          [conv2d: {filters: 6}]   | a.yaml:1:15: missing key `kernel` in `net[0].conv2d`
          [dense: ten]             | a.yaml:1:14: `net[0].dense`: expected a whole number, got `ten`
          [dense: 0]               | a.yaml:1:14: `net[0].dense`: units must be positive, got 0
          [relu: 3]                | a.yaml:1:13: `net[0].relu`: expected keys with values, got `3`
          [relu: {slope: 3}]       | a.yaml:1:14: unknown key `slope` in `net[0].relu`; none is known here
          [dropout]                | a.yaml:1:7: missing key `rate` in `net[0].dropout`
          [sum: []]                | a.yaml:1:12: `net[0].sum`: at least one branch is needed
          [named: {name: a b, net: relu}] | a.yaml:1:14: `net[0].named`: a name is made of letters, digits, _ and -, got `a b`
          [named: {name: a}]       | a.yaml:1:14: missing key `net` in `net[0].named`
          [3, {relu: , tanh: }]    | a.yaml:1:7: unknown layer `3`
          """)
  void namesThePlaceOfAFaultAndWhatWasMeant(String net, String fault) {
    assertThatThrownBy(() -> read("net: " + net))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(fault);
  }

  /** A layer of the user's own. */
  private record Own() implements Op {
    @Override
    public Shape output(Shape input) {
      return input;
    }

    @Override
    public void lower(Lowering to) {}
  }

  @Test
  void writesNoLayerThatItCannotRead() {
    assertThatThrownBy(() -> NetYaml.write(new Own()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Own[]");
  }
}
