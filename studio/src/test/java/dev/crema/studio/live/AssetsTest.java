package dev.crema.studio.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The files of the page. */
class AssetsTest {
  private static final Pattern IMPORT = Pattern.compile("from '\\./([^']+)'");
  private static final Pattern REFERENCE = Pattern.compile("\"(assets/[^\"]+)\"");

  private final Assets assets = new Assets();

  @Test
  void areServedWhereverThePageAsksForThem() {
    Map<String, byte[]> files = assets.files();
    assertThat(matches(REFERENCE, assets.page()))
        .contains("assets/app.js")
        .allSatisfy(reference -> assertThat(files).containsKey("/" + reference));
    files.forEach((path, bytes) -> {
      if (path.endsWith(".js") && !path.contains("uPlot")) {
        assertThat(matches(IMPORT, bytes))
            .allSatisfy(name -> assertThat(files).as(path).containsKey("/assets/" + name));
      }
    });
  }

  @Test
  void neverReadTextAsHtml() {
    assets
        .files()
        .forEach((path, bytes) -> {
          if (path.endsWith(".js") && !path.contains("uPlot")) {
            assertThat(new String(bytes, StandardCharsets.UTF_8))
                .as(path)
                .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write");
          }
        });
  }

  private static List<String> matches(Pattern pattern, byte[] text) {
    return pattern
        .matcher(new String(text, StandardCharsets.UTF_8))
        .results()
        .map(result -> result.group(1))
        .toList();
  }
}
