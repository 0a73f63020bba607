package dev.crema.cli;

import dev.crema.data.Datasets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code crema data list}: the datasets that Crema knows by name. */
@Command(
    name = "list",
    description = "List the datasets that Crema knows by name, and where they are.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class DataList implements Callable<Integer> {
  @Mixin private JsonOption json;

  @Override
  public Integer call() {
    Output output = json.output();
    for (String name : Datasets.names()) {
      Optional<Path> folder = Datasets.locate(name);
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("name", name);
      object.put("present", folder.isPresent());
      folder.ifPresent(path -> object.put("folder", path.toString()));
      output.result(
          object,
          "%-14s %s"
              .formatted(
                  name,
                  folder
                      .map(path -> "in " + path)
                      .orElse("not here yet; get it with: crema data fetch " + name)));
    }
    return ExitCodes.DONE;
  }
}
