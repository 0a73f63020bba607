package dev.crema.engine;

/**
 * The module of the JDK that loops over vectors are written with.
 *
 * <p>On the module path the engine's descriptor brings it in. On the class path nothing does, and
 * the first class of it that is missing would end the program without a hint.
 */
final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /**
   * Checks that it is there, before a class is linked that needs it.
   *
   * @throws IllegalStateException if this JVM was started without it
   */
  static void require() {
    if (ModuleLayer.boot().findModule(NAME).isEmpty()) {
      throw new IllegalStateException(
          "expected the module %s, which this JVM was started without: add --add-modules %s to the options of java, or set JDK_JAVA_OPTIONS=--add-modules=%s"
              .formatted(NAME, NAME, NAME));
    }
  }
}
