package dev.crema.data;

import dev.crema.engine.Listing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A place that may have the files of a dataset. What it gives is checked by whoever asked. */
sealed interface Source {
  /** One dataset takes seconds; what takes longer than this hangs. */
  Duration TIME_LIMIT = Duration.ofMinutes(5);

  /**
   * Makes the wanted files available in a folder, which need not be {@code workspace}.
   *
   * @param workspace an empty folder that is removed afterwards
   * @throws IOException says why this place cannot help
   * @throws UncheckedIOException when the workspace cannot be written
   */
  Path provide(Set<IdxPart> wanted, Path workspace) throws IOException, InterruptedException;

  /** A folder of this machine. */
  record Folder(Path folder) implements Source {
    @Override
    public Path provide(Set<IdxPart> wanted, Path workspace) throws IOException {
      if (!Files.isDirectory(folder)) {
        throw new IOException("there is no such folder");
      }
      return folder;
    }

    @Override
    public String toString() {
      return folder.toString();
    }
  }

  /** The dataset's own public address, below which the files lie compressed by gzip. */
  record Address(URI base) implements Source {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(3);
    private static final long MAX_BYTES = 256L << 20;

    @Override
    public Path provide(Set<IdxPart> wanted, Path workspace)
        throws IOException, InterruptedException {
      try (HttpClient client =
          HttpClient.newBuilder()
              .connectTimeout(CONNECT_LIMIT)
              .followRedirects(HttpClient.Redirect.NORMAL)
              .build()) {
        try {
          for (IdxPart part : wanted) {
            download(client, part.fileName() + ".gz", workspace);
          }
        } finally {
          client.shutdownNow();
        }
      }
      return workspace;
    }

    private void download(HttpClient client, String name, Path workspace)
        throws IOException, InterruptedException {
      HttpRequest request = HttpRequest.newBuilder(base.resolve(name)).timeout(TIME_LIMIT).build();
      // into memory first, so that a fault is either the address's or the disk's
      var body = BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES);
      try {
        // the request's own time limit ends with the headers, this one with the last byte
        HttpResponse<byte[]> answer =
            client.sendAsync(request, body).get(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
        if (answer.statusCode() != 200) {
          throw new IOException(request.uri() + " answered with status " + answer.statusCode());
        }
        save(answer.body(), workspace.resolve(name));
      } catch (ExecutionException e) {
        throw new IOException(request.uri() + ": " + reason(e), e);
      } catch (TimeoutException e) {
        throw new IOException(
            "%s: not finished after %s s".formatted(request.uri(), TIME_LIMIT.toSeconds()), e);
      }
    }

    private static void save(byte[] content, Path file) {
      try {
        Files.write(file, content);
      } catch (IOException e) {
        throw DiskFault.inCache(file, e);
      }
    }

    /** Java says nothing but the exception's name when there is no connection. */
    private static String reason(ExecutionException e) {
      Throwable cause = e.getCause();
      return cause instanceof ConnectException ? "no connection" : String.valueOf(cause);
    }

    @Override
    public String toString() {
      return base.toString();
    }
  }

  /**
   * A package that one of the machine's package clients brings; it is unpacked, never installed.
   *
   * @param commands run one after the other in the workspace; an argument such as {@code *.deb}
   *     stands for the one file there that it matches
   * @param folder where the files then are, within the workspace
   */
  record Package(List<List<String>> commands, String folder) implements Source {
    private static final int SHOWN_LINES = 8;

    public Package {
      commands = commands.stream().map(List::copyOf).toList();
    }

    @Override
    public Path provide(Set<IdxPart> wanted, Path workspace)
        throws IOException, InterruptedException {
      for (List<String> command : commands) {
        run(command, workspace);
      }
      return workspace.resolve(folder);
    }

    private static void run(List<String> command, Path workspace)
        throws IOException, InterruptedException {
      List<String> expanded = new ArrayList<>();
      for (String argument : command) {
        expanded.add(argument.startsWith("*") ? theOne(argument, workspace) : argument);
      }
      Path output = workspace.resolve(".output");
      Process process =
          new ProcessBuilder(expanded)
              .directory(workspace.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        process.getOutputStream().close(); // nobody is there to answer a question
        if (!process.waitFor(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
          throw new IOException(
              "%s: not finished after %s s; it said: %s"
                  .formatted(String.join(" ", expanded), TIME_LIMIT.toSeconds(), tail(output)));
        }
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s: ended with exit code %s and said: %s"
                .formatted(String.join(" ", expanded), process.exitValue(), tail(output)));
      }
    }

    private static String theOne(String pattern, Path workspace) throws IOException {
      List<String> found =
          Listing.of(workspace, pattern).stream()
              .map(file -> file.getFileName().toString())
              .toList();
      if (found.size() != 1) {
        throw new IOException("expected one file " + pattern + " to be downloaded, got " + found);
      }
      return found.getFirst();
    }

    private static String tail(Path output) throws IOException {
      List<String> lines =
          new String(Files.readAllBytes(output), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.isBlank())
              .toList();
      return lines.isEmpty()
          ? "(nothing)"
          : String.join(
              " | ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }

    @Override
    public String toString() {
      return "package client: " + String.join(" ", commands.getFirst());
    }
  }
}
