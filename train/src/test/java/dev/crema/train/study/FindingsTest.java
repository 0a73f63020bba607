package dev.crema.train.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.train.study.BatchPlan.Equal;
import dev.crema.train.study.BatchPlan.Member;
import dev.crema.train.study.Grid.Question;
import dev.crema.train.study.Trial.Point;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made results, of which the right words are known. */
class FindingsTest {
  @TempDir private Path folder;

  /** Depth 1 learns too little, depth 2 is right, depth 4 learns the images by heart. */
  private static SizeFindings sizes() {
    Grid grid = Made.grid(List.of(1, 2, 4), List.of(16));
    Map<Size, Result> results = new LinkedHashMap<>();
    for (Size size : grid.sizes()) {
      Cell cell = grid.cell(size, Made.base());
      results.put(
          size,
          switch (size.depth()) {
            case 1 -> Made.result(cell, 0.12, 0.15);
            case 2 -> Made.result(cell, 0.05, 0.1);
            default -> Made.result(cell, 0.01, size.width() == 16 ? 0.13 : 0.105);
          });
    }
    return new SizeFindings(
        "halves", 10_000, List.of(1L), Question.DEPTH, results, grid.slices(Question.DEPTH));
  }

  @Test
  void tellsUnderFittingFromOverFitting() {
    // noise at 0.1 and 0.105 on 10,000 images: 1.96 sqrt((0.09 + 0.094) / 10,000) = 0.0084
    assertThat(sizes().words())
        .contains(
            "at width 16: depth 2 has the lowest test error (test 10.00 %, training 5.00 %);"
                + " under-fit: depth 1 (test 15.00 %, training 12.00 %);"
                + " over-fit: depth 4 (test 13.00 %, training 1.00 %)")
        .anySatisfy(line ->
            assertThat(line)
                .matches(
                    "at about 2,514 parameters: 2x16 has the lowest test error \\(test 10.00 %, training 5.00 %\\);"
                        + " as good within the noise of the test images: 4x9 \\(test 10.50 %, training 1.00 %\\);"
                        + " under-fit: 1x209 \\(test 15.00 %, training 12.00 %\\)"))
        .last()
        .asString()
        .startsWith("over all (depth x width): 2x16 has the lowest test error")
        .contains("over-fit: 4x16")
        .contains("under-fit: 1x16, 1x209");
  }

  @Test
  void fewerTestImagesMakeMoreNoise() {
    Cell cell = Made.grid(List.of(1), List.of(8)).cell(new Size(1, 8), Made.base());
    Result best = Made.result(cell, 0.05, 0.1);
    Result other = Made.result(cell, 0.12, 0.15);
    assertThat(Fit.of(other, best, 10_000)).isEqualTo(Fit.UNDER);
    assertThat(Fit.of(other, best, 200)).isEqualTo(Fit.GOOD);
  }

  @Test
  void showsTrainAndTestErrorAndTheirGap() {
    assertThat(sizes().text())
        .startsWith(
            "halves, seed 1: errors in %, those on 10,000 test images from one use, after the last epoch; rates chosen by validation")
        .containsPattern("2 +16 +2,514 +[\\d,]+ +0.003 +5.00 +20.00 +10.00 +- +5.00 +2.0 +as good")
        .containsPattern("at about 2,514 parameters\\R.*\\R +1 +209 +2,510 \\(-0.2 %\\)")
        .contains("note: one seed:")
        .doesNotContain("a better may lie beyond");
  }

  @Test
  void notesASearchThatEndedAtItsEnd() {
    Cell cell = Made.grid(List.of(1), List.of(8)).cell(new Size(1, 8), Made.base());
    Trial first = Made.trial(0.1, 1, 0.2, 0.2, 0.2);
    Result result =
        new Result(
            cell,
            List.of(first, Made.trial(0.3, 1, 0.2, 0.3, 0.1)),
            List.of(first, Made.trial(0.1, 2, 0.2, 0.2, 0.3)));
    assertThat(result.testError()).as("of the chosen rate alone").isEqualTo(0.25);
    assertThat(Result.notes(List.of(result)))
        .containsExactly(
            "the best rate is the lowest or highest that was tried, and a better may lie beyond: depth 1, width 8");
  }

  @Test
  void writesTablesAndCharts() throws IOException {
    SizeFindings findings = sizes();
    List<Path> files = findings.write(folder.resolve("png"), Chart.Format.PNG);
    assertThat(files)
        .extracting(file -> String.valueOf(file.getFileName()))
        .containsExactly(
            "study.json",
            "study.csv",
            "depth.png",
            "matched.png",
            "parameters.png",
            "multiply-adds.png",
            "rates.png");
    for (Path file : files.subList(2, files.size())) {
      BufferedImage image = ImageIO.read(file.toFile());
      assertThat(image.getWidth()).isEqualTo(900);
    }
    Map<String, Object> json = JSON.std.mapFrom(Files.readString(files.getFirst()));
    assertThat(json).containsEntry("study", "depth").containsKeys("words", "slices", "notes");
    assertThat(Files.readAllLines(files.get(1)))
        .hasSize(1 + findings.results().size())
        .startsWith(
            "depth,width,parameters,multiply_adds,rate,train_error,validation_error,test_error,test_error_deviation,train_seconds,diverged,verdict")
        .contains("2,16,2514,88160,0.003,0.05,0.2,0.1,,2,0,good");

    List<Path> drawn = findings.write(folder.resolve("svg"), Chart.Format.SVG);
    assertThat(Files.readString(drawn.getLast()).contains("<svg")).isTrue();
    assertThat(Files.readString(drawn.getLast()).contains("stroke:rgb(0,114,178)"))
        .as("a line in the first colour")
        .isTrue();
  }

