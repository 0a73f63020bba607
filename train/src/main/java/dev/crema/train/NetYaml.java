package dev.crema.train;

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
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Op;
import dev.crema.nn.Relu;
import dev.crema.nn.Sigmoid;
import dev.crema.nn.Softmax;
import dev.crema.nn.Tanh;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How a network is written in an experiment file: a list of layers, each {@code name}, {@code
 * {name: number}} or {@code {name: {option: value}}}.
 *
 * <pre>
 * net: [conv2d: {filters: 6, kernel: 5, padding: 2}, relu, maxpool2d: 2, flatten, dense: 10]
 * </pre>
 *
 * <p>Networks are put together by {@code chain: [...]}, {@code sum: [[...], [...]]}, {@code concat:
 * [[...], [...]]} and {@code named: {name: conv1, net: [...]}}; a list is a chain. First values are
 * {@code torch}, {@code he}, {@code glorot}, {@code {normal: {mean, std}}} or {@code {constant:
 * v}}.
 */
public final class NetYaml {
  private static final Initializer TORCH = new Initializer.TorchDefault();
  private static final BatchNorm NORM = new BatchNorm();

  private static final Map<String, Op> PLAIN = plain();
  private static final Map<String, Function<Yaml, Initializer>> INITIALIZERS = initializers();
  private static final Map<String, Function<Yaml, Net>> NETS = nets();

  private NetYaml() {}

  /**
   * The network that is written here. Faults are noted in the file; the network is worth something
   * only after its {@link Yaml#check()}.
   */
  public static Net read(Yaml node) {
    if (node.kind() == Yaml.Kind.LIST) {
      return new Net.Chain(list(node));
    }
    return node.choose("layer", NETS).orElse(new Identity());
  }

  private static List<Net> list(Yaml node) {
    return node.items().stream().map(NetYaml::read).toList();
  }

  private static Map<String, Op> plain() {
    Map<String, Op> ops = new LinkedHashMap<>();
    ops.put("relu", new Relu());
    ops.put("sigmoid", new Sigmoid());
    ops.put("tanh", new Tanh());
    ops.put("softmax", new Softmax());
    ops.put("log_softmax", new LogSoftmax());
    ops.put("flatten", new Flatten());
    ops.put("global_avg_pool", new GlobalAvgPool());
    ops.put("identity", new Identity());
    return Collections.unmodifiableMap(ops);
  }

  private static Map<String, Function<Yaml, Initializer>> initializers() {
    Map<String, Function<Yaml, Initializer>> all = new LinkedHashMap<>();
    all.put("torch", yaml -> TORCH);
    all.put("he", yaml -> new Initializer.He());
    all.put("glorot", yaml -> new Initializer.Glorot());
    all.put(
        "normal", yaml -> new Initializer.Normal(yaml.number("mean", 0), yaml.get("std").number()));
    all.put("constant", yaml -> new Initializer.Constant(yaml.number()));
    return Collections.unmodifiableMap(all);
  }

  private static Map<String, Function<Yaml, Net>> nets() {
    Map<String, Function<Yaml, Net>> nets = new LinkedHashMap<>();
    PLAIN.forEach((name, op) -> nets.put(name, yaml -> plain(yaml, op)));
    nets.put("conv2d", NetYaml::conv2d);
    nets.put("dense", NetYaml::dense);
    nets.put("maxpool2d", yaml -> pool(yaml, MaxPool2d::new));
    nets.put("avgpool2d", yaml -> pool(yaml, AvgPool2d::new));
    nets.put("dropout", yaml -> new Dropout(main(yaml, "rate").number()));
    nets.put(
        "batchnorm",
        yaml ->
            new BatchNorm(
                yaml.number("eps", NORM.eps()), yaml.number("momentum", NORM.momentum())));
    nets.put("chain", yaml -> new Net.Chain(list(yaml)));
    nets.put("sum", yaml -> new Net.Sum(list(yaml)));
    nets.put("concat", yaml -> new Net.Concat(list(yaml)));
    nets.put("named", yaml -> new Net.Named(yaml.get("name").string(), read(yaml.get("net"))));
    return Collections.unmodifiableMap(nets);
  }

  /** A layer without options; an empty map may follow its name. */
  private static Net plain(Yaml yaml, Op op) {
    if (yaml.kind() != Yaml.Kind.MAP) {
      yaml.entries(); // nothing is fine too, and anything else a fault
    }
    return op;
  }

  /** A layer's main option: written alone, or among others by its name. */
  private static Yaml main(Yaml yaml, String key) {
    return yaml.kind() == Yaml.Kind.MAP ? yaml.get(key) : yaml;
  }

