package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.interactions.PointerInput;
import org.openqa.selenium.interactions.Sequence;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Crema Studio in a browser, where there is one: the real server, real runs, real pages. */
class StudioBrowserTest {
  private static final Path BROWSER = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
  private static final Pattern ADDRESS = Pattern.compile("http://\\S+\\?token=\\S+");
  private static final String HOSTILE = "<img src=x onerror=alert(1)>";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The pixels of the first chart that have a colour: its lines, not its grid. */
  private static final String COLOURED_PIXELS =
      """
      const canvas = document.querySelector('.plot canvas');
      if (!canvas) return 0;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let coloured = 0;
      for (let i = 0; i < data.length; i += 4) {
        const [red, green, blue] = data.slice(i, i + 3);
        if (data[i + 3] > 0 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) coloured++;
      }
      return coloured;
      """;

  /** A PNG image, as Base64. */
  private static final String PICTURE =
      """
      const canvas = document.createElement('canvas');
      canvas.getContext('2d').fillRect(100, 20, 40, 100);
      return canvas.toDataURL('image/png').split(',')[1];
      """;

  /** The classes of elements that change in time by themselves. */
  private static final String MOVING =
      """
      return [...document.querySelectorAll('body *')].filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return transitionDuration.split(', ').some((each) => each !== '0s') || animationName !== 'none';
      }).map((element) => element.className).join(' ');
      """;

  @TempDir static Path folder;
  private static Process server;
  private static ChromeDriver browser;
  private static String home;

  @BeforeAll
  static void startServerAndBrowser() throws Exception {
    assumeTrue(
        Files.isExecutable(BROWSER) && Files.isExecutable(DRIVER),
        "skipped: it needs %s and %s, which Debian's chromium and chromium-driver bring"
            .formatted(BROWSER, DRIVER));
    CremaProcess.putSample(folder);
    train("first", "lenet", "1");
    train(HOSTILE, "softmax", "2");

    Path out = folder.resolve("studio.out");
    Path err = folder.resolve("studio.err");
    server = new CremaProcess(folder).start(out, err, "studio", "runs", "--port", "0");
    String address = address(out, err);

    browser = new ChromeDriver(service(), options());
    browser.get(address);
    until("the token is traded", () -> !address.equals(browser.getCurrentUrl()));
    home = address.substring(0, address.indexOf('?'));
    assertThat(browser.getCurrentUrl()).startsWith(home).doesNotContain("token");
  }

  @AfterAll
  static void stopThem() throws Exception {
    if (browser != null) {
      browser.quit();
    }
    if (server != null) {
      server.destroy();
      server.waitFor();
    }
  }

  @BeforeEach
  void openAfresh() {
    browser.get("about:blank");
    browser.get(home);
    until("the runs are listed", () -> !elements(".run").isEmpty());
  }

  @AfterEach
  void nothingWentWrongOnThePage() {
    List<String> severe =
        browser.manage().logs().get(LogType.BROWSER).getAll().stream()
            .map(LogEntry::toString)
            .filter(line -> line.contains("[SEVERE]"))
            .toList();
    assertThat(severe).isEmpty();
  }

  @Test
  void drawsChartsOfTheRuns() {
    until("the first chart has lines", () -> (Long) script(COLOURED_PIXELS) > 100);
    assertThat(elements(".card h3")).extracting(WebElement::getText).contains("Loss of batches");
    assertThat(element(".card .legend").getText())
        .as("values as text")
        .containsPattern("\\d\\.\\d");
  }

  @Test
  void showsNamesAsText() {
    assertThat(elements(".run .run-name"))
        .extracting(name -> name.getDomProperty("textContent"))
        .contains(HOSTILE, "first");
    for (String tab : List.of("charts", "parameters", "pictures", "compare", "try", "train")) {
      openTab(tab);
      until("the panel of " + tab + " has content", () -> !element("main").getText().isBlank());
      assertThat(elements("img[src='x']")).as(tab).isEmpty();
    }
  }

