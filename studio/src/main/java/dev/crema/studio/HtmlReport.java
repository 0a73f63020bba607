package dev.crema.studio;

import dev.crema.studio.draw.Element;
import dev.crema.train.AtomicFile;
import dev.crema.train.CheckpointException;
import dev.crema.train.Experiment;
import dev.crema.train.Run;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One HTML file about one run or several: no script, nothing from the net, all pictures within.
 *
 * <p>It is made of run directories alone, and of their data sets where these are on this machine;
 * of what is not there it says so. The same directories make the same file.
 */
public final class HtmlReport {
  private static final String CHARTS = resource("charts.css");
  private static final String STYLE = CHARTS + resource("page.css");

  private final List<Chapter> chapters;

  /** The sections about one run, or about all. */
  private record Chapter(String title, List<Section> sections) {}

  private HtmlReport(List<Chapter> chapters) {
    this.chapters = chapters;
  }

  /** A run, and what it trains. */
  public record Source(Run run, Experiment experiment) {}

  /**
   * Reads the runs.
   *
   * @param sources at least one
   * @throws dev.crema.nn.NetworkException if a network does not fit the images of its run
   */
  public static HtmlReport of(List<Source> sources) {
    List<Subject> subjects =
        sources.stream().map(source -> Subject.of(source.run(), source.experiment())).toList();
    List<Chapter> chapters = new ArrayList<>();
    if (subjects.size() > 1) {
      chapters.add(
          new Chapter(
              "%s runs compared".formatted(subjects.size()),
              List.of(Compared.of(subjects, "comparison"))));
    }
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      String id = subjects.size() == 1 ? "" : "run%s-".formatted(i + 1);
      chapters.add(
          new Chapter(
              "%s on %s, seed %s: %s"
                  .formatted(
                      subject.experiment().name(),
                      subject.experiment().feed().data(),
                      subject.experiment().training().seed(),
                      subject.name()),
              List.of(
                  Overview.of(subject, id + "overview"),
                  Structure.of(subject, id + "network"),
                  Samples.of(subject, id + "data"),
                  Curves.of(subject, id + "training"),
                  Parameters.of(subject, id + "parameters"),
                  Weights.of(subject, id + "weights"),
                  Tested.of(subject, id + "test"))));
    }
    return new HtmlReport(List.copyOf(chapters));
  }

  private Stream<Section> sections() {
    return chapters.stream().flatMap(chapter -> chapter.sections().stream());
  }

  /** What could not be shown, and why. */
  public List<String> missing() {
    return sections().flatMap(section -> section.missing().stream()).toList();
  }

  /** The page. */
  public String html() {
    String title = "Crema: " + chapters.getFirst().title();
    Element head =
        Element.of(
            "head",
            Element.of("meta").with("charset", "utf-8"),
            Element.of("meta")
                .with("http-equiv", "Content-Security-Policy")
                .with(
                    "content",
                    "default-src 'none'; img-src data:; style-src 'sha256-%s'"
                        .formatted(sha256(STYLE))),
            Element.of("meta")
                .with("name", "viewport")
                .with("content", "width=device-width, initial-scale=1"),
            Element.of("meta").with("name", "color-scheme").with("content", "light dark"),
            Element.of("title", title),
            Element.of("style", STYLE));
    Element main = Element.of("main", Element.of("h1", chapters.getFirst().title()), contents());
    for (int i = 0; i < chapters.size(); i++) {
      List<Element> sections = chapters.get(i).sections().stream().map(Section::html).toList();
      if (i == 0) {
        main.add(sections);
      } else {
        main.add(
            Element.of("details", Element.of("summary", chapters.get(i).title())).add(sections));
      }
    }
    main.add(Element.of("footer", "Made by crema report from the run directories."));
    return "<!DOCTYPE html>\n"
        + Element.of("html", head, Element.of("body", main)).with("lang", "en")
        + "\n";
  }

  /** Links to the sections about the first chapter; the others fold. */
  private Element contents() {
    Element links = Element.of("nav");
    for (Section section : chapters.getFirst().sections()) {
      links.add(Element.of("a", section.title()).with("href", "#" + section.id()));
    }
    return links;
  }

  /**
   * Writes each picture as an SVG file of its own.
   *
   * @return the files
   * @throws CheckpointException if one cannot be written
   */
  public List<Path> writePictures(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CheckpointException(
          folder, "cannot be made: " + e.getMessage() + "; choose another folder", e);
    }
    List<Path> files = new ArrayList<>();
    pictures()
        .forEach((name, svg) -> {
          Path file = folder.resolve(name + ".svg");
          AtomicFile.write(file, svg);
          files.add(file);
        });
    return files;
  }

  /** Each picture as the text of an SVG file of its own, by a name fit for a file. */
  public Map<String, String> pictures() {
    Map<String, String> pictures = new LinkedHashMap<>();
    sections()
        .flatMap(section -> section.pictures().stream())
        .forEach(
            picture -> pictures.put(free(picture.name(), pictures.keySet()), alone(picture.svg())));
    return pictures;
  }

  private static String free(String wanted, Set<String> taken) {
    String name = wanted;
    for (int i = 2; taken.contains(name); i++) {
      name = wanted + "-" + i;
    }
    return name;
  }

  /** A picture that brings its own colours, and paper below it. */
  private static String alone(Element svg) {
    Element paper =
        Element.of("rect").with("class", "paper").with("width", "100%").with("height", "100%");
    return svg.beginningWith(Element.of("style", CHARTS), paper) + "\n";
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it is in the jar of this class
    }
  }

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
