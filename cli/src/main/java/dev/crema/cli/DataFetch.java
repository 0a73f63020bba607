package dev.crema.cli;

import dev.crema.data.DataException;
import dev.crema.data.Fetcher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema data fetch}: brings a dataset into Crema's cache. */
@Command(
    name = "fetch",
    description = "Bring a dataset into Crema's cache, checked, and print its folder.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class DataFetch implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Parameters(paramLabel = "NAME", description = "The dataset; `crema data list` names them.")
  private String name;

  @Option(
      names = "--from",
      paramLabel = "FOLDER",
      description = "A folder with its files, asked before any other source.")
  private @Nullable Path from;

  @Override
  public Integer call() {
    Names.dataset(spec, name);
    Fetcher fetcher = new Fetcher(spec.commandLine().getErr()::println);
    if (from != null && !Files.isDirectory(from)) {
      throw new DataException(from + ": expected a folder to fetch from, but there is none");
    }
    Path folder =
        Interrupt.cleaningUp(() -> from == null ? fetcher.fetch(name) : fetcher.fetch(name, from));
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", name);
    object.put("folder", folder.toString());
    json.output().result(object, folder.toString());
    return ExitCodes.DONE;
  }
}
