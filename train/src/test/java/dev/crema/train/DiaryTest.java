package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiaryTest {
  private static final Event FIRST = new Event.Warned(1, "first");
  private static final Event SECOND = new Event.Interrupted(2, 0);

  @TempDir private Path folder;
  private final List<Event> heard = new ArrayList<>();

  @Test
  void nothingIsLostAndTheOrderStays() {
    Run run = Run.create(folder.resolve("run"), TrainerTest.experiment(0.1));
    try (Diary diary = new Diary(run, Optional.empty(), heard::add)) {
      diary.add(FIRST);
      diary.add(SECOND);
      diary.tell();
      assertThat(heard).as("told").containsExactly(FIRST, SECOND);
      assertThat(EventLog.read(run.events())).as("logged").containsExactly(FIRST, SECOND);
      assertThat(diary.seconds()).isPositive();
      diary.add(new Event.Warned(3, "the last"));
    }
    assertThat(heard).as("told at the close").hasSize(3);
    assertThat(EventLog.read(run.events())).isEqualTo(heard);
  }
}
