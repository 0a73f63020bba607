package dev.crema.studio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.data.Dataset;
import dev.crema.data.Datasets;
import dev.crema.engine.Engine;
import dev.crema.nn.Conv2d;
import dev.crema.nn.Dense;
import dev.crema.nn.Flatten;
import dev.crema.nn.Graph;
import dev.crema.nn.Identity;
import dev.crema.nn.Loss;
import dev.crema.nn.MaxPool2d;
import dev.crema.nn.Net;
import dev.crema.nn.Relu;
import dev.crema.train.Experiment;
import dev.crema.train.Feed;
import dev.crema.train.NetYaml;
import dev.crema.train.Optimizer;
import dev.crema.train.Outcome;
import dev.crema.train.Predictions;
import dev.crema.train.Run;
import dev.crema.train.Trainer;
import dev.crema.train.Training;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** Reports of real runs, on 300 images of Fashion-MNIST whose classes have hostile names. */
class HtmlReportTest {
  private static final Path SAMPLE = Path.of("../data/src/test/resources/fashion-sample");
  private static final String SCRIPT = "<script>alert(1)</script>";
  private static final String BREAKOUT = "\"/><img src=x onerror=alert(2)>' ]]>&amp;\u202e\u0007";

  private static final Net CONV =
      Net.chain(
          new Conv2d(4, 3),
          new Relu(),
          new MaxPool2d(2),
          Net.sum(new Conv2d(4, 3).padding(1), new Identity()),
          new Flatten(),
          new Dense(10));
  private static final Net PLAIN = Net.chain(new Flatten(), new Dense(10));

  @TempDir private static Path shared;
  private static Path data;
  private static HtmlReport.Source trained;
  private static Outcome outcome;

  @TempDir private Path folder;

  @BeforeAll
  static void train() throws IOException {
    data = Files.createDirectory(shared.resolve("data"));
    try (var files = Files.newDirectoryStream(SAMPLE, "*.gz")) {
      for (Path file : files) {
        Files.copy(file, data.resolve(file.getFileName()));
      }
    }
    Files.write(
        data.resolve("classes.txt"),
        List.of(SCRIPT, BREAKOUT.replace("\u0007", ""), "c", "d", "e", "f", "g", "h", "i", "j"));
    Experiment experiment = experiment(BREAKOUT, CONV, 1, 3);
    Run run = Run.create(shared.resolve("a<b>&\"c'"), experiment);
    outcome = train(run, experiment);
    trained = new HtmlReport.Source(run, experiment);
  }

  private static Experiment experiment(String name, Net net, long seed, int epochs) {
    Training training =
        new Training(Optimizer.adam(0.01)).batch(10).epochs(epochs).seed(seed).validation(0.2);
    return new Experiment(
        name, net, NetYaml.write(net), new Feed(data.toString()), Loss.of(net), training);
  }

  private static Outcome train(Run run, Experiment experiment) {
    Dataset images = Datasets.load(data.toString());
    Graph graph = Graph.of(experiment.net(), experiment.feed().input(images.train()));
    try (Engine engine = new Engine(1)) {
      return new Trainer(experiment, graph, images, engine, event -> {}, () -> false).train(run);
    }
  }

  /** On images that are other ones with another seed. */
  private HtmlReport.Source trained(String name, Net net, long seed) {
    Experiment experiment = experiment(name, net, seed, 2);
    experiment = experiment.feed(experiment.feed().limit(80));
    Run run = Run.create(folder.resolve(name + seed), experiment);
    train(run, experiment);
    return new HtmlReport.Source(run, experiment);
  }

