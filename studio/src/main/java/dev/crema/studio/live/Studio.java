package dev.crema.studio.live;

import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import dev.crema.train.Run;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * A web server that shows the runs in a folder while they train, and starts and stops trainings.
 *
 * <p>It reads run directories, which trainings write without knowing of it, and writes nothing into
 * them but tags.
 */
public final class Studio implements AutoCloseable {
  private static final int MOST_PICTURE = 1 << 22;
  private static final int MOST_POINTS = 20_000;
  private static final int POINTS = 800;
  private static final int MOST_TAGS = 10;
  private static final int MOST_TAG_LENGTH = 40;

  /** A picture alone may bring its own style, and nothing else. */
  private static final String PICTURE_POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

  private final Path folder;
  private final Workshop workshop;
  private final String version;
  private final Server server;
  private final Shelf shelf;
  private final Watch watch;
  private final Jobs jobs;
  private final Predictor predictor;
  private final Pictures pictures;

  /**
   * Starts to serve.
   *
   * @param folder where the runs are, and where new ones go; it need not exist yet
   * @param address where to listen; port 0 takes any free one
   * @param version of Crema, to show
   * @param link is told each link that lets one browser in; after its use there is another
   * @throws IOException if the address cannot be had
   */
  public Studio(
      Path folder,
      InetSocketAddress address,
      String version,
      Workshop workshop,
      Consumer<String> link)
      throws IOException {
    this.folder = folder;
    this.workshop = workshop;
    this.version = version;
    server = new Server(address, address.getHostString(), link);
    shelf = new Shelf(folder);
    watch = new Watch(shelf);
    jobs = new Jobs(folder, shelf, workshop, watch::jobsChanged);
    predictor = new Predictor(workshop);
    pictures = new Pictures(workshop);
    addRoutes();
    server.start();
    Thread.ofVirtual().start(shelf::readAhead);
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  /** Serves no more; trainings go on. */
  @Override
  public void close() {
    server.close();
    predictor.close();
  }

  private void addRoutes() {
    Assets assets = new Assets();
    server.on("GET", "/", _ -> Answer.of(200, "text/html; charset=utf-8", assets.page()));
    assets
        .files()
        .forEach(
            (path, bytes) -> server.on("GET", path, _ -> Answer.of(200, Assets.type(path), bytes)));
    server.on("GET", "/api/studio", _ -> Answer.json(about()));
    server.on("GET", "/api/runs", _ -> Answer.json(list()));
    onRun("GET", "/api/run", (_, run) -> Answer.json(details(run)));
    server.on("GET", "/api/series", request -> Answer.json(series(request)));
    on("GET", "/api/series.csv", this::csv);
    onRun(
        "GET",
        "/api/histograms",
        (request, run) -> Answer.json(Histograms.of(run.run(), request.get("parameter"))));
    onRun("GET", "/api/pictures", (_, run) -> Answer.json(names(pictures.of(run))));
    onRun("GET", "/api/picture", this::picture);
    on("GET", "/api/report", this::report);
    onRun(
        "POST",
        "/api/predict",
        (request, run) ->
            Answer.json(
                predictor.predict(
                    run,
                    request.body().read("image/", MOST_PICTURE),
                    request.find("invert").filter("true"::equals).isPresent())));
    onRun("PUT", "/api/tags", (request, run) -> Answer.json(tag(run, request.json())));
    server.on(
        "POST",
        "/api/train",
        request -> Answer.json(202, Map.of("id", jobs.train(request.json()))));
    onRun(
        "POST",
        "/api/stop",
        (_, run) -> {
          jobs.stop(run);
          return Answer.json(202, Map.of());
        });
    onRun("POST", "/api/resume", (_, run) -> Answer.json(202, Map.of("id", jobs.resume(run))));
    server.on("GET", "/api/jobs", _ -> Answer.json(Map.of("jobs", jobs.list())));
    server.onStream("/api/events", watch::writeTo);
  }

  /** Answers a request about one run. */
  @FunctionalInterface
  private interface RunHandler {
    Answer answer(Request request, Summary run) throws IOException;
  }

  /** Adds a route about one run. */
  private void onRun(String method, String path, RunHandler handler) {
    on(method, path, request -> handler.answer(request, shelf.summary(request.get("run"))));
  }

  /** Adds a route about runs; what is wrong with the files of one is said as it is. */
  private void on(String method, String path, Server.Handler handler) {
    server.on(
        method,
        path,
        request -> {
          try {
            return handler.answer(request);
          } catch (CheckpointException | ConfigurationException e) {
            throw new Refusal(409, Failure.text(e));
          }
        });
  }

  private Map<String, Object> about() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("version", version);
    map.put("folder", folder.toString());
    map.put("nets", workshop.nets());
    map.put("datasets", workshop.datasets());
    return map;
  }

