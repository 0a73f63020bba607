package dev.crema.train;

import dev.crema.data.Nearest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * A place in a YAML 1.2 file, read so that all faults are found and named at once.
 *
 * <p>Reading what is not there, or not of the kind expected, notes a fault and goes on with a
 * neutral value; {@link #check()} at the end throws them all. A key that nobody asked for is a
 * fault too, so the reader's questions are the only list of the known keys.
 */
public final class Yaml {
  /** What a place holds. */
  public enum Kind {
    /** Keys with values. */
    MAP,
    /** A sequence. */
    LIST,
    /** A text, a number, true or false, or nothing. */
    SCALAR,
    /** A key that was asked for and is not there; it answers everything without more faults. */
    MISSING
  }

  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]+");
  private static final List<Tag> TAGS =
      List.of(Tag.MAP, Tag.SEQ, Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL);
  private static final Pattern NULL = Pattern.compile("|~|null");

  /** More than people write, and little enough that repeated aliases cannot fill the memory. */
  private static final int MOST_PLACES = 20_000;

  private static final int DEEPEST = 100;

  /** Of a place's path: each place below has it in its own. */
  private static final int MAX_PATH_CHARACTERS = 1000;

  /** Of all texts: an alias repeats one, however long it is. */
  private static final int MAX_CHARACTERS = 4_000_000;

  private static final int MAX_FAULTS_SHOWN = 100;

  /** From 1. */
  private record Position(int line, int column) {
    static Position of(Optional<Mark> mark) {
      return mark.map(m -> new Position(m.getLine() + 1, m.getColumn() + 1))
          .orElse(new Position(1, 1));
    }
  }

  private record Fault(Position position, String message) {}

  /** What all places of one file share. */
  private static final class Document {
    private final String file;
    private final List<Fault> faults = new ArrayList<>();
    private int places;
    private long characters;

    Document(String file) {
      this.file = file;
    }

    String line(Fault fault) {
      return "%s:%s:%s: %s"
          .formatted(file, fault.position.line, fault.position.column, fault.message);
    }

    ConfigurationException stop(Position position, String message) {
      return new ConfigurationException(line(new Fault(position, message)));
    }
  }

  private final Document document;
  private final Kind kind;
  private final String path;
  private final Position keyPosition;
  private final Position position;
  private final Map<String, Yaml> entries = new LinkedHashMap<>();
  private final List<Yaml> items = new ArrayList<>();
  private final Set<String> known = new LinkedHashSet<>();
  private String text = "";
  private boolean plain = true;
  private boolean complained;

  private Yaml(Document document, Kind kind, String path, Position keyPosition, Position position) {
    this.document = document;
    this.kind = kind;
    this.path = path;
    this.keyPosition = keyPosition;
    this.position = position;
  }

  /**
   * The top of a file.
   *
   * @throws ConfigurationException if it cannot be read or is not YAML
   */
  public static Yaml read(Path file) {
    try {
      return parse(file.toString(), RegularFile.text(file));
    } catch (IOException e) {
      throw ConfigurationException.unreadable(file, e);
    }
  }

  /**
   * The top of a text.
   *
   * @param file what to call it in faults
   * @throws ConfigurationException if it is not YAML
   */
  public static Yaml parse(String file, String text) {
    Document document = new Document(file);
    try {
      var settings = LoadSettings.builder().setLabel(file).build();
      var parser = new ParserImpl(settings, new StreamReader(settings, text));
      Optional<Node> top = new Composer(settings, parser).getSingleNode();
      Position start = new Position(1, 1);
      return top.map(node -> of(document, node, "", start, 0))
          .orElseGet(() -> new Yaml(document, Kind.MAP, "", start, start));
    } catch (MarkedYamlEngineException e) {
      String context = e.getContext() == null ? "" : e.getContext() + ", ";
      Position position = Position.of(e.getProblemMark().or(e::getContextMark));
      throw document.stop(position, "not YAML: " + context + e.getProblem());
    } catch (YamlEngineException e) {
      throw new ConfigurationException(file + ": not YAML: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw new ConfigurationException(file + ": nested deeper than " + DEEPEST + " levels");
    }
  }

  /** A file's text for maps, lists, strings, numbers and booleans. */
  public static String text(Map<String, ?> map) {
    var settings = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
    return new Dump(settings).dumpToString(map);
  }

  private static Yaml of(
      Document document, Node node, String path, Position keyPosition, int depth) {
    Position position = Position.of(node.getStartMark());
    if (depth > DEEPEST) {
      throw document.stop(position, "nested deeper than " + DEEPEST + " levels");
    }
    if (++document.places > MOST_PLACES) {
      throw document.stop(position, "holds more than " + MOST_PLACES + " values");
    }
    if (path.length() > MAX_PATH_CHARACTERS) {
      throw document.stop(
          keyPosition,
          "expected keys of at most %s characters from the top down to here, got %s"
              .formatted(MAX_PATH_CHARACTERS, path.length()));
    }
    if (!TAGS.contains(node.getTag())) {
      document.faults.add(
          new Fault(position, "the tag `" + node.getTag() + "` means nothing here; remove it"));
    }
    switch (node) {
      case MappingNode map -> {
        Yaml yaml = new Yaml(document, Kind.MAP, path, keyPosition, position);
        for (NodeTuple tuple : map.getValue()) {
          Position key = Position.of(tuple.getKeyNode().getStartMark());
          String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
          Yaml value = of(document, tuple.getValueNode(), yaml.below(name), key, depth + 1);
          if (yaml.entries.putIfAbsent(name, value) != null) {
            document.faults.add(new Fault(key, "the key `" + value.path + "` is there twice"));
          }
        }
        return yaml;
      }
      case SequenceNode list -> {
        Yaml yaml = new Yaml(document, Kind.LIST, path, keyPosition, position);
        for (Node item : list.getValue()) {
          String place = path + "[" + yaml.items.size() + "]";
          Position start = Position.of(item.getStartMark());
          yaml.items.add(of(document, item, place, start, depth + 1));
        }
        return yaml;
      }
      case ScalarNode scalar -> {
        Yaml yaml = new Yaml(document, Kind.SCALAR, path, keyPosition, position);
        yaml.text = scalar.getValue();
        document.characters += yaml.text.length();
        if (document.characters > MAX_CHARACTERS) {
          throw document.stop(
              position,
              "holds texts of more than %s characters, repeated ones included"
                  .formatted(MAX_CHARACTERS));
        }
        yaml.plain = scalar.isPlain();
        return yaml;
      }
      default -> throw document.stop(position, "not a map, a list or a value");
    }
  }

  private String below(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** What is here. */
  public Kind kind() {
    return kind;
  }

  /** Whether a map is here with this key, of whatever kind. */
  public boolean has(String key) {
    return find(key).isPresent();
  }

  /** The value of a key that may be left out. */
  public Optional<Yaml> find(String key) {
    known.add(key);
    return isMap() ? Optional.ofNullable(entries.get(key)) : Optional.empty();
  }

  /** The value of a key that must be there. */
  public Yaml get(String key) {
    return find(key)
        .orElseGet(() -> {
          if (kind != Kind.MISSING && !complained) {
            fault("missing key `" + key + "`" + in());
          }
          return new Yaml(document, Kind.MISSING, below(key), position, position);
        });
  }

  /** All values of a map whose keys are names of the user's. */
  public Map<String, Yaml> entries() {
    if (!isMap()) {
      return Map.of();
    }
    known.addAll(entries.keySet());
    return Collections.unmodifiableMap(entries);
  }

  /** The values of a list. */
  public List<Yaml> items() {
    if (kind != Kind.LIST) {
      complain("a list");
    }
    return Collections.unmodifiableList(items);
  }

  /** All texts in here, by their places such as {@code optimizer.adam.lr} and {@code net[0]}. */
  public Map<String, String> leaves() {
    Map<String, String> leaves = new LinkedHashMap<>();
    addLeaves(leaves);
    return leaves;
  }

  private void addLeaves(Map<String, String> to) {
    switch (kind) {
      case MAP -> entries().values().forEach(value -> value.addLeaves(to));
      case LIST -> items.forEach(item -> item.addLeaves(to));
      case SCALAR -> to.put(path, string());
      case MISSING -> {}
    }
  }

  /**
   * What is written here as maps, lists, texts, numbers and truth values; nothing is an empty map.
   * Equal values say the same, in whatever order their keys are.
   */
  public Object value() {
    return switch (kind) {
      case MAP -> {
        Map<String, Object> map = new LinkedHashMap<>();
        entries.forEach((key, value) -> map.put(key, value.value()));
        yield map;
      }
      case LIST -> items.stream().map(Yaml::value).toList();
      case SCALAR -> plain ? plainValue() : text;
      case MISSING -> Map.of();
    };
  }

  private Object plainValue() {
    if (WHOLE.matcher(text).matches()) {
      try {
        return Long.valueOf(text);
      } catch (NumberFormatException e) {
        // more digits than any whole number here may have
      }
    }
    if (NUMBER.matcher(text).matches()) {
      double number = Double.parseDouble(text);
      return number == (long) number ? (Object) (long) number : number; // 1.0 says what 1 says
    }
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> isNull() ? Map.of() : text;
    };
  }

  /** The text here. */
  public String string() {
    if (kind != Kind.SCALAR || isNull()) {
      complain("a text");
    }
    return text;
  }

  /** The number here. */
  public double number() {
    if (kind == Kind.SCALAR && plain && NUMBER.matcher(text).matches()) {
      return Double.parseDouble(text);
    }
    complain("a number");
    return 0;
  }

  /** The whole number here. */
  public long whole() {
    return whole(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /** The whole number here, one that fits 32 bits. */
  public int integer() {
    return (int) whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private long whole(long least, long most) {
    if (kind == Kind.SCALAR && plain && WHOLE.matcher(text).matches()) {
      try {
        long value = Long.parseLong(text);
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        // too many digits
      }
      complain("a whole number from " + least + " to " + most);
      return 0;
    }
    complain("a whole number");
    return 0;
  }

  /** The truth value here. */
  public boolean flag() {
    if (kind != Kind.SCALAR || !plain || !(text.equals("true") || text.equals("false"))) {
      complain("true or false");
    }
    return text.equals("true");
  }

  /** The text of a key, or the fallback where it is left out. */
  public String string(String key, String fallback) {
    return find(key).map(Yaml::string).orElse(fallback);
  }

  /** The number of a key, or the fallback where it is left out. */
  public double number(String key, double fallback) {
    return find(key).map(Yaml::number).orElse(fallback);
  }

  /** The whole number of a key, or the fallback where it is left out. */
  public long whole(String key, long fallback) {
    return find(key).map(Yaml::whole).orElse(fallback);
  }

  /** The whole number of a key, one that fits 32 bits, or the fallback where it is left out. */
  public int integer(String key, int fallback) {
    return find(key).map(Yaml::integer).orElse(fallback);
  }

  /** The truth value of a key, or the fallback where it is left out. */
  public boolean flag(String key, boolean fallback) {
    return find(key).map(Yaml::flag).orElse(fallback);
  }

  /**
   * What is chosen by a name, given as {@code name} or as {@code {name: arguments}}.
   *
   * @param what what it is, for faults, such as "optimizer"
   * @param cases by name, what makes it from its arguments
   * @return nothing, with a fault noted, where none can be made
   */
  public <T> Optional<T> choose(String what, Map<String, Function<Yaml, T>> cases) {
    Yaml arguments;
    String name;
    if (kind == Kind.SCALAR && !isNull()) {
      name = text;
      arguments = new Yaml(document, Kind.MAP, below(name), position, position);
    } else if (kind == Kind.MAP && entries.size() == 1) {
      name = entries.keySet().iterator().next();
      arguments = get(name);
    } else {
      complain("one " + what + ", such as `" + new TreeSet<>(cases.keySet()).first() + "`");
      return Optional.empty();
    }
    Function<Yaml, T> maker = cases.get(name);
    if (maker == null) {
      arguments.note(arguments.keyPosition, unknown(what, name, cases.keySet()));
      arguments.complained = true; // its keys are of who knows what
      return Optional.empty();
    }
    return arguments.build(() -> maker.apply(arguments));
  }

  /**
   * Makes something of what is here; its {@link IllegalArgumentException} becomes a fault, unless
   * that only follows from faults already found here.
   */
  public <T> Optional<T> build(Supplier<T> maker) {
    int before = document.faults.size();
    try {
      T made = maker.get();
      return document.faults.size() == before ? Optional.of(made) : Optional.empty();
    } catch (IllegalArgumentException e) {
      if (document.faults.size() == before) {
        fault((path.isEmpty() ? "" : "`" + path + "`: ") + e.getMessage());
      }
      return Optional.empty();
    }
  }

  /** Notes a fault at this place: what was expected, what came, what to do. */
  public void fault(String message) {
    note(position, message);
  }

  /** A name with the fault of not being one of those known, for {@link #fault}. */
  public static String unknown(String what, String name, Collection<String> known) {
    return "unknown " + what + " `" + name + "`" + guess(name, known);
  }

  /**
   * Ends the reading.
   *
   * @throws ConfigurationException with all faults noted in the file, in its order
   */
  public void check() {
    noteUnknownKeys();
    if (!document.faults.isEmpty()) {
      List<String> lines =
          document.faults.stream()
              .sorted(
                  Comparator.comparingInt((Fault fault) -> fault.position.line)
                      .thenComparingInt(fault -> fault.position.column))
              .map(document::line)
              .distinct()
              .toList();
      int shown = Math.min(lines.size(), MAX_FAULTS_SHOWN);
      List<String> first = new ArrayList<>(lines.subList(0, shown));
      if (shown < lines.size()) {
        first.add("%s: and %s more".formatted(document.file, lines.size() - shown));
      }
      throw new ConfigurationException(first);
    }
  }

  private void noteUnknownKeys() {
    if (complained) {
      return; // what is wrong here is said already
    }
    entries.forEach((key, value) -> {
      if (known.contains(key)) {
        value.noteUnknownKeys();
      } else {
        value.note(value.keyPosition, "unknown key `" + key + "`" + in() + guess(key, known));
      }
    });
    items.forEach(Yaml::noteUnknownKeys);
  }

  private boolean isMap() {
    if (kind == Kind.MAP || isNull()) {
      return true;
    }
    complain("keys with values");
    return false;
  }

  private boolean isNull() {
    return kind == Kind.SCALAR && plain && NULL.matcher(text).matches();
  }

  private void complain(String expected) {
    if (kind != Kind.MISSING && !complained) {
      String came =
          switch (kind) {
            case MAP -> "a map";
            case LIST -> "a list";
            case SCALAR -> isNull() ? "nothing" : "`" + text + "`";
            case MISSING -> "nothing";
          };
      fault((path.isEmpty() ? "" : "`" + path + "`: ") + "expected " + expected + ", got " + came);
    }
    complained = true;
  }

  private void note(Position at, String message) {
    document.faults.add(new Fault(at, message));
  }

  private String in() {
    return path.isEmpty() ? "" : " in `" + path + "`";
  }

  private static String guess(String name, Collection<String> known) {
    if (known.isEmpty()) {
      return "; none is known here";
    }
    return Nearest.nearest(name, known).map(near -> "; did you mean `" + near + "`?").orElse(";")
        + " known: "
        + String.join(", ", new TreeSet<>(known));
  }
}
