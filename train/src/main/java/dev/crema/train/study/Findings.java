package dev.crema.train.study;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.crema.train.AtomicFile;
import dev.crema.train.CheckpointException;
import dev.crema.train.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a study found, and how it is shown. */
public sealed interface Findings permits SizeFindings, BatchFindings {
  /** All figures by their JSON names; errors are parts, from 0 to 1. */
  Map<String, Object> toMap();

  /** Tables, errors in %, and what they say in words. */
  String text();

  /** The figures of the cells as rows, the names of the columns first. */
  List<List<String>> rows();

  /** The figures as pictures. */
  List<Chart> charts();

  /** The cell with the lowest test error; of several, the first. */
  static Result best(List<Result> results) {
    Result.checkAny(results);
    return results.stream().min(Comparator.comparingDouble(Result::testError)).orElseThrow();
  }

  /**
   * Writes {@code study.json}, {@code study.csv} and a file for each chart.
   *
   * @param folder is made if it is not there; older files of these names are replaced
   * @return the files
   * @throws CheckpointException if one cannot be written
   */
  default List<Path> write(Path folder, Chart.Format format) {
    try {
      Files.createDirectories(folder);
      List<Path> files = new ArrayList<>();
      files.add(folder.resolve("study.json"));
      String json = JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(toMap());
      AtomicFile.write(files.getLast(), json + "\n");
      files.add(folder.resolve("study.csv"));
      AtomicFile.write(files.getLast(), Table.csv(rows()));
      for (Chart chart : charts()) {
        files.add(folder.resolve(chart.name() + format.ending()));
        AtomicFile.write(files.getLast(), out -> chart.write(out, format));
      }
      return files;
    } catch (CheckpointException e) {
      throw e;
    } catch (IOException e) {
      throw new CheckpointException(folder, "cannot be written: " + e.getMessage(), e);
    }
  }

  /** The columns that every study has, for {@link #rows}. */
  static List<String> columns() {
    return List.of(
        "parameters",
        "multiply_adds",
        "rate",
        "train_error",
        "validation_error",
        "test_error",
        "test_error_deviation",
        "train_seconds",
        "diverged");
  }

  /** A cell's figures in the columns that every study has; what it lacks is empty. */
  static List<String> row(Result result) {
    Map<String, Object> figures = result.figures();
    return columns().stream().map(column -> cell(figures, column)).toList();
  }

  private static String cell(Map<String, Object> figures, String column) {
    Object figure = figures.getOrDefault(column, "");
    return figure instanceof Double number ? Text.number(number) : String.valueOf(figure);
  }

  /** A chart of the searches: validation error against learning rate. */
  static Chart rates(List<Result> results) {
    List<Chart.Line> lines = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      List<Trial> tried =
          results.get(i).tried().stream().filter(trial -> !trial.diverged()).toList();
      lines.add(
          new Chart.Line(
              results.get(i).cell().label(),
              i,
              false,
              tried.stream().map(Trial::rate).toList(),
              tried.stream().map(trial -> 100 * Trial.error(trial.validation())).toList()));
    }
    return new Chart(
        "rates",
        "The search: validation error by learning rate",
        new Chart.Axis("learning rate", true),
        new Chart.Axis("validation error, %", false),
        lines.stream().filter(line -> !line.x().isEmpty()).toList());
  }

  /** A pair of lines of one colour: test errors, and training errors dashed. */
  static Stream<Chart.Line> errors(String label, int colour, List<Double> x, List<Result> results) {
    return Stream.of(
        new Chart.Line(
            label + ": test",
            colour,
            false,
            x,
            results.stream().map(result -> 100 * result.testError()).toList()),
        new Chart.Line(
            label + ": training",
            colour,
            true,
            x,
            results.stream().map(result -> 100 * result.trainError()).toList()));
  }
}