  private static Page page(HtmlReport.Source... sources) {
    return Page.parse(HtmlReport.of(List.of(sources)).html());
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * part);
  }

  @Test
  void holdsEverySectionAndTheRunsFigures() {
    HtmlReport report = HtmlReport.of(List.of(trained));
    assertThat(report.missing()).isEmpty();
    Page page = Page.parse(report.html());
    assertThat(page.texts("//h2"))
        .containsExactly(
            "Result and experiment",
            "Network",
            "Data",
            "Training",
            "Parameters over the training",
            "Weights",
            "Test");
    assertThat(page.texts("//dl/div[dt='test accuracy']/dd"))
        .containsExactly(percent(outcome.test().orElseThrow().accuracy()));
    assertThat(page.texts("//pre").getFirst()).contains("adam:", "validation: 0.2");
    assertThat(page.texts("//section[@id='network']//tr[td='parameters']/td[2]"))
        .first()
        .isEqualTo("%,d".formatted(outcome.parameters()));
    assertThat(page.texts("//*[local-name()='svg']/*[local-name()='title']"))
        .contains(
            "Loss per epoch",
            "Accuracy per epoch",
            "Loss per step",
            "Learning rate",
            "Update-to-parameter ratio",
            "First layer: what each output looks for",
            "Confusion matrix",
            "Calibration",
            "The most confident mistakes",
            "0.weight",
            "0.bias",
            "5.weight");
    assertThat(page.texts("//section[@id='training']//*[@class='note']"))
        .anyMatch(text -> text.startsWith("best epoch: "));
  }

  /** The numbers in the cells, added up, are those of the predictions. */
  @Test
  void theConfusionMatrixIsThatOfThePredictions() {
    Page page = page(trained);
    Predictions predictions = Predictions.read(trained.run().predictions());
    String cells = "//*[local-name()='svg'][*='Confusion matrix']//*[starts-with(@class,'count')]";
    assertThat(page.texts(cells).stream().mapToInt(Integer::parseInt).sum())
        .isEqualTo(predictions.count());
    long ofFirst =
        IntStream.range(0, predictions.count()).filter(i -> predictions.label(i) == 0).count();
    long right =
        IntStream.range(0, predictions.count())
            .filter(i -> predictions.label(i) == 0 && predictions.isCorrect(i))
            .count();
    assertThat(page.texts("//section[@id='test']//table/tbody/tr[1]/td"))
        .startsWith(SCRIPT, String.valueOf(ofFirst))
        .element(4)
        .isEqualTo(percent((double) right / ofFirst));
  }

  @Test
  void showsHostileNamesAsText() {
    Page page = page(trained);
    assertThat(page.texts("//h1").getFirst())
        .startsWith("\"/><img src=x onerror=alert(2)>' ]]>&amp;\ufffd\ufffd on ")
        .endsWith("a<b>&\"c'");
    assertThat(page.texts("//section[@id='test']//td")).contains(SCRIPT);
    assertThat(
            page.nodes(
                "//script | //iframe | //object | //form | //base | //link | //a[not(starts-with(@href,'#'))]"))
        .isEmpty();
    assertThat(page.nodes("//@*[starts-with(name(),'on')] | //@style | //img")).isEmpty();
    assertThat(page.texts("//@href | //@src"))
        .allMatch(address -> address.startsWith("#") || address.startsWith("data:image/png;"));
  }

  /** A browser shows the page with no other style than this, and runs nothing. */
  @Test
  void itsPolicyAllowsItsOwnStyleAndNothingElse() throws Exception {
    Page page = page(trained);
    String style = page.texts("//style").getFirst();
    assertThat(style)
        .as("HTML does not decode what is escaped in a style")
        .doesNotContainPattern("[<>&\"']");
    String digest =
        Base64.getEncoder()
            .encodeToString(
                MessageDigest.getInstance("SHA-256")
                    .digest(style.getBytes(StandardCharsets.UTF_8)));
    assertThat(page.texts("//meta[@http-equiv='Content-Security-Policy']/@content"))
        .containsExactly("default-src 'none'; img-src data:; style-src 'sha256-" + digest + "'");
  }

  @Test
  void theSameRunsMakeTheSameFileAndStayAsTheyAre() throws IOException {
    List<String> before = contents(trained.run().folder());
    String first = HtmlReport.of(List.of(trained)).html();
    assertThat(HtmlReport.of(List.of(trained)).html()).isEqualTo(first);
    assertThat(contents(trained.run().folder())).isEqualTo(before);
  }

  private static List<String> contents(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files
          .sorted()
          .map(file -> file + " " + file.toFile().lastModified() + " " + file.toFile().length())
          .toList();
    }
  }

  @Test
  void anOldRunSaysWhatItLacks() throws IOException {
    HtmlReport.Source old = trained("old", PLAIN, 1);
    Path events = old.run().events();
    Files.write(
        events,
        Files.readAllLines(events).stream()
            .filter(line -> !line.contains("parameter_measured"))
            .toList());
    Files.delete(old.run().predictions());
    Files.delete(old.run().folder().resolve("data.json"));
    HtmlReport report = HtmlReport.of(List.of(old));
    assertThat(report.missing())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("Parameters over the training: Histograms of"))
        .anyMatch(line -> line.startsWith("Test: The predictions are left out: "));
    Page page = Page.parse(report.html());
    assertThat(page.texts("//*[@class='missing']")).hasSize(2);
    assertThat(page.texts("//dl/div/dt")).contains("test accuracy");
  }

  @Test
  void saysWhatItRanOnWithUnits() {
    Page page = page(trained);
    assertThat(page.texts("//tr[td='max heap']/td[2]").getFirst()).matches("[0-9.]+ [MG]B");
    assertThat(page.texts("//tr[td='started']/td[2]").getFirst())
        .matches("20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC");
  }

  @Test
  void whatIsDamagedIsLeftOutAndSaidAndTheOtherRunsStay() throws IOException {
    HtmlReport.Source good = trained("good", PLAIN, 1);
    HtmlReport.Source bad = trained("bad", PLAIN, 2);
    Path files = bad.run().folder();
    Files.writeString(files.resolve("events.jsonl"), "oops\n", StandardOpenOption.APPEND);
    for (String name : List.of("results.json", "environment.json", "data.json")) {
      Files.writeString(files.resolve(name), "{oops");
    }
    Files.writeString(files.resolve("predictions.safetensors"), "oops");
    Files.writeString(files.resolve("checkpoints/final.safetensors"), "oops");
    HtmlReport report = HtmlReport.of(List.of(bad));
    assertThat(report.missing())
        .anyMatch(line -> line.contains("events.jsonl: line "))
        .anyMatch(line -> line.contains("results.json"))
        .anyMatch(line -> line.contains("environment.json"))
        .anyMatch(line -> line.startsWith("Data: ") && line.contains("data.json"))
        .anyMatch(line -> line.startsWith("Test: ") && line.contains("predictions.safetensors"));
    Page page = Page.parse(report.html());
    assertThat(page.texts("//*[local-name()='svg']/*[local-name()='title']"))
        .as("what was logged before the damage")
        .contains("Loss per epoch");
    Page both = page(good, bad);
    assertThat(both.texts("//dl/div/dt")).contains("test accuracy");
    assertThat(both.texts("//*[@class='missing']"))
        .anyMatch(text -> text.startsWith("The figures are left out: "));
  }

  @Test
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void aLogWithoutNewlinesIsLeftOut() throws IOException {
    HtmlReport.Source source = trained("huge", PLAIN, 1);
    Path events = source.run().events();
    long whole = Files.size(events);
    for (long size : List.of(whole + (1L << 27), 1L << 30)) {
      try (RandomAccessFile file = new RandomAccessFile(events.toFile(), "rw")) {
        file.setLength(size);
      }
      assertThat(HtmlReport.of(List.of(source)).missing())
          .singleElement()
          .asString()
          .contains("events.jsonl: ", "expected at most ");
    }
  }

  @Test
  void aRunThatHasNotBegunAndWhoseDataAreGoneHasAReport() {
    Experiment experiment =
        experiment("gone", PLAIN, 1, 2).feed(new Feed(folder.resolve("nowhere").toString()));
    Run run = Run.create(folder.resolve("begun"), experiment);
    HtmlReport report = HtmlReport.of(List.of(new HtmlReport.Source(run, experiment)));
    assertThat(report.missing())
        .hasSize(7)
        .anyMatch(line -> line.startsWith("Data: Samples of the data are left out: "))
        .anyMatch(line -> line.startsWith("Weights: The weights are left out: "))
        .anyMatch(line -> line.endsWith("no epoch has ended yet"));
    Page.parse(report.html());
  }

  /** Otherwise the mistakes would be shown with the images of others. */
  @Test
  void showsNoImagesOfDataThatChanged() throws IOException {
    HtmlReport.Source run = trained("changed", PLAIN, 1);
    Path note = run.run().folder().resolve("data.json");
    Files.writeString(
        note, Files.readString(note).replaceFirst("\"sha256\" : \"....", "\"sha256\" : \"0000"));
    assertThat(HtmlReport.of(List.of(run)).missing())
        .hasSize(2)
        .allMatch(line -> line.contains("changed since the run began"));
  }

  @Test
  void comparesSeveralRuns() {
    HtmlReport.Source one = trained("plain", PLAIN, 1);
    HtmlReport.Source two = trained("plain", PLAIN, 2);
    HtmlReport.Source three = trained("conv", CONV, 1);
    HtmlReport.Source four = trained("conv", CONV, 2);
    Page page = page(one, two, three, four);
    assertThat(page.texts("//h1")).containsExactly("4 runs compared");
    double mean =
        List.of(one, two).stream()
            .map(source -> source.run().results().orElseThrow().get("test_accuracy"))
            .mapToDouble(accuracy -> ((Number) accuracy).doubleValue())
            .average()
            .orElseThrow();
    assertThat(page.texts("//section[@id='comparison']//tr[td='plain']/td").subList(0, 2))
        .containsExactly("plain", String.format(Locale.ROOT, "%.2f", 100 * mean));
    assertThat(page.texts("//section[@id='comparison']//li").getFirst())
        .startsWith("plain and conv: not distinguishable");
    assertThat(page.texts("//section[@id='comparison']//tr[td='net[0]']/td"))
        .containsExactly("net[0]", "flatten", "");
    assertThat(page.texts("//section[@id='comparison']//tr[td='seed']")).isEmpty();
    assertThat(page.texts("//*[local-name()='svg']/*[local-name()='title']"))
        .contains(
            "Test accuracy by network",
            "Accuracy against parameters",
            "Accuracy against multiply-adds",
            "Accuracy against seconds",
            "Validation accuracy",
            "Validation loss");
    assertThat(page.texts("//details/summary")).hasSize(4);
    List<String> ids = page.texts("//@id");
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void saysWhyRunsCannotBePaired() {
    Page page = page(trained("plain", PLAIN, 1), trained("conv", CONV, 2));
    assertThat(page.texts("//section[@id='comparison']//li"))
        .anyMatch(
            line -> line.startsWith("Note: the networks were not trained with the same seeds"))
        .noneMatch(line -> line.contains("distinguishable"));
  }

  @Test
  void writesEachPictureAsAFile() throws IOException {
    HtmlReport report = HtmlReport.of(List.of(trained));
    List<Path> files = report.writePictures(folder.resolve("pictures"));
    int inPage = Page.parse(report.html()).nodes("//*[local-name()='svg']").size();
    assertThat(files).hasSize(inPage).doesNotHaveDuplicates();
    for (Path file : files) {
      Page picture = Page.parse(Files.readString(file));
      assertThat(picture.nodes("/*[local-name()='svg']/*[local-name()='style']")).hasSize(1);
    }
    assertThat(folder.resolve("pictures/test-confusion.svg")).exists();
  }
}
