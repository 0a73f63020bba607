package dev.crema.cli;

import dev.crema.data.Datasets;
import dev.crema.data.Nearest;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks names on the command line: an unknown one is a wrong use. */
final class Names {
  private Names() {}

  /**
   * Gives the name back when it is known.
   *
   * @param kind what it names, with its article, such as "a network"
   * @throws ParameterException otherwise, with the nearest known name
   */
  static String known(CommandSpec command, String kind, String given, Collection<String> names) {
    if (names.contains(given)) {
      return given;
    }
    throw unknown(command, given, "the name of " + kind, names);
  }

  /** As {@link #known}, for the datasets. */
  static String dataset(CommandSpec command, String given) {
    return known(command, "a dataset", given, Datasets.names());
  }

  /** Gives back the name of a dataset, or the path of a folder that exists. */
  static String datasetOrFolder(CommandSpec command, String given) {
    if (Datasets.names().contains(given) || isFolder(given)) {
      return given;
    }
    throw unknown(
        command, given, "a folder of IDX files, or the name of a dataset", Datasets.names());
  }

  private static boolean isFolder(String given) {
    try {
      return Files.isDirectory(Path.of(given));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static ParameterException unknown(
      CommandSpec command, String given, String expected, Collection<String> names) {
    String meant =
        Nearest.nearest(given, names).map(near -> "; did you mean " + near + "?").orElse("");
    return new ParameterException(
        command.commandLine(),
        "%s: expected %s (%s)%s".formatted(given, expected, String.join(", ", names), meant));
  }
}
