package dev.crema.cli;

import dev.crema.train.ConfigurationException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.module.ResolvedModule;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles one Java file against Crema's modules, from memory to memory, and loads its classes. */
final class JavaCompilation {
  /** It requires, for all who use it, the rooms of networks, training and data. */
  private static final String MODULE = "dev.crema.zoo";

  private JavaCompilation() {}

  /**
   * The classes at the top of the file, in a class loader of their own.
   *
   * @param path what to call it in faults
   * @throws ConfigurationException with what the compiler has to say, as it says it
   */
  static List<Class<?>> of(Path path, String text) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new ConfigurationException(
          path
              + ": this Java has no compiler: its module jdk.compiler is missing; use a whole JDK, or set CREMA_JAVA_HOME to one");
    }
    StringWriter said = new StringWriter();
    try (var memory =
        new Memory(compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8))) {
      boolean good =
          compiler
              .getTask(said, memory, null, options(), null, List.of(new Source(path, text)))
              .call();
      if (!good) {
        throw new ConfigurationException(said.toString().strip());
      }
      return new Loader(memory.classes()).atTheTop();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing but Crema is seen: no jars and no other files of the user's. */
  private static List<String> options() {
    String modules =
        JavaCompilation.class.getModule().getLayer().configuration().modules().stream()
            .map(ResolvedModule::reference)
            .flatMap(reference -> reference.location().stream())
            .filter(location -> "file".equals(location.getScheme()))
            .map(location -> Path.of(location).toString())
            .collect(Collectors.joining(File.pathSeparator));
    return List.of(
        "--module-path",
        modules,
        "--add-modules",
        MODULE,
        "--class-path",
        "",
        "-proc:none",
        "-nowarn",
        "-g");
  }

  /** The file as it was read, which is also what is recorded. */
  private static final class Source extends SimpleJavaFileObject {
    private final Path path;
    private final String text;

    Source(Path path, String text) {
      super(path.toUri(), Kind.SOURCE);
      this.path = path;
      this.text = text;
    }

    /** What the compiler calls it in its messages. */
    @Override
    public String getName() {
      return path.toString();
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Where a class goes. */
  private static final class Target extends SimpleJavaFileObject {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Target(String name) {
      super(URI.create("memory:///" + name.replace('.', '/') + ".class"), Kind.CLASS);
    }

    @Override
    public OutputStream openOutputStream() {
      return bytes;
    }
  }

  /** Keeps the classes in memory. */
  private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, Target> targets = new LinkedHashMap<>();

    Memory(JavaFileManager files) {
      super(files);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
      return targets.computeIfAbsent(name, Target::new);
    }

    Map<String, byte[]> classes() {
      Map<String, byte[]> classes = new LinkedHashMap<>();
      targets.forEach((name, target) -> classes.put(name, target.bytes.toByteArray()));
      return classes;
    }
  }

  /** Loads the classes, which see Crema's exported packages and the JDK. */
  private static final class Loader extends ClassLoader {
    private final Map<String, byte[]> classes;

    Loader(Map<String, byte[]> classes) {
      super(JavaCompilation.class.getClassLoader());
      this.classes = new LinkedHashMap<>(classes);
    }

    List<Class<?>> atTheTop() {
      List<Class<?>> loaded = new ArrayList<>();
      for (String name : classes.keySet().stream().sorted().toList()) {
        try {
          Class<?> type = loadClass(name);
          if (type.getNestHost() == type) {
            loaded.add(type);
          }
        } catch (ClassNotFoundException e) {
          throw new AssertionError("it was just compiled", e);
        }
      }
      return loaded;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      byte[] bytes =
          Optional.ofNullable(classes.get(name))
              .orElseThrow(() -> new ClassNotFoundException(name));
      return defineClass(name, bytes, 0, bytes.length);
    }
  }
}
