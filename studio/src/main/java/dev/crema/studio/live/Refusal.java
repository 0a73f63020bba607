package dev.crema.studio.live;

/** A request that is not granted; the message goes to whoever asked. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;

  /**
   * Says what was expected, what came, and what to do.
   *
   * @param status the HTTP status, such as 400
   */
  Refusal(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }
}
