package dev.crema.cli;

import dev.crema.nn.Loss;
import dev.crema.nn.Net;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.JavaSource;
import dev.crema.train.NetYaml;
import dev.crema.train.Training;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A network, and layers for it, in a single Java file.
 *
 * <p>One of its classes has the method {@code static Net net()}. It may also say how to train, with
 * {@code static Training training()}, what reaches the network, with {@code static Feed feed()},
 * and {@code static Loss loss()}.
 */
final class JavaFile {
  private static final String NET = "net";

  private final Path path;
  private final Class<?> type;

  private JavaFile(Path path, Class<?> type) {
    this.path = path;
    this.type = type;
  }

  /** Whether a name is that of a Java file. */
  static boolean isOne(String name) {
    return name.endsWith(".java");
  }

  /**
   * Compiles a file, and runs it for the experiment that it describes.
   *
   * @param path what to call it in faults
   * @throws ConfigurationException if it cannot be compiled, or describes no experiment
   */
  static Experiment experiment(Path path, JavaSource source) {
    JavaFile file = new JavaFile(path, describing(path, JavaCompilation.of(path, source.text())));
    Net net = file.value(NET, Net.class).orElseThrow(); // it has the method
    return new Experiment(
        source.name(),
        net,
        description(net, source),
        file.value("feed", Feed.class).orElse(new Feed(Session.DEFAULT_DATA)),
        file.value("loss", Loss.class).orElse(Loss.of(net)),
        file.value("training", Training.class).orElse(new Training()));
  }

  /** The network as an experiment file writes it, so that the run needs no Java; or the source. */
  private static Object description(Net net, JavaSource source) {
    try {
      return NetYaml.write(net);
    } catch (IllegalArgumentException e) {
      return source; // it has a layer of its own
    }
  }

  private static Class<?> describing(Path path, List<Class<?>> classes) {
    List<Class<?>> found = classes.stream().filter(type -> method(type, NET).isPresent()).toList();
    if (found.size() != 1) {
      throw new ConfigurationException(
          "%s: expected one class with a method `static Net net()`, got %s"
              .formatted(
                  path,
                  found.isEmpty()
                      ? names(classes) + " without it"
                      : "it in each of " + names(found)));
    }
    return found.getFirst();
  }

  private static String names(List<Class<?>> classes) {
    return classes.isEmpty()
        ? "no class"
        : String.join(", ", classes.stream().map(Class::getSimpleName).toList());
  }

  private static Optional<Method> method(Class<?> type, String name) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> method.getName().equals(name) && method.getParameterCount() == 0)
        .findFirst();
  }

  /** What a method of this name gives, if the class has it. */
  private <T> Optional<T> value(String name, Class<T> kind) {
    return method(type, name).map(method -> call(method, kind));
  }

  private <T> T call(Method method, Class<T> kind) {
    if (!Modifier.isStatic(method.getModifiers())
        || !kind.isAssignableFrom(method.getReturnType())) {
      throw new ConfigurationException(
          "%s: in %s: expected a method `static %s %s()`, got `%s%s %s()`"
              .formatted(
                  path,
                  type.getSimpleName(),
                  kind.getSimpleName(),
                  method.getName(),
                  Modifier.isStatic(method.getModifiers()) ? "static " : "",
                  method.getReturnType().getSimpleName(),
                  method.getName()));
    }
    try {
      method.setAccessible(true); // neither it nor its class needs to be public
      T value = kind.cast(method.invoke(null));
      if (value == null) {
        throw new ConfigurationException(
            "%s: expected a %s of %s(), got null"
                .formatted(path, kind.getSimpleName(), method.getName()));
      }
      return value;
    } catch (InvocationTargetException e) {
      throw thrown(method, e.getCause() == null ? e : e.getCause());
    } catch (ExceptionInInitializerError e) {
      throw thrown(method, e.getCause() == null ? e : e.getCause());
    } catch (IllegalAccessException e) {
      throw new AssertionError("it was made accessible", e);
    }
  }

  /** What the file's own code threw, with the line that it came from. */
  private ConfigurationException thrown(Method method, Throwable fault) {
    String line =
        Stream.of(fault.getStackTrace())
            .filter(frame -> String.valueOf(path.getFileName()).equals(frame.getFileName()))
            .findFirst()
            .map(frame -> ":" + frame.getLineNumber())
            .orElse("");
    // the messages of these are written for users
    String what =
        fault instanceof IllegalArgumentException && fault.getMessage() != null
            ? fault.getMessage()
            : fault.toString();
    ConfigurationException exception =
        new ConfigurationException("%s%s: %s(): %s".formatted(path, line, method.getName(), what));
    exception.initCause(fault);
    return exception;
  }
}
