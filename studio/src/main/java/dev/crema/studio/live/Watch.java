package dev.crema.studio.live;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** Tells browsers what has changed, about once a second; they ask for what they show. */
final class Watch {
  private static final int MOST_LISTENERS = 32;
  private static final long PERIOD_MILLIS = 1000;
  private static final int QUIET_PERIODS = 15;

  private final Shelf shelf;
  private final Semaphore listeners = new Semaphore(MOST_LISTENERS);
  private final AtomicLong jobs = new AtomicLong();

  Watch(Shelf shelf) {
    this.shelf = shelf;
  }

  /** Something about the jobs has changed. */
  void jobsChanged() {
    jobs.incrementAndGet();
  }

  /** Writes server-sent events until the browser has gone, which the next one shows. */
  void writeTo(OutputStream out) throws IOException, InterruptedException {
    if (!listeners.tryAcquire()) {
      return; // so many pages are none of one user
    }
    try {
      Map<String, String> versions = versions();
      long seenJobs = jobs.get();
      write(out, ": hello\n\n");
      for (int quiet = 0; ; quiet++) {
        Thread.sleep(PERIOD_MILLIS);
        Map<String, String> now = versions();
        if (!now.equals(versions)) {
          List<String> changed = new ArrayList<>();
          for (Map.Entry<String, String> entry : now.entrySet()) {
            if (!entry.getValue().equals(versions.get(entry.getKey()))) {
              changed.add(entry.getKey());
            }
          }
          boolean list = !now.keySet().equals(versions.keySet());
          Map<String, Object> news = new LinkedHashMap<>();
          news.put("changed", changed);
          news.put("list", list);
          event(out, "runs", news);
          versions = now;
          quiet = 0;
        }
        if (jobs.get() != seenJobs) {
          seenJobs = jobs.get();
          event(out, "jobs", Map.of());
          quiet = 0;
        }
        if (quiet >= QUIET_PERIODS) {
          write(out, ": still here\n\n");
          quiet = 0;
        }
      }
    } finally {
      listeners.release();
    }
  }

  private Map<String, String> versions() {
    Map<String, String> versions = new LinkedHashMap<>();
    shelf.summaries().forEach((id, summary) -> versions.put(id, summary.version()));
    return versions;
  }

  private static void event(OutputStream out, String name, Map<String, ?> data) throws IOException {
    write(out, "event: " + name + "\ndata: " + JSON.std.asString(data) + "\n\n");
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