  private static Net conv2d(Yaml yaml) {
    return new Conv2d(
        yaml.get("filters").integer(),
        yaml.get("kernel").integer(),
        yaml.integer("stride", 1),
        yaml.integer("padding", 0),
        yaml.integer("groups", 1),
        yaml.flag("bias", true),
        initializer(yaml, "init"),
        initializer(yaml, "bias_init"));
  }

  private static Net dense(Yaml yaml) {
    int units = main(yaml, "units").integer();
    if (yaml.kind() != Yaml.Kind.MAP) {
      return new Dense(units);
    }
    return new Dense(
        units, yaml.flag("bias", true), initializer(yaml, "init"), initializer(yaml, "bias_init"));
  }

  /** Makes a pooling layer of kernel, stride and padding. */
  private interface Pool {
    Net of(int kernel, int stride, int padding);
  }

  private static Net pool(Yaml yaml, Pool pool) {
    int kernel = main(yaml, "kernel").integer();
    if (yaml.kind() != Yaml.Kind.MAP) {
      return pool.of(kernel, kernel, 0);
    }
    return pool.of(kernel, yaml.integer("stride", kernel), yaml.integer("padding", 0));
  }

  private static Initializer initializer(Yaml yaml, String key) {
    return yaml.find(key).flatMap(node -> node.choose("initializer", INITIALIZERS)).orElse(TORCH);
  }

  /**
   * The network as {@link #read} wants it, in lists and maps for {@link Yaml#text}.
   *
   * @throws IllegalArgumentException if it has a layer that experiment files do not know
   */
  public static Object write(Net net) {
    return switch (net) {
      case Net.Chain(List<Net> nets) -> write(nets);
      case Net.Sum(List<Net> nets) -> Map.of("sum", write(nets));
      case Net.Concat(List<Net> nets) -> Map.of("concat", write(nets));
      case Net.Named(String name, Net inner) -> {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", name);
        map.put("net", write(inner));
        yield Map.of("named", map);
      }
      case Op op -> write(op);
    };
  }

  private static List<Object> write(List<Net> nets) {
    return nets.stream().map(NetYaml::write).toList();
  }

  private static Object write(Op op) {
    return switch (op) {
      case Conv2d c -> {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("filters", c.filters());
        map.put("kernel", c.kernel());
        unless(map, "stride", c.stride(), 1);
        unless(map, "padding", c.padding(), 0);
        unless(map, "groups", c.groups(), 1);
        parameters(map, c.bias(), c.init(), c.biasInit());
        yield Map.of("conv2d", map);
      }
      case Dense d -> {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("units", d.units());
        parameters(map, d.bias(), d.init(), d.biasInit());
        yield Map.of("dense", map.size() == 1 ? d.units() : map);
      }
      case MaxPool2d p -> Map.of("maxpool2d", pool(p.kernel(), p.stride(), p.padding()));
      case AvgPool2d p -> Map.of("avgpool2d", pool(p.kernel(), p.stride(), p.padding()));
      case Dropout d -> Map.of("dropout", d.rate());
      case BatchNorm n -> {
        Map<String, Object> map = new LinkedHashMap<>();
        unless(map, "eps", n.eps(), NORM.eps());
        unless(map, "momentum", n.momentum(), NORM.momentum());
        yield map.isEmpty() ? "batchnorm" : Map.of("batchnorm", map);
      }
      default ->
          PLAIN.entrySet().stream()
              .filter(entry -> entry.getValue().equals(op))
              .findFirst()
              .map(Map.Entry::getKey)
              .orElseThrow(() ->
                  new IllegalArgumentException("experiment files do not know the layer " + op));
    };
  }

  private static Object pool(int kernel, int stride, int padding) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kernel", kernel);
    unless(map, "stride", stride, kernel);
    unless(map, "padding", padding, 0);
    return map.size() == 1 ? kernel : map;
  }

  private static void parameters(
      Map<String, Object> map, boolean bias, Initializer init, Initializer biasInit) {
    unless(map, "bias", bias, true);
    unless(map, "init", write(init), write(TORCH));
    unless(map, "bias_init", write(biasInit), write(TORCH));
  }

  private static void unless(Map<String, Object> map, String key, Object value, Object fallback) {
    if (!value.equals(fallback)) {
      map.put(key, value);
    }
  }

  private static Object write(Initializer initializer) {
    return switch (initializer) {
      case Initializer.TorchDefault torch -> "torch";
      case Initializer.He he -> "he";
      case Initializer.Glorot glorot -> "glorot";
      case Initializer.Normal(double mean, double std) -> {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("mean", mean);
        map.put("std", std);
        yield Map.of("normal", map);
      }
      case Initializer.Constant(double value) -> Map.of("constant", value);
    };
  }
}