  @Test
  void showsATrainingWhileItRuns() throws Exception {
    Path out = folder.resolve("live.out");
    Process training =
        new CremaProcess(folder)
            .start(out, out, training("live", "lenet", "3", "--epochs", "2000"));
    try {
      until("the new run is listed", () -> row("live").contains("running"));
      String before = row("live");
      until("its figures change", () -> !row("live").equals(before));
      rowElement("live").findElement(By.xpath(".//button[text()='Stop']")).click();
      assertThat(training.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("it stops").isTrue();
      until("its end is shown", () -> row("live").contains("interrupted"));
    } finally {
      training.destroyForcibly().waitFor();
    }
  }

  @Test
  void namesWhatIsDrawn() {
    openTab("try");
    WebElement pad = element(".pad");
    until("a run is chosen", () -> !element("main select").getDomProperty("value").isEmpty());
    new Actions(browser)
        .moveToElement(pad, -60, -80)
        .clickAndHold()
        .moveToElement(pad, 60, -80)
        .moveToElement(pad, -20, 90)
        .release()
        .perform();
    until("there is an answer", () -> element(".answer").getText().endsWith("%"));
    assertThat(elements(".bars li")).hasSize(10);
    assertThat(script("return document.querySelector('.preview').width")).isEqualTo(28L);
    browser.findElement(By.xpath("//button[text()='Clear']")).click();
    until("it is forgotten", () -> elements(".bars li").isEmpty());
  }

  @Test
  void namesWhatAFingerDraws() {
    openTab("try");
    until("a run is chosen", () -> !element("main select").getDomProperty("value").isEmpty());
    PointerInput finger = new PointerInput(PointerInput.Kind.TOUCH, "finger");
    PointerInput.Origin pad = PointerInput.Origin.fromElement(element(".pad"));
    Sequence stroke = new Sequence(finger, 0);
    stroke.addAction(finger.createPointerMove(Duration.ZERO, pad, 0, -90));
    stroke.addAction(finger.createPointerDown(PointerInput.MouseButton.LEFT.asArg()));
    stroke.addAction(finger.createPointerMove(Duration.ofMillis(100), pad, 0, 90));
    stroke.addAction(finger.createPointerUp(PointerInput.MouseButton.LEFT.asArg()));
    browser.perform(List.of(stroke));
    until("there is an answer", () -> element(".answer").getText().endsWith("%"));
  }

  @Test
  void namesAnImageThatIsChosenDroppedOrPasted() throws Exception {
    openTab("try");
    until("a run is chosen", () -> !element("main select").getDomProperty("value").isEmpty());
    Path file = folder.resolve("image.png");
    String png = (String) script(PICTURE);
    Files.write(file, Base64.getDecoder().decode(png));
    element("main input[type=file]").sendKeys(file.toString());
    until("the chosen one has an answer", () -> element(".answer").getText().endsWith("%"));
    for (String event :
        List.of(
            "new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true })",
            "new ClipboardEvent('paste', { clipboardData: files, bubbles: true })")) {
      browser.findElement(By.xpath("//button[text()='Clear']")).click();
      until("the last is forgotten", () -> elements(".bars li").isEmpty());
      script(
          """
          const files = new DataTransfer();
          const bytes = Uint8Array.from(atob('%s'), (c) => c.charCodeAt(0));
          files.items.add(new File([bytes], 'image.png', { type: 'image/png' }));
          document.querySelector('.pad').dispatchEvent(%s);
          """
              .formatted(png, event));
      until(event + " has an answer", () -> element(".answer").getText().endsWith("%"));
    }
    script(
        """
        const files = new DataTransfer();
        files.items.add(new File(['text'], 'notes.txt', { type: 'text/plain' }));
        document.querySelector('.pad').dispatchEvent(
          new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
        """);
    until(
        "what is no image is refused",
        () -> element("main").getText().contains("notes.txt: expected a PNG or JPEG image"));
  }

  @Test
  void fitsAPhoneAndMovesNothingForWhoWantsThat() {
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 360, "height", 740, "deviceScaleFactor", 2, "mobile", true));
    browser.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    try {
      browser.navigate().refresh();
      until("the runs are listed", () -> !elements(".run").isEmpty());
      for (String tab : List.of("charts", "parameters", "pictures", "compare", "try", "train")) {
        openTab(tab);
        until("the panel of " + tab + " has content", () -> !element("main").getText().isBlank());
        assertThat((Long) script("return document.documentElement.scrollWidth"))
            .as("the width of " + tab)
            .isLessThanOrEqualTo(360);
        assertThat((String) script(MOVING)).as("what moves on " + tab).isEmpty();
      }
    } finally {
      browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
      browser.executeCdpCommand("Emulation.setEmulatedMedia", Map.of("features", List.of()));
    }
  }

  @Test
  void showsAChartOnTheFirstScreenOfAPhone() {
    assertThat(elements(".fold")).noneMatch(WebElement::isDisplayed);
    assertThat(element(".runs").isDisplayed()).as("the list beside the charts").isTrue();
    browser.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 390, "height", 844, "deviceScaleFactor", 2, "mobile", true));
    try {
      browser.navigate().refresh();
      until("the first chart has lines", () -> (Long) script(COLOURED_PIXELS) > 100);
      assertThat(
              ((Number)
                      script(
                          "return document.querySelector('.card').getBoundingClientRect().bottom"))
                  .doubleValue())
          .as("where the first chart and its values end")
          .isLessThan(844);
      for (String[] folded :
          new String[][] {{"Choose", ".runs"}, {"Axes and filters", ".tools select"}}) {
        WebElement button = browser.findElement(By.xpath("//button[text()='" + folded[0] + "']"));
        assertThat(button.getDomAttribute("aria-expanded")).isEqualTo("false");
        assertThat(element(folded[1]).isDisplayed()).as(folded[1]).isFalse();
        button.click();
        assertThat(button.getDomAttribute("aria-expanded")).isEqualTo("true");
        assertThat(element(folded[1]).isDisplayed()).as(folded[1]).isTrue();
        button.click();
        assertThat(element(folded[1]).isDisplayed()).as(folded[1]).isFalse();
      }
    } finally {
      browser.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    }
  }

  @Test
  void savesAChartAndItsPoints() throws Exception {
    until("the first chart has lines", () -> (Long) script(COLOURED_PIXELS) > 100);
    WebElement card = element(".card");
    card.findElement(By.xpath(".//button[text()='PNG']")).click();
    byte[] png = Files.readAllBytes(downloaded(".png"));
    assertThat(png).hasSizeGreaterThan(1000).startsWith(0x89, 'P', 'N', 'G');
    card.findElement(By.linkText("CSV")).click();
    assertThat(Files.readAllLines(downloaded(".csv")))
        .hasSizeGreaterThan(2)
        .first()
        .isEqualTo("run,name,seed,step,epoch,seconds,time,value");
  }

  private static void train(String name, String net, String seed) throws Exception {
    CremaProcess.Result result =
        new CremaProcess(folder).run(training(name, net, seed, "--epochs", "2"));
    assertThat(result.exit()).as(result.err()).isZero();
  }

  private static String[] training(String name, String net, String seed, String... more) {
    return Stream.concat(
            Stream.of("train", net, "--data", "sample", "--seed", seed, "--out", "runs/" + name),
            Stream.of(more))
        .toArray(String[]::new);
  }

  private static String address(Path out, Path err) throws IOException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end && server.isAlive()) {
      Matcher address = ADDRESS.matcher(Files.readString(out));
      if (address.find()) {
        return address.group();
      }
      Thread.sleep(100);
    }
    throw new AssertionError(
        "crema studio printed no address:%n%s%n%s"
            .formatted(Files.readString(out), Files.readString(err)));
  }

  private static ChromeDriverService service() {
    return new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build();
  }

  private static ChromeOptions options() throws IOException {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(BROWSER.toFile());
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,1000",
        "--user-data-dir=" + Files.createDirectory(folder.resolve("profile")));
    options.setExperimentalOption(
        "prefs",
        Map.of(
            "download.default_directory",
            Files.createDirectory(folder.resolve("downloads")).toString()));
    options.setCapability("goog:loggingPrefs", Map.of(LogType.BROWSER, "ALL"));
    return options;
  }

  private static void openTab(String name) {
    element("#tab-" + name).click();
  }

  private static WebElement element(String selector) {
    return browser.findElement(By.cssSelector(selector));
  }

  private static List<WebElement> elements(String selector) {
    return browser.findElements(By.cssSelector(selector));
  }

  private static WebElement rowElement(String name) {
    return element(".run:has(.run-name[title='" + name + "'])");
  }

  /** What the list says about a run; empty when it is not there. */
  private static String row(String name) {
    List<WebElement> rows = elements(".run:has(.run-name[title='" + name + "'])");
    return rows.isEmpty() ? "" : rows.getFirst().getText();
  }

  private static Object script(String body) {
    return ((JavascriptExecutor) browser).executeScript(body);
  }

  private static Path downloaded(String ending) {
    File downloads = folder.resolve("downloads").toFile();
    until(
        ending + " is saved",
        () -> downloads.listFiles((_, name) -> name.endsWith(ending)).length > 0);
    return downloads.listFiles((_, name) -> name.endsWith(ending))[0].toPath();
  }

  private interface Condition {
    boolean holds();
  }

  private static void until(String what, Condition condition) {
    new WebDriverWait(browser, PATIENCE)
        .withMessage(what)
        .ignoring(StaleElementReferenceException.class)
        .until(_ -> condition.holds());
  }
}