  @Test
  void chartsHaveLogarithmicAxesWhereThingsDouble() {
    assertThat(sizes().charts())
        .extracting(Chart::name, chart -> chart.x().logarithmic())
        .contains(tuple("rates", true), tuple("parameters", true));
    Chart depth = sizes().charts().getFirst();
    assertThat(depth.lines()).extracting(Chart.Line::label).contains("width 16: test");
    assertThat(depth.lines().getFirst().x()).containsExactly(1.0, 2.0, 4.0);
    assertThat(depth.lines().getFirst().y()).containsExactly(15.0, 10.0, 13.0);
    assertThat(depth.lines().getLast().dashed()).as("training errors are dashed").isTrue();
  }

  private static BatchFindings batches(OptionalDouble target) {
    BatchPlan plan =
        new BatchPlan(
            Made.base(),
            Made.grid(List.of(1), List.of(8)).cell(new Size(1, 8), Made.base()).graph(),
            List.of(16, 64),
            640,
            OptionalDouble.empty());
    Map<Member, Result> results = new LinkedHashMap<>();
    for (Member member : plan.members(_ -> 1000)) {
      boolean small = member.batch() == 16;
      results.put(
          member,
          Made.result(
              plan.cell(member),
              0.05,
              small ? 0.1 : 0.2,
              new Point(10, small ? 0.5 : 0.25, small ? 0.85 : 0.7),
              new Point(20, small ? 1 : 0.5, small ? 0.88 : 0.833)));
    }
    double common = BatchFindings.commonTarget(List.copyOf(results.values()));
    return new BatchFindings("made", "halves", 10_000, List.of(1L), target.orElse(common), results);
  }

  @Test
  void countsStepsAndSecondsToATargetThatAllReach() {
    BatchFindings findings = batches(OptionalDouble.empty());
    assertThat(findings.target()).as("0.833 is the lowest of the highest").isEqualTo(0.83);
    assertThat(findings.words())
        .contains(
            "equal epochs: batch 16 has the lowest test error (test 10.00 %, training 5.00 %); over-fit: batch 64 (test 20.00 %, training 5.00 %)",
            "to 83 % of the validation images right: the fewest steps are 10, with batch 16 (equal epochs); the fewest seconds are 0.50, with batch 16 (equal epochs)");
    assertThat(findings.text())
        .containsPattern("equal steps\\R.*\\R +16 +0.003 +\\d\\.\\d\\d +30 .* 10 +0.50 +as good");
  }

  @Test
  void saysWhatDoesNotReachTheTarget() {
    BatchFindings findings = batches(OptionalDouble.of(0.85));
    assertThat(findings.rows())
        .anySatisfy(
            row -> assertThat(row).startsWith("epochs", "64", "30").endsWith("", "", "over"))
        .anySatisfy(
            row -> assertThat(row).startsWith("epochs", "16", "120").endsWith("10", "0.5", "good"));
    assertThat(batches(OptionalDouble.of(0.99)).words())
        .last()
        .isEqualTo("no batch size has 99 % of the validation images right");
    assertThat(batches(OptionalDouble.of(0.99)).charts())
        .extracting(Chart::name)
        .containsExactly("errors", "rates");
  }

  @Test
  void equalBudgetsAreEqual() {
    BatchPlan plan =
        new BatchPlan(
            Made.base(),
            Made.grid(List.of(1), List.of(8)).cell(new Size(1, 8), Made.base()).graph(),
            List.of(256, 16, 64),
            1000,
            OptionalDouble.empty());
    // 3 epochs of 63, 16 and 4 steps; a larger batch is twice as fast
    List<Member> members =
        plan.members(experiment -> experiment.training().batch() == 256 ? 2000 : 1000);
    assertThat(members)
        .containsExactly(
            new Member(Equal.EPOCHS, 16, 189, 3),
            new Member(Equal.EPOCHS, 64, 48, 3),
            new Member(Equal.EPOCHS, 256, 12, 3),
            new Member(Equal.STEPS, 16, 48, 48 / 63.0),
            new Member(Equal.STEPS, 64, 48, 3),
            new Member(Equal.STEPS, 256, 48, 12),
            // 48 steps of 64 at 1,000 images a second: 3.072 s
            new Member(Equal.SECONDS, 16, 192, 192 / 63.0),
            new Member(Equal.SECONDS, 64, 48, 3),
            new Member(Equal.SECONDS, 256, 24, 6));
    Cell part = plan.cell(members.get(3));
    assertThat(part.experiment().training().steps()).hasValue(48);
    assertThat(part.experiment().training().epochs()).isEqualTo(1);
    assertThat(plan.cell(members.get(1)).experiment())
        .as("the middle is one experiment, whatever is equal")
        .isEqualTo(plan.cell(members.get(4)).experiment())
        .isEqualTo(plan.cell(members.get(7)).experiment());
    assertThat(plan.cell(members.get(8)).experiment().training().steps()).isEmpty();
  }
}
