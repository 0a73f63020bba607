package dev.crema.cli;

import dev.crema.cli.Dashboard.Line;
import dev.crema.train.Event;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Shows a training on the whole terminal, drawn anew at most five times a second by a thread of its
 * own: a terminal that stands still holds up no training. It is on the terminal's other screen, as
 * an editor is; when it closes, also because of a fault or Ctrl-C, that is left, the cursor is
 * back, and a summary stands below what was there before.
 */
final class LiveScreen implements Display {
  private static final Duration REDRAW = Duration.ofMillis(200);

  /** How often it looks how large the terminal is, in redraws: asking takes a process. */
  private static final int RESIZE = 10;

  private static final String ESC = "\u001b[";
  private static final String ENTER = ESC + "?1049h" + ESC + "?25l";
  private static final String LEAVE = ESC + "?25h" + ESC + "?1049l";
  private static final String REST_OF_LINE = ESC + "K";
  private static final String REST_OF_SCREEN = ESC + "J";

  private final PrintWriter err;
  private final Dashboard dashboard;
  private final Supplier<Terminal.Size> terminal;
  private final boolean colours;
  private final Thread redraw = new Thread(this::redraw, "crema-screen");
  private final Thread hook = new Thread(this::close, "crema-screen-end");
  private volatile boolean changed;
  private volatile boolean closed;

  // guarded by this
  private boolean entered;
  private Terminal.Size size;

  /**
   * Draws nothing by itself: {@link #open} does.
   *
   * @param err where it writes, whose terminal can show braille
   * @param terminal says how large it is
   */
  LiveScreen(
      PrintWriter err, Dashboard dashboard, Supplier<Terminal.Size> terminal, boolean colours) {
    this.err = err;
    this.dashboard = dashboard;
    this.terminal = terminal;
    this.colours = colours;
    size = terminal.get();
    redraw.setDaemon(true);
  }

  /** Draws from the start of the training on. */
  static LiveScreen open(PrintWriter err) {
    LiveScreen screen =
        new LiveScreen(err, new Dashboard(System::nanoTime), Terminal::size, Terminal.colours());
    Runtime.getRuntime().addShutdownHook(screen.hook);
    screen.redraw.start();
    return screen;
  }

  @Override
  public void accept(Event event) {
    dashboard.accept(event);
    changed = true;
    switch (event) {
      // what follows is said below the summary
      case Event.Finished _, Event.Interrupted _, Event.Diverged _ -> close();
      case Event.Warned e when closed -> {
        err.println("warning: " + e.message());
        err.flush();
      }
      default -> {}
    }
  }

  private void redraw() {
    try {
      for (int i = 1; !closed; i++) {
        Thread.sleep(REDRAW);
        boolean resized = i % RESIZE == 0 && resize();
        if (changed || resized) {
          draw();
        }
      }
    } catch (InterruptedException e) {
      // it is closed
    }
  }

  /** Looks how large the terminal is; true if that changed. */
  boolean resize() {
    Terminal.Size now = terminal.get();
    synchronized (this) {
      boolean resized = !now.equals(size);
      size = now;
      return resized;
    }
  }

  /** Draws what there is, over what was there. */
  synchronized void draw() {
    if (closed) {
      return;
    }
    changed = false;
    StringBuilder text = new StringBuilder(entered ? "" : ENTER);
    entered = true;
    int row = 1;
    for (Line line : dashboard.frame(size.columns(), size.rows())) {
      text.append(ESC).append(row++).append(";1H").append(styled(line)).append(REST_OF_LINE);
    }
    if (row <= size.rows()) {
      text.append(ESC).append(row).append(";1H").append(REST_OF_SCREEN);
    }
    err.print(text);
    err.flush();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      err.print(entered ? LEAVE : "");
      dashboard.summary(size.columns()).forEach(line -> err.println(styled(line)));
      err.flush();
    }
    redraw.interrupt();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down: the hook may be why we are here.
    }
  }

  private String styled(Line line) {
    String code =
        switch (line.kind()) {
          case TITLE -> "1"; // bold
          case BAR -> "32"; // green
          case TEXT -> "";
          case CURVE -> "36"; // cyan
          case WARNING -> "33"; // yellow
        };
    return colours && !code.isEmpty() ? ESC + code + "m" + line.text() + ESC + "0m" : line.text();
  }
}
