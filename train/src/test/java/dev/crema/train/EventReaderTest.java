package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.crema.train.Event.CheckpointSaved;
import dev.crema.train.Event.Interrupted;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.ParameterMeasured;
import dev.crema.train.Event.StepLogged;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

class EventReaderTest {
  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("events.jsonl");
  }

  private static Event step(long step) {
    return new StepLogged(step, 0, 1.0 / step, 0.1, 1000);
  }

  private void write(long from, long to) {
    try (EventLog log = EventLog.open(path, from - 1, message -> {})) {
      LongStream.rangeClosed(from, to).forEach(step -> log.write(step(step)));
    }
  }

  private static List<Event> read(EventReader reader) {
    List<Event> events = new ArrayList<>();
    reader.read(Set.of(StepLogged.class), entry -> events.add(entry.event()));
    return events;
  }

  private static List<Event> steps(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(EventReaderTest::step).toList();
  }

  @Test
  void readsWhatWasWrittenSinceTheLastTime() {
    EventReader reader = new EventReader(path);
    assertThat(read(reader)).as("no file yet").isEmpty();
    write(1, 3);
    assertThat(read(reader)).isEqualTo(steps(1, 3));
    assertThat(read(reader)).isEmpty();
    write(4, 5000); // more than a buffer
    assertThat(read(reader)).isEqualTo(steps(4, 5000));
    assertThat(reader.isStale()).isFalse();
  }

  @Test
  void leavesATornLineForTheNextTime() throws IOException {
    write(1, 2);
    String whole = Files.readString(path);
    int cut = whole.length() - 10;
    Files.writeString(path, whole.substring(0, cut));
    EventReader reader = new EventReader(path);
    assertThat(read(reader)).isEqualTo(steps(1, 1));
    Files.writeString(path, whole.substring(cut), StandardOpenOption.APPEND);
    assertThat(read(reader)).isEqualTo(steps(2, 2));
  }

  @Test
  void noticesThatTheTrainingWasResumedFromBefore() {
    write(1, 9);
    EventReader reader = new EventReader(path);
    assertThat(read(reader)).hasSize(9);
    write(5, 9); // the same again, at other times
    assertThat(reader.isStale()).isTrue();
    write(5, 6);
    assertThat(reader.isStale()).as("shorter").isTrue();
  }

  @Test
  void readsOnlyTheKindsThatAreWantedAndWhenTheyWereWritten() {
    Instant before = Instant.now();
    try (EventLog log = EventLog.open(path, -1, message -> {})) {
      log.write(step(1));
      log.write(new CheckpointSaved(1, 0, "checkpoint-1.safetensors"));
      log.write(new Interrupted(1, 0));
    }
    List<EventReader.Entry> entries = new ArrayList<>();
    new EventReader(path).read(Set.of(Interrupted.class, StepLogged.class), entries::add);
    assertThat(entries)
        .extracting(EventReader.Entry::event)
        .containsExactly(step(1), new Interrupted(1, 0));
    assertThat(entries)
        .allSatisfy(entry -> assertThat(entry.time()).isBetween(before, Instant.now()));
  }

  @Test
  void readsTheFirstAndTheLastOfALongLog() throws IOException {
    assertThat(EventReader.first(path)).isEmpty();
    write(1, 3000);
    assertThat(EventReader.first(path).map(EventReader.Entry::event)).contains(step(1));
    List<Event> end = read(EventReader.ofEnd(path, 1000));
    assertThat(end).isNotEmpty().isEqualTo(steps(3001 - end.size(), 3000));
    assertThat(read(EventReader.ofEnd(path, Files.size(path)))).isEqualTo(steps(1, 3000));
    List<Event> beginning = read(EventReader.ofBeginning(path, 1000));
    assertThat(beginning).hasSizeBetween(5, 20).isEqualTo(steps(1, beginning.size()));
    assertThat(read(EventReader.ofBeginning(path, 1L << 40))).isEqualTo(steps(1, 3000));
  }

  @Test
  void namesTheLineThatIsDamaged() throws IOException {
    write(1, 2);
    Files.writeString(path, "{\"event\":\"step_logged\",oops}\n", StandardOpenOption.APPEND);
    EventReader reader = new EventReader(path);
    for (int again = 0; again < 2; again++) {
      assertThatThrownBy(() -> read(reader))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(path + ": line 3 is damaged: ");
    }
  }

  @Test
  void refusesALineThatIsTooLongToBeAnEvent() throws IOException {
    write(1, 2);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(1L << 30); // zeros, and no newline
    }
    assertThatThrownBy(() -> read(new EventReader(path)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(path + ": line 3 is damaged: expected at most 4194304 bytes");
    assertThatThrownBy(() -> EventReader.ofEnd(path, 1 << 28))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected at most 4194304 bytes");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(0);
      file.setLength(1L << 30);
    }
    assertThatThrownBy(() -> EventReader.first(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(path + ": line 1 is damaged: expected at most 4194304 bytes");
  }

  @Test
  void readsALineOfTheGreatestLength() throws IOException {
    String begin =
        "{\"event\":\"interrupted\",\"time\":\"2026-01-01T00:00:00Z\",\"step\":1,\"epoch\":0";
    Files.writeString(path, begin + " ".repeat((1 << 22) - begin.length() - 1) + "}\n");
    assertThat(EventLog.read(path)).containsExactly(new Interrupted(1, 0));
  }

  @Test
  void theMostLossesThatAreToldTogetherFitOntoALine() {
    List<Double> widest = Collections.nCopies(Trainer.MAX_LOSSES, -1.2345678901234567e-300);
    Event losses = new LossesLogged(1, 0, 10, 10, widest);
    try (EventLog log = EventLog.open(path, -1, message -> {})) {
      log.write(losses);
    }
    assertThat(EventLog.read(path)).containsExactly(losses);
  }

  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void readsNothingThroughALinkAndNothingThatIsNoFile() throws Exception {
    Path other = Files.writeString(folder.resolve("secret.txt"), "the secret of another file\n");
    Path link = Files.createSymbolicLink(folder.resolve("link.jsonl"), other);
    Path dangling = Files.createSymbolicLink(folder.resolve("dangling.jsonl"), Path.of("nowhere"));
    Path directory = Files.createDirectory(folder.resolve("directory.jsonl"));
    Path pipe = folder.resolve("pipe.jsonl");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path file : List.of(link, dangling, directory, pipe)) {
      List<ThrowingCallable> readings =
          List.of(
              () -> read(new EventReader(file)),
              () -> EventReader.first(file),
              () -> EventReader.ofEnd(file, 10).read(Set.of(StepLogged.class), entry -> {}),
              () -> EventReader.parameters(file));
      for (ThrowingCallable reading : readings) {
        assertThatThrownBy(reading)
            .isInstanceOf(CheckpointException.class)
            .hasMessageStartingWith(file + ": cannot be read: it is a")
            .hasMessageNotContaining("secret of");
      }
    }
  }

  @Test
  void refusesNumbersThatNoTrainingLogs() throws IOException {
    String counts = "0" + ",0".repeat(1000);
    Files.writeString(
        path,
        "{\"event\":\"parameter_measured\",\"time\":\"2026-01-01T00:00:00Z\",\"step\":1,\"epoch\":0,\"parameter\":\"w\",\"mean\":0,\"deviation\":0,\"low\":0,\"high\":0,\"counts\":[%s]}\n"
            .formatted(counts));
    assertThatThrownBy(() -> EventLog.read(path)).hasMessageContaining("line 1 is damaged");
    for (String time : List.of("+999999999-12-31T23:59:59Z", "-999999999-01-01T00:00:00Z")) {
      Files.writeString(
          path,
          "{\"event\":\"interrupted\",\"time\":\"%s\",\"step\":1,\"epoch\":0}\n".formatted(time));
      assertThatThrownBy(() -> EventReader.first(path))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("line 1 is damaged");
    }
  }

  @Test
  void saysOfALongValueHowItBegins() throws IOException {
    Files.writeString(
        path, "{\"event\":\"interrupted\",\"step\":\"%s\"}\n".formatted("x".repeat(100_000)));
    assertThatThrownBy(() -> EventLog.read(path))
        .hasMessageContaining("expected `step` as long, got xxxx")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1000));
  }

  private static Event measured(long step, String parameter) {
    return new ParameterMeasured(
        step, 0, parameter, 0.5, 1, -1, 1, List.of(1, 2), Optional.of(0.25));
  }

  @Test
  void readsWhatWasMeasuredOfOneParameter() {
    // names that are a part of another's, and that JSON must escape
    List<String> names = List.of("0.weight", "10.weight", "0.\"w\" \\ \u00e9", "0.w");
    assertThat(EventReader.parameters(path)).as("no file yet").isEmpty();
    try (EventLog log = EventLog.open(path, -1, message -> {})) {
      for (long step = 1; step <= 3; step++) {
        log.write(step(step));
        for (String name : names) {
          log.write(measured(step, name));
        }
      }
    }
    assertThat(EventReader.parameters(path)).containsExactlyElementsOf(names);
    for (String name : names) {
      List<Event> events = new ArrayList<>();
      EventReader reader = new EventReader(path);
      reader.read(name, entry -> events.add(entry.event()));
      reader.read(name, entry -> events.add(entry.event())); // nothing new
      assertThat(events).containsExactly(measured(1, name), measured(2, name), measured(3, name));
    }
  }
}
