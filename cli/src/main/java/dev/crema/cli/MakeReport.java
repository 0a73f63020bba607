package dev.crema.cli;

import dev.crema.studio.HtmlReport;
import dev.crema.train.AtomicFile;
import dev.crema.train.Run;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code crema report}: one HTML file about runs. */
@Command(
    name = "report",
    description = {
      "Write one HTML file about a run, or about several and how they compare: readable offline,"
          + " to hand in.",
      "Nothing is trained, fetched or changed; a run may still go on."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.ModuleVersion.class)
final class MakeReport implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;
  @Mixin private NetOption net;

  @Parameters(arity = "1..*", paramLabel = "RUN", description = "Directories of runs.")
  private List<Path> folders;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "The file to write (default: ${DEFAULT-VALUE}).")
  private Path file = Path.of("report.html");

  @Option(
      names = "--pictures",
      paramLabel = "FOLDER",
      description = "Write each picture as an SVG file in there too.")
  private @Nullable Path pictures;

  @Override
  public Integer call() {
    List<Run> runs =
        folders.stream()
            .map(folder -> folder.toAbsolutePath().normalize())
            .distinct()
            .map(Run::open)
            .toList();
    HtmlReport report =
        HtmlReport.of(
            Session.experiments(runs, net).entrySet().stream()
                .map(entry -> new HtmlReport.Source(entry.getKey(), entry.getValue()))
                .toList());
    String html = report.html();
    AtomicFile.write(file, html);
    List<String> files = new ArrayList<>();
    if (pictures != null) {
      report.writePictures(pictures).forEach(picture -> files.add(picture.toString()));
    }
    report.missing().forEach(line -> Terminal.say(spec, line));
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("file", file.toString());
    result.put("bytes", html.getBytes(StandardCharsets.UTF_8).length);
    result.put("runs", runs.stream().map(run -> run.folder().toString()).toList());
    result.put("pictures", files);
    result.put("missing", report.missing());
    json.output().result(result, file.toString());
    return ExitCodes.DONE;
  }
}
