package dev.crema.train;

import dev.crema.data.Size;
import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * All that decides a run's result: the network, the data, the loss and how to train.
 *
 * @param name what the network is called, such as {@code lenet}
 * @param net the network
 * @param description the network as an experiment file names or writes it; a {@link JavaSource}
 *     where no file can
 * @param feed the data, and how its images reach the network
 */
public record Experiment(
    String name, Net net, Object description, Feed feed, Loss loss, Training training) {
  private static final Map<String, Function<Yaml, Loss>> LOSSES = losses();

  /** Nothing may be missing. */
  public Experiment {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(net, "net");
    Objects.requireNonNull(description, "description");
    Objects.requireNonNull(feed, "feed");
    Objects.requireNonNull(loss, "loss");
    Objects.requireNonNull(training, "training");
  }

  /**
   * A network that files may name.
   *
   * @param resize the size to bring images to, where the file does not say
   */
  public record Known(Net net, Optional<Size> resize) {}

  /** The network as read, before the file is known to be faultless. */
  private record Named(String name, Known known, Object description) {}

  private static Map<String, Function<Yaml, Loss>> losses() {
    Map<String, Function<Yaml, Loss>> losses = new LinkedHashMap<>();
    for (Loss.Kind kind : Loss.Kind.values()) {
      losses.put(name(kind), yaml -> new Loss(kind, yaml.number("smoothing", 0)));
    }
    return Collections.unmodifiableMap(losses);
  }

  /**
   * Reads an experiment file. Its key {@code net} is the name of a network, or one written as
   * {@link NetYaml} reads it and called by the key {@code name}, or else by the file; {@code loss}
   * is {@code cross_entropy}, {@code probability_cross_entropy} or {@code negative_log_likelihood},
   * with {@code smoothing} if wanted, or left out for the one that fits the network; the rest is
   * {@link Feed#read}'s and {@link Training#read}'s.
   *
   * @param zoo finds a network by its name
   * @param names the names that it knows
   * @throws ConfigurationException with all faults at once
   */
  public static Experiment read(
      Path file, Function<String, Optional<Known>> zoo, List<String> names) {
    return read(file, Yaml.read(file), zoo, names, note -> refuse(file, note));
  }

  /** The same for the experiment of a run; a link in its place is not followed. */
  public static Experiment read(
      Run run, Function<String, Optional<Known>> zoo, List<String> names) {
    return read(run, zoo, names, note -> refuse(run.experiment(), note));
  }

  /**
   * The same, for a run whose network may be one with layers of the user's own: {@code net} is then
   * {@code {java: {file: NAME, sha256: HEX}}}, as {@link #text} writes it.
   *
   * @param java gives the experiment of the Java file that is noted here, whose network is taken
   */
  public static Experiment read(
      Run run,
      Function<String, Optional<Known>> zoo,
      List<String> names,
      Function<JavaSource.Note, Experiment> java) {
    return read(run.experiment(), run.experimentYaml(), zoo, names, java);
  }

  private static Experiment refuse(Path file, JavaSource.Note note) {
    throw new ConfigurationException(
        "%s: its network is written in Java, in %s; train that file itself: crema train %s"
            .formatted(file, note.file(), note.file()));
  }

  private static Experiment read(
      Path file,
      Yaml root,
      Function<String, Optional<Known>> zoo,
      List<String> names,
      Function<JavaSource.Note, Experiment> java) {
    Optional<String> called = root.find("name").map(Yaml::string);
    Yaml node = root.get("net");
    Optional<Named> named =
        node.kind() == Yaml.Kind.MAP && node.has("java")
            ? node.build(() -> JavaSource.Note.read(node.get("java")))
                .map(note -> javaNet(java.apply(note)))
            : net(node, baseName(file), zoo, names);
    Optional<Loss> loss = root.find("loss").flatMap(yaml -> yaml.choose("loss", LOSSES));
    Feed feed = Feed.read(root, named.flatMap(network -> network.known.resize));
    Training training = Training.read(root);
    root.check();
    Named network = named.orElseThrow(); // there was a fault otherwise
    Net net = network.known.net;
    return new Experiment(
        called.orElse(network.name),
        net,
        network.description,
        feed,
        loss.orElse(Loss.of(net)),
        training);
  }

  private static Optional<Named> net(
      Yaml node, String fileName, Function<String, Optional<Known>> zoo, List<String> names) {
    if (node.kind() == Yaml.Kind.LIST || node.kind() == Yaml.Kind.MAP) {
      return node.build(() -> NetYaml.read(node))
          .map(net -> new Named(fileName, new Known(net, Optional.empty()), NetYaml.write(net)));
    }
    return node.build(node::string)
        .flatMap(name -> {
          Optional<Known> known = zoo.apply(name);
          if (known.isEmpty()) {
            node.fault(Yaml.unknown("network", name, names));
          }
          return known.map(found -> new Named(name, found, name));
        });
  }

  private static Named javaNet(Experiment written) {
    Known known = new Known(written.net, Optional.empty());
    return new Named(written.name, known, written.description);
  }

  /** The file's name without its folder and ending. */
  static String baseName(Path file) {
    return String.valueOf(file.getFileName()).replaceFirst("(?<=.)\\.[^.]*$", "");
  }

  /** This experiment with another training. */
  public Experiment training(Training training) {
    return new Experiment(name, net, description, feed, loss, training);
  }

  /** This experiment with other images. */
  public Experiment feed(Feed feed) {
    return new Experiment(name, net, description, feed, loss, training);
  }

  /** The Java file that the network comes from, if experiment files cannot write the network. */
  public Optional<JavaSource> source() {
    return description instanceof JavaSource source ? Optional.of(source) : Optional.empty();
  }

  /** The text of an experiment file that says the same. */
  public String text() {
    return Yaml.text(toMap());
  }

  /** The keys of that file and what they are set to: maps, lists, strings, numbers and booleans. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", name);
    map.putAll(training.toMap(feed));
    map.put("net", source().<Object>map(source -> source.note().toMap()).orElse(description));
    map.put("loss", Map.of(name(loss.kind()), Map.of("smoothing", loss.smoothing())));
    return map;
  }

  private static String name(Loss.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