  private Map<String, Object> list() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("runs", shelf.now().values().stream().map(Summary::figures).toList());
    shelf.problem().ifPresent(problem -> map.put("problem", problem));
    return map;
  }

  private Map<String, Object> details(Summary summary) {
    Run run = summary.run();
    History history = shelf.history(summary);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("row", summary.figures());
    map.put("experiment", run.experimentText());
    map.put("settings", Summary.settings(run));
    map.put("environment", run.environmentInWords());
    map.put("results", run.results().orElse(Map.of()));
    map.put("metrics", history.metrics());
    map.put("parameters", history.parameters());
    map.put("warnings", history.warnings());
    return map;
  }

  private Map<String, Object> series(Request request) {
    String metric = metric(request);
    Axis axis = axis(request);
    int points = (int) Math.clamp((long) request.number("points", POINTS), 4, MOST_POINTS);
    double from = request.number("from", Double.NEGATIVE_INFINITY);
    double to = request.number("to", Double.POSITIVE_INFINITY);
    List<Map<String, Object>> all =
        request.runs().parallelStream()
            .map(id -> {
              Map<String, Object> map = new LinkedHashMap<>();
              map.put("run", id);
              Series series = Series.EMPTY;
              try {
                series = shelf.history(shelf.summary(id)).series(metric, axis, from, to);
              } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                map.put("problem", Failure.text(e)); // and the others are drawn
              }
              Series shown = series.thinned(points);
              map.put("total", series.total());
              map.put("shown", shown.xs().length);
              map.put("xs", shown.xs());
              map.put("ys", finite(shown.ys()));
              return map;
            })
            .toList();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("metric", metric);
    map.put("x", axis.name().toLowerCase(Locale.ROOT));
    map.put("series", all);
    return map;
  }

  private static String metric(Request request) {
    String metric = request.get("metric");
    if (metric.indexOf('/') < 1) {
      throw new Refusal(400, "`metric`: expected a name such as train/loss");
    }
    return metric;
  }

  private static Axis axis(Request request) {
    String name = request.find("x").orElse("step");
    return Arrays.stream(Axis.values())
        .filter(axis -> axis.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> new Refusal(400, "`x`: expected step, epoch, seconds or time"));
  }

  /** JSON has neither NaN nor infinities. */
  private static Object finite(double[] values) {
    return Arrays.stream(values).allMatch(Double::isFinite)
        ? values
        : Arrays.stream(values).mapToObj(y -> Double.isFinite(y) ? (Double) y : null).toArray();
  }

  private Answer csv(Request request) {
    String metric = metric(request);
    Axis axis = axis(request);
    double from = request.number("from", Double.NEGATIVE_INFINITY);
    double to = request.number("to", Double.POSITIVE_INFINITY);
    StringBuilder csv = new StringBuilder("run,name,seed,step,epoch,seconds,time,value\n");
    for (String id : request.runs()) {
      Summary run = shelf.summary(id);
      History history = shelf.history(run);
      Series series = history.series(metric, axis, from, to);
      double[] epochs = history.xs(metric, Axis.EPOCH, series);
      double[] seconds = history.xs(metric, Axis.SECONDS, series);
      double[] times = history.xs(metric, Axis.TIME, series);
      for (int i = 0; i < epochs.length; i++) {
        csv.append(id).append(',').append(quoted(run.name())).append(',').append(run.seed());
        csv.append(',').append(series.steps()[i]);
        csv.append(',').append(Math.rint(epochs[i] * 1e6) / 1e6);
        csv.append(',').append(Math.rint(seconds[i] * 1e6) / 1e6);
        csv.append(',').append(Math.round(times[i]));
        csv.append(',').append(series.ys()[i]).append('\n');
      }
    }
    String name = metric.replaceAll("[^a-z0-9.]+", "-") + ".csv";
    return Answer.text(200, "text/csv", csv.toString())
        .with("Content-Disposition", "attachment; filename=\"" + name + "\"");
  }

  /** A spreadsheet takes what begins with one of these for a formula. */
  private static String quoted(String text) {
    String safe = !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    return '"' + safe.replace("\"", "\"\"") + '"';
  }

  private static Map<String, Object> names(Pictures.Drawn drawn) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("pictures", drawn.svgs().keySet().stream().map(Studio::picture).toList());
    map.put("missing", drawn.missing());
    return map;
  }

  private static Map<String, String> picture(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("name", name);
    map.put("section", name.substring(0, Math.max(0, name.indexOf('-'))));
    return map;
  }

  private Answer picture(Request request, Summary run) {
    String svg = pictures.of(run).svgs().get(request.get("name"));
    if (svg == null) {
      throw new Refusal(404, "the run has no such picture; reload the list");
    }
    return Answer.text(200, "image/svg+xml", svg).with("Content-Security-Policy", PICTURE_POLICY);
  }

  private Answer report(Request request) {
    List<Run> runs = request.runs().stream().map(id -> shelf.summary(id).run()).toList();
    // its own policy is in the file, and is stricter than the one here
    return Answer.text(200, "text/html", pictures.report(runs).html())
        .with("Content-Security-Policy", PICTURE_POLICY);
  }

  private static Map<String, Object> tag(Summary run, Map<String, Object> wish) {
    if (!(wish.get("tags") instanceof List<?> list)
        || list.size() > MOST_TAGS
        || !list.stream().allMatch(tag -> tag instanceof String text && isTag(text))) {
      throw new Refusal(
          400,
          "`tags`: expected at most %s texts of 1 to %s characters"
              .formatted(MOST_TAGS, MOST_TAG_LENGTH));
    }
    List<String> tags = list.stream().map(Objects::toString).map(String::strip).distinct().toList();
    run.run().writeTags(tags);
    return Map.of("tags", tags);
  }

  private static boolean isTag(String text) {
    return !text.isBlank()
        && text.length() <= MOST_TAG_LENGTH
        && text.getBytes(StandardCharsets.UTF_8).length <= 4 * MOST_TAG_LENGTH
        && text.chars().noneMatch(Character::isISOControl);
  }
}
