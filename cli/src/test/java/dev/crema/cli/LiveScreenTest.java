package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.cli.Dashboard.Line;
import dev.crema.train.Event;
import dev.crema.train.Event.EpochEnded;
import dev.crema.train.Event.Finished;
import dev.crema.train.Event.LossesLogged;
import dev.crema.train.Event.Started;
import dev.crema.train.Event.StepLogged;
import dev.crema.train.Event.Warned;
import dev.crema.train.Score;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LiveScreenTest {
  private static final String ENTER = "\u001b[?1049h\u001b[?25l";
  private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
  private static final String COLOUR = "\u001b\\[[0-9]+m";

  private static final List<Event> EVENTS =
      List.of(
          new Started(0, "lenet", "mnist", 7, 4, 64, 2, 100, 61_706),
          new StepLogged(10, 0, 2.25, 1e-3, 40_000),
          new LossesLogged(100, 0, 10, 10, List.of(2.25, 1.5, 1.25, 1.0, 0.75)),
          epoch(1, 0.5, 0.625),
          new StepLogged(150, 1, 0.5, 5e-4, 50_000),
          epoch(2, 0.75, 0.6875));

  private static final Event FINISHED =
      new Finished(200, 2, new Score(0.25, 0.75), Optional.of(new Score(0.5, 0.8125)), 65);

  private final StringWriter err = new StringWriter();
  private Terminal.Size size = new Terminal.Size(80, 24);
  private long now;
  private final Dashboard dashboard = new Dashboard(() -> now);

  private static EpochEnded epoch(int epoch, double train, double validation) {
    return new EpochEnded(
        100L * epoch,
        epoch,
        new Score(0.25, train),
        Optional.of(new Score(0.375, validation)),
        Optional.empty(),
        2);
  }

  private LiveScreen screen(boolean colours) {
    return new LiveScreen(new PrintWriter(err), dashboard, () -> size, colours);
  }

  private LiveScreen told() {
    LiveScreen screen = screen(false);
    for (Event event : EVENTS) {
      screen.accept(event);
      now += 1_000_000_000L;
    }
    return screen;
  }

  private List<String> frame() {
    return dashboard.frame(size.columns(), size.rows()).stream().map(Line::text).toList();
  }

  @Test
  void showsFiguresAndCurves() {
    told();
    assertThat(frame())
        .startsWith("lenet on mnist, seed 7, 61,706 parameters")
        .anyMatch(line -> line.matches("\u2588+\u258c?\u00b7+  50 %"))
        .contains(
            "epoch 2/4  step 100/100  ETA 0:04  loss 0.5000  50,000 images/s",
            "learning rate 0.000500")
        .anyMatch(line -> line.matches("loss of batches 0.5000 +accuracy of epochs 0.7500"))
        .anyMatch(line -> line.matches("validation loss 0.3750 +validation accuracy 0.6875"));
  }

  @ParameterizedTest
  @CsvSource({"200,60", "80,24", "79,10", "40,24", "40,9", "20,8", "12,4", "1,1"})
  void fitsIntoAnyTerminal(int columns, int rows) {
    told().accept(new Warned(150, "something that the training survived, and a long story"));
    size = new Terminal.Size(columns, rows);
    assertThat(frame())
        .hasSizeBetween(1, rows)
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
  }

  @Test
  void entersOnceAndDrawsInPlace() {
    LiveScreen screen = told();
    screen.draw();
    screen.draw();
    assertThat(err.toString()).startsWith(ENTER + "\u001b[1;1H").containsOnlyOnce(ENTER);
    assertThat(err.toString()).doesNotContain("\n").doesNotContainPattern(COLOUR);
  }

  @Test
  void seesThatItsTerminalWasResized() {
    LiveScreen screen = told();
    assertThat(screen.resize()).isFalse();
    size = new Terminal.Size(30, 5);
    assertThat(screen.resize()).isTrue();
    screen.draw();
    assertThat(err.toString()).contains("\u001b[5;1H").doesNotContain("\u001b[6;1H");
  }

  @Test
  void leavesASummaryAtTheEnd() {
    LiveScreen screen = told();
    screen.draw();
    screen.accept(new Warned(150, "the disk is full"));
    screen.accept(FINISHED);
    String end = err.toString().substring(err.toString().indexOf(LEAVE));
    assertThat(end.lines())
        .startsWith(LEAVE + "lenet on mnist, seed 7, 61,706 parameters")
        .anyMatch(line -> line.contains("loss of batches"))
        .contains(
            "epochs 2  steps 200  train 0.7500 (loss 0.2500)  validation 0.6875 (loss 0.3750)",
            "test 0.8125 (loss 0.5000)  time 1:05  50,000 images/s")
        .endsWith("warning: the disk is full");
    screen.close();
    screen.draw();
    screen.accept(new Warned(200, "late"));
    assertThat(err.toString())
        .containsOnlyOnce(LEAVE)
        .endsWith("warning: late" + System.lineSeparator());
  }

  @Test
  void bringsTheCursorBackAfterAFault() {
    try (LiveScreen screen = told()) {
      screen.draw();
    }
    assertThat(err.toString()).containsOnlyOnce(LEAVE);
  }

  @Test
  void leavesNothingOfATrainingThatNeverStarted() {
    screen(true).close();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void coloursAreForThoseWhoWantThem() {
    try (LiveScreen screen = screen(true)) {
      EVENTS.forEach(screen);
      screen.draw();
    }
    assertThat(err.toString()).containsPattern(COLOUR);
  }
}
