package dev.crema.studio.live;

import java.io.IOException;
import java.util.List;

/** A workshop with one network and one data set that starts nothing. */
interface TinyWorkshop extends Workshop {
  @Override
  default List<String> nets() {
    return List.of("tiny");
  }

  @Override
  default List<String> datasets() {
    return List.of("mnist");
  }

  @Override
  default Process start(List<String> arguments) throws IOException {
    throw new IOException("nothing is started");
  }
}
