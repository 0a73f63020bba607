package dev.crema.studio.live;

/** What went wrong in words, where anything may have: a file of a run, or the memory for it. */
final class Failure {
  private static final int MAX_CHARACTERS = 1000;

  private Failure() {}

  /** The message for whoever looks at the page. */
  static String text(Throwable failure) {
    return switch (failure) {
      case OutOfMemoryError e ->
          "out of memory (%s); start the Studio with more: CREMA_JAVA_OPTS=-Xmx4g, for example"
              .formatted(e.getMessage());
      case StackOverflowError _ -> "it is nested too deeply";
      default ->
          shortened(
              failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage());
    };
  }

  /** The beginning of a text that may be very long. */
  static String shortened(String text) {
    return text.length() <= MAX_CHARACTERS ? text : text.substring(0, MAX_CHARACTERS) + " ...";
  }
}
