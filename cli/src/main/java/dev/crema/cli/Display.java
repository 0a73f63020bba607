package dev.crema.cli;

import dev.crema.train.Event;
import java.util.function.Consumer;

/** Shows a training to whoever watches standard error; closed, it leaves the terminal as it was. */
sealed interface Display extends Consumer<Event>, AutoCloseable permits Progress, LiveScreen {
  @Override
  void close();
}
