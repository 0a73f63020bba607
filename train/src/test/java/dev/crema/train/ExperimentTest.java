package dev.crema.train;

import static dev.crema.nn.Net.chain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.data.Size;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.LogSoftmax;
import dev.crema.nn.Loss;
import dev.crema.nn.Loss.Kind;
import dev.crema.nn.Net;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExperimentTest {
  private static final Net LENET = chain(new Flatten(), new Dense(10), new LogSoftmax());

  private static final Experiment.Known KNOWN =
      new Experiment.Known(LENET, Optional.of(new Size(32, 32)));

  @TempDir private Path folder;

  private Experiment read(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("my.net.yaml"), text);
    return Experiment.read(
        file,
        name -> name.equals("lenet") ? Optional.of(KNOWN) : Optional.empty(),
        List.of("lenet"));
  }

  @Test
  void readsANamedNetwork() throws IOException {
    assertThat(read("{data: {name: mnist, batch: 32}, net: lenet, epochs: 3}"))
        .isEqualTo(
            new Experiment(
                "lenet",
                LENET,
                "lenet",
                new Feed("mnist").resize(KNOWN.resize()),
                new Loss(Kind.NEGATIVE_LOG_LIKELIHOOD, 0),
                new Training(Optimizer.adam(1e-3)).batch(32).epochs(3)));
  }

  @Test
  void callsAWrittenNetworkByItsFile() throws IOException {
    Experiment experiment =
        read("{data: mnist, net: [dense: 10], loss: {cross_entropy: {smoothing: 0.1}}}");
    assertThat(experiment.name()).isEqualTo("my.net");
    assertThat(experiment.feed()).isEqualTo(new Feed("mnist"));
    assertThat(experiment.net()).isEqualTo(chain(new Dense(10)));
    assertThat(experiment.loss()).isEqualTo(new Loss(Kind.CROSS_ENTROPY, 0.1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{name: mnist} | 32 x 32", "{name: mnist, resize: [64, 48]} | 64 x 48"})
  void aFileMayResizeAsTheNetworkWantsOrAsItSays(String data, String size) throws IOException {
    Experiment experiment = read("{data: %s, net: lenet}".formatted(data));
    assertThat(experiment.feed().resize().orElseThrow()).hasToString(size);
    assertThat(read("{data: {name: mnist, resize: none}, net: lenet}").feed().resize()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{data: mnist, net: lenet}",
        "{data: {name: mnist, resize: none, limit: 9, augment: {crop: 2, flip: 0.5}}, net: lenet}",
        "{data: {name: a, resize: [9, 8], augment: {erase: {probability: 1, size: 3}}}, net: lenet}",
        "{data: mnist, net: lenet, loss: cross_entropy}",
        "{data: mnist, net: [flatten, dense: 10, softmax]}",
        "{data: mnist, net: {named: {name: a, net: [dense: 10]}}, seed: 3, clip: 1}",
        "{data: mnist, net: [dense: 10], loss: {cross_entropy: {smoothing: 0.1}}}"
      })
  void readsItsOwnText(String text) throws IOException {
    Experiment experiment = read(text);
    assertThat(read(experiment.text())).isEqualTo(experiment);
    assertThat(experiment.text()).as("whatever the network's usual size").contains("resize:");
  }

  @Test
  void namesAllFaultsAtOnce() {
    assertThatThrownBy(() ->
            read(
                """
                data: mnist
                net: lennet
                loss: cross_entropi
                epoch: 3
                """))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("my.net.yaml:2:6: unknown network `lennet`; did you mean `lenet`?")
        .hasMessageContaining(
            "my.net.yaml:3:7: unknown loss `cross_entropi`; did you mean `cross_entropy`?")
        .hasMessageContaining("my.net.yaml:4:1: unknown key `epoch`; did you mean `epochs`?");
    assertThatThrownBy(() -> read("data: mnist")).hasMessageContaining("missing key `net`");
    assertThatThrownBy(() -> read("{data: a, net: [rleu], loss: {cross_entropy: {smoothing: 2}}}"))
        .hasMessageContaining("my.net.yaml:1:17: unknown layer `rleu`")
        .hasMessageContaining("smoothing lies in [0, 1), got 2.0");
  }
}
