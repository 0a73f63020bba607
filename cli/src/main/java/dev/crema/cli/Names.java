package dev.crema.cli;

import dev.crema.data.Datasets;
import dev.crema.data.Nearest;
import dev.crema.train.ConfigurationException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
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
    throw new ParameterException(
        command.commandLine(), unknown(given, "the name of " + kind, names));
  }

  /** As {@link #known}, for the datasets. */
  static String dataset(CommandSpec command, String given) {
    return known(command, "a dataset", given, Datasets.names());
  }

  /**
   * Gives back the name of a dataset, or the path of a folder that exists, made absolute: a run is
   * resumed from anywhere.
   */
  static String datasetOrFolder(CommandSpec command, String given) {
    return find(given)
        .orElseThrow(() -> new ParameterException(command.commandLine(), noData(given)));
  }

  /**
   * As {@link #datasetOrFolder(CommandSpec, String)}, for a name that an experiment file gives.
   *
   * @throws ConfigurationException if it is neither
   */
  static String datasetOrFolder(String file, String given) {
    return find(given)
        .orElseThrow(() -> new ConfigurationException(file + ": `data`: " + noData(given)));
  }

  /** Whether this is the name of a dataset, or the path of a folder that exists. */
  static boolean isDatasetOrFolder(String given) {
    return find(given).isPresent();
  }

  private static Optional<String> find(String given) {
    if (Datasets.names().contains(given)) {
      return Optional.of(given);
    }
    try {
      return Optional.of(Path.of(given))
          .filter(Files::isDirectory)
          .map(folder -> folder.toAbsolutePath().normalize().toString());
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static String noData(String given) {
    return unknown(given, "a folder of IDX files, or the name of a dataset", Datasets.names());
  }

  private static String unknown(String given, String expected, Collection<String> names) {
    String meant =
        Nearest.nearest(given, names).map(near -> "; did you mean " + near + "?").orElse("");
    return "%s: expected %s (%s)%s".formatted(given, expected, String.join(", ", names), meant);
  }
}
