package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.Event.CheckpointSaved;
import dev.crema.train.Event.Diverged;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.Interrupted;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.Event.Resumed;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.StoppedEarly;
import dev.crema.train.Event.Validated;
import dev.crema.train.Event.Warned;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class EventLogTest {
  private static final List<Event> EVENTS =
      List.of(
          new Started(0, "lenet", "fashion-mnist", 1L << 60, 10, 64, 2, 938, 61_706),
          new StepLogged(1, 0, 2.302585092994046, 1e-3, 123456.789),
          new ParameterMeasured(
              1, 0, "0.weight", 0.5, 0.25, -1, 2, List.of(3, 0, 1), Optional.of(1e-3)),
          new LossesLogged(2, 0, 1, 1, List.of(2.302585, Double.NaN)),
          new StepLogged(2, 0, Double.NaN, 1e-3, Double.POSITIVE_INFINITY),
          new EpochEnded(
              2, 1, new Score(0.1, 0.75), Optional.of(new Score(0.5, 0.7)), Optional.empty(), 3.5),
          new CheckpointSaved(2, 1, "checkpoints/checkpoint-2.safetensors"),
          new Warned(2, "a \"quoted\"\nline"),
          new Resumed(2, 1, "checkpoint-2.safetensors"),
          new StepLogged(3, 1, 0.25, 5e-4, 1000),
          new Diverged(3, 1, "0.conv", "gradient of the weight is NaN"),
          new StoppedEarly(4, 2, 1),
          new Interrupted(5, 2),
          new Validated(5, 2, new Score(0.4, 0.5), 6.5),
          new Finished(5, 2, new Score(0.1, 0.8), Optional.of(new Score(0.2, 0.7)), 7.5));

  @TempDir private Path folder;
  private final List<String> trouble = new ArrayList<>();

  @Test
  void readsBackEveryKindOfEvent() {
    assertThat(EventLog.read(written())).isEqualTo(EVENTS);
    assertThat(EVENTS.stream().map(Object::getClass).distinct())
        .hasSize(Event.class.getPermittedSubclasses().length);
  }

  @Test
  void isPlainJsonWithReadableNames() throws IOException {
    assertThat(Files.readAllLines(written()).get(5))
        .matches(
            "\\{\"event\":\"epoch_ended\",\"time\":\"20[^\"]*Z\",\"step\":2,\"epoch\":1,"
                + "\"train\":\\{\"loss\":0.1,\"accuracy\":0.75},"
                + "\"validation\":\\{\"loss\":0.5,\"accuracy\":0.7},\"seconds\":3.5}");
  }

  @Test
  void aTornLastLineIsNotRead() throws IOException {
    Path path = written();
    long whole = Files.size(path);
    List<Event> allButOne = EVENTS.subList(0, EVENTS.size() - 1);
    for (long cut = 1; cut < 50; cut++) {
      try (var channel = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
        channel.truncate(whole - cut);
      }
      assertThat(EventLog.read(path)).isEqualTo(allButOne);
    }
  }

  @Test
  void goesOnFromACheckpointWithoutLaterEventsOrATornLine() throws IOException {
    Path path = written();
    Files.writeString(path, "{\"event\":\"step_lo", StandardOpenOption.APPEND);
    Event again = new StepLogged(3, 1, 0.25, 5e-4, 2000);
    try (EventLog log = EventLog.open(path, 2, trouble::add)) {
      log.write(again);
    }
    List<Event> expected = new ArrayList<>(EVENTS.subList(0, 9));
    expected.add(again);
    assertThat(EventLog.read(path)).isEqualTo(expected);
    assertThat(trouble).isEmpty();
  }

  /** After a checkpoint comes what was logged of processes; what follows will happen again. */
  @Test
  void resumesAfterItsCheckpointWithoutWhatWillHappenAgain() {
    Path path = folder.resolve("events.jsonl");
    CheckpointSaved within = new CheckpointSaved(4, 1, "checkpoint-4.safetensors");
    CheckpointSaved ended = new CheckpointSaved(4, 2, "checkpoint-4.safetensors");
    List<Event> kept =
        List.of(
            EVENTS.getFirst(),
            new Validated(4, 1, new Score(0.4, 0.5), 6.5),
            within,
            new Interrupted(4, 1),
            new Resumed(4, 1, "checkpoint-4"));
    EpochEnded epoch =
        new EpochEnded(4, 2, new Score(0.1, 0.75), Optional.empty(), Optional.empty(), 3.5);
    Finished end = new Finished(4, 2, new Score(0.1, 0.8), Optional.empty(), 7.5);
    try (EventLog log = EventLog.open(path, -1, trouble::add)) {
      kept.forEach(log::write);
      log.write(epoch);
      log.write(end);
    }
    EventLog.resume(path, within, trouble::add).close();
    assertThat(EventLog.read(path)).isEqualTo(kept);

    // a process that was killed between a checkpoint and its event
    try (EventLog log = EventLog.open(path, 4, trouble::add)) {
      log.write(epoch);
    }
    List<Event> whole = new ArrayList<>(kept);
    whole.addAll(List.of(epoch, ended));
    for (int i = 0; i < 2; i++) {
      try (EventLog log = EventLog.resume(path, ended, trouble::add)) {
        assertThat(EventLog.read(path)).isEqualTo(whole);
        log.write(end);
      }
    }
    assertThat(trouble).isEmpty();
  }

  @Test
  void namesADamagedLineAndGoesOnFromBeforeIt() throws IOException {
    Path path = written();
    List<String> lines = new ArrayList<>(Files.readAllLines(path));
    lines.set(2, lines.get(2).substring(5));
    Files.write(path, lines);
    assertThatThrownBy(() -> EventLog.read(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(path + ": line 3 is damaged: ");
    EventLog.open(path, 5, trouble::add).close();
    assertThat(trouble).singleElement().asString().contains("line 3 is damaged");
    assertThat(EventLog.read(path)).isEqualTo(EVENTS.subList(0, 2));
  }

  @Test
  void goesOnFromBeforeALineThatIsTooLongToBeAnEvent() throws IOException {
    Path path = written();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1L << 30); // zeros, and no newline
    }
    EventLog.open(path, 5, trouble::add).close();
    assertThat(trouble)
        .singleElement()
        .asString()
        .isEqualTo(
            path
                + ": line 16 is damaged: expected at most 4194304 bytes, got more; the log goes on from before it");
    assertThat(EventLog.read(path)).isEqualTo(EVENTS);
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void writesThroughNoLinkAndIntoNothingThatIsNoFile() throws Exception {
    Path other = Files.writeString(folder.resolve("other.txt"), "of somebody else");
    Path link = Files.createSymbolicLink(folder.resolve("link.jsonl"), other);
    Path pipe = folder.resolve("pipe.jsonl");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path file : List.of(link, pipe)) {
      assertThatThrownBy(() -> EventLog.open(file, -1, trouble::add))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(file + ": cannot be opened: it is a");
    }
    assertThat(other).hasContent("of somebody else");
  }

  @Test
  void namesAMissingNumber() throws IOException {
    Path path = folder.resolve("events.jsonl");
    Files.writeString(path, "{\"event\":\"interrupted\",\"step\":7}\n");
    assertThatThrownBy(() -> EventLog.read(path))
        .hasMessage(path + ": line 1 is damaged: expected `epoch` as int, got null");
  }

  @Test
  void passesOverEventsOfALaterCrema() throws IOException {
    Path path = folder.resolve("events.jsonl");
    Files.writeString(
        path,
        "{\"event\":\"from_the_future\",\"step\":1}\n"
            + "{\"event\":\"interrupted\",\"time\":\"2026-01-01T00:00:00Z\",\"step\":1,\"epoch\":0,\"mood\":\"calm\"}\n");
    assertThat(EventLog.read(path)).containsExactly(new Interrupted(1, 0));
  }

  /** /dev/full takes no byte, as a full disk. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsReportedOnceAndStopsNothing() throws IOException {
    Path path = folder.resolve("events.jsonl");
    RandomAccessFile full = new RandomAccessFile("/dev/full", "rw");
    try (EventLog log = new EventLog(path, trouble::add, full, 0)) {
      EVENTS.forEach(log::write);
    }
    assertThat(trouble)
        .singleElement()
        .asString()
        .startsWith(path + ": events are lost: ")
        .endsWith("the training goes on without them");
  }

  private Path written() {
    Path path = folder.resolve("events.jsonl");
    try (EventLog log = EventLog.open(path, 0, trouble::add)) {
      EVENTS.forEach(log::write);
    }
    return path;
  }
}
