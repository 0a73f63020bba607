package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlTest {
  @TempDir private Path folder;

  @Test
  void readsValuesListsAndMaps() {
    Yaml yaml =
        Yaml.parse(
            "a.yaml",
            """
            text: hello
            number: 1e-3
            whole: 12345678901
            flag: true
            list: [1, two, {three: 3}]
            inner: {x: .5}
            """);
    assertThat(yaml.get("text").string()).isEqualTo("hello");
    assertThat(yaml.get("number").number()).isEqualTo(1e-3);
    assertThat(yaml.get("whole").whole()).isEqualTo(12345678901L);
    assertThat(yaml.get("flag").flag()).isTrue();
    List<Yaml> items = yaml.get("list").items();
    assertThat(items.get(0).integer()).isEqualTo(1);
    assertThat(items.get(1).string()).isEqualTo("two");
    assertThat(items.get(2).entries()).containsOnlyKeys("three");
    assertThat(yaml.get("inner").number("x", 1)).isEqualTo(0.5);
    assertThat(yaml.get("inner").number("y", 1)).isEqualTo(1);
    assertThat(yaml.find("nothing")).isEmpty();
    yaml.check();
  }

  @Test
  void equalValuesSayTheSame() {
    String text = "{a: {x: 1, y: [on, 0.001, 'true', true]}, b: {}, seed: 9223372036854775807}";
    assertThat(value(text))
        .isEqualTo(
            Map.of(
                "a", Map.of("x", 1L, "y", List.of("on", 0.001, "true", true)),
                "b", Map.of(),
                "seed", Long.MAX_VALUE))
        .isEqualTo(value("seed: 9223372036854775807\nb:\na: {y: [on, 1e-3, 'true', true], x: 1.0}"))
        .isNotEqualTo(value(text.replace("5807", "5806")))
        .isNotEqualTo(value(text.replace("on, 0.001", "0.001, on")));
    assertThat(value("[[], [1]]")).isNotEqualTo(value("[[1]]"));
    assertThat(value("1e999")).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(value("99999999999999999999")).isEqualTo(1e20);
  }

  private static Object value(String text) {
    return Yaml.parse("a.yaml", text).value();
  }

  @Test
  void namesEveryFaultWithItsPlaceInTheOrderOfTheFile() {
    assertThat(
            faults(
                """
                train:
                  batch: many
                  ephocs: 3
                  rate: [1]
                  big: 99999999999
                  yes: "true"
                extra: 1
                """,
                yaml -> {
                  Yaml train = yaml.get("train");
                  train.integer("big", 1);
                  train.integer("batch", 1);
                  train.integer("epochs", 1);
                  train.get("rate").number();
                  train.flag("yes", false);
                  train.get("seed").whole();
                  train.get("deep").get("deeper").string();
                }))
        .containsExactly(
            "a.yaml:2:3: missing key `seed` in `train`",
            "a.yaml:2:3: missing key `deep` in `train`",
            "a.yaml:2:10: `train.batch`: expected a whole number, got `many`",
            "a.yaml:3:3: unknown key `ephocs` in `train`; did you mean `epochs`? known: batch, big,"
                + " deep, epochs, rate, seed, yes",
            "a.yaml:4:9: `train.rate`: expected a number, got a list",
            "a.yaml:5:8: `train.big`: expected a whole number from -2147483648 to 2147483647, got"
                + " `99999999999`",
            "a.yaml:6:8: `train.yes`: expected true or false, got `true`",
            "a.yaml:7:1: unknown key `extra`; known: train");
  }

  @Test
  void saysOnlyOnceThatAPlaceIsOfTheWrongKind() {
    assertThat(
            faults(
                "train: 3",
                yaml -> {
                  Yaml train = yaml.get("train");
                  train.integer("epochs", 1);
                  train.get("seed").whole();
                }))
        .containsExactly("a.yaml:1:8: `train`: expected keys with values, got `3`");
  }

  @Test
  void choosesByName() {
    Map<String, java.util.function.Function<Yaml, Double>> cases =
        Map.of("half", y -> 0.5, "twice", y -> 2 * y.get("of").number());
    assertThat(Yaml.parse("a", "half").choose("part", cases)).contains(0.5);
    assertThat(Yaml.parse("a", "{half: }").choose("part", cases)).contains(0.5);
    assertThat(Yaml.parse("a", "twice: {of: 3}").choose("part", cases)).contains(6.0);
    assertThat(faults("hlaf", y -> y.choose("part", cases)))
        .containsExactly(
            "a.yaml:1:1: unknown part `hlaf`; did you mean `half`? known: half, twice");
    assertThat(faults("twise: {of: 3}", y -> y.choose("part", cases)))
        .containsExactly(
            "a.yaml:1:1: unknown part `twise`; did you mean `twice`? known: half, twice");
    assertThat(faults("twice", y -> y.choose("part", cases)))
        .containsExactly("a.yaml:1:1: missing key `of` in `twice`");
    assertThat(faults("half: {of: 3}", y -> y.choose("part", cases)))
        .containsExactly("a.yaml:1:8: unknown key `of` in `half`; none is known here");
    assertThat(faults("[half]", y -> y.choose("part", cases)))
        .containsExactly("a.yaml:1:1: expected one part, such as `half`, got a list");
  }

  @Test
  void turnsRefusalsIntoFaults() {
    assertThat(
            faults(
                "a: {lr: -1}",
                y -> y.get("a").build(() -> Optimizer.sgd(y.get("a").get("lr").number()))))
        .containsExactly("a.yaml:1:4: `a`: lr must be more than 0 and finite, got -1.0");
    assertThat(
            faults(
                "a: {lr: fast}",
                y -> y.get("a").build(() -> Optimizer.sgd(y.get("a").get("lr").number()))))
        .containsExactly("a.yaml:1:9: `a.lr`: expected a number, got `fast`");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          a: b: c             | a.yaml:1:5: not YAML: mapping values are not allowed here
          a: [1, 2            | a.yaml:1:9: not YAML: while parsing a flow sequence, expected
          a: *b               | a.yaml:1:4: not YAML:
          {[1]: 2}            | a.yaml: not YAML: Non scalar key
          {a: 1, a: 2}        | a.yaml:1:8: the key `a` is there twice
          a: !!java.net.URL b | a.yaml:1:4: the tag `tag:yaml.org,2002:java.net.URL` means nothing
          a: &a [*a]          | nested deeper than 100 levels
          """)
  void namesWhatIsNoYaml(String text, String fault) {
    assertThatThrownBy(
            () -> {
              Yaml yaml = Yaml.parse("a.yaml", text);
              yaml.find("a");
              yaml.check();
            })
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(fault);
  }

  @Test
  void isNotDrownedByNestingOrAliases() {
    assertThatThrownBy(() -> Yaml.parse("a.yaml", "[".repeat(200_000)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("nested deeper");
    StringBuilder laughs = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 20; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
    }
    assertThatThrownBy(() -> Yaml.parse("a.yaml", laughs.toString()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("holds more than 20000 values");
  }

  @Test
  void isNotDrownedByRepeatedTextsOrLongKeys() {
    String text = "x".repeat(500_000);
    assertThatThrownBy(
            () -> Yaml.parse("a.yaml", "a: &a " + text + "\nb: [" + "*a, ".repeat(10_000) + "]"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a.yaml:1:4:")
        .hasMessageContaining("more than 4000000 characters");
    String key = "k".repeat(200_000);
    assertThatThrownBy(() -> Yaml.parse("a.yaml", "? " + key + "\n: {" + "a, ".repeat(10) + "}"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("a.yaml:1:")
        .hasMessageContaining("expected keys of at most 1000 characters");
    StringBuilder nested = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      nested.append(" ".repeat(i)).append("k".repeat(100)).append(":\n");
    }
    assertThatThrownBy(() -> Yaml.parse("a.yaml", nested + " ".repeat(60) + "last: 1\n"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("expected keys of at most 1000 characters");
  }

  @Test
  void namesTheFirstOfVeryManyFaults() {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      many.append("key").append(i).append(": 1\n");
    }
    List<String> faults = faults(many.toString(), yaml -> yaml.find("net"));
    assertThat(faults).hasSize(101).last().asString().isEqualTo("a.yaml: and 9900 more");
  }

  @Test
  void anEmptyFileIsAMapWithoutKeys() {
    assertThat(faults("# nothing yet\n", y -> y.get("net").string()))
        .containsExactly("a.yaml:1:1: missing key `net`");
    assertThat(faults("just words", y -> y.get("net").string()))
        .containsExactly("a.yaml:1:1: expected keys with values, got `just words`");
  }

  @Test
  void namesAFileThatCannotBeRead() throws IOException {
    Path file = folder.resolve("none.yaml");
    assertThatThrownBy(() -> Yaml.read(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(file + ": no such file");
    Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xe9});
    assertThatThrownBy(() -> Yaml.read(file)).hasMessageContaining("expected text in UTF-8");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 34);
    }
    assertThatThrownBy(() -> Yaml.read(file))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(file + ": cannot be read: expected at most 1048576 bytes, got more");
    assertThatThrownBy(() -> Yaml.read(folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("it is a directory");
  }

  @Test
  void followsALinkThatTheUserNames() throws IOException {
    Path file = Files.writeString(folder.resolve("a.yaml"), "a: 1\n");
    Path link = Files.createSymbolicLink(folder.resolve("b.yaml"), file);
    assertThat(Yaml.read(link).whole("a", 0)).isEqualTo(1);
  }

  private static List<String> faults(String text, Consumer<Yaml> reader) {
    Yaml yaml = Yaml.parse("a.yaml", text);
    reader.accept(yaml);
    return catchThrowableOfType(ConfigurationException.class, yaml::check).faults();
  }
}
