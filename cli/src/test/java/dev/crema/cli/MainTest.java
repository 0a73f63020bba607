package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int crema(String... args) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  @Test
  void versionIsTheOneMavenBuilt() {
    assertThat(crema("--version")).isZero();
    assertThat(out.toString()).matches("crema \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\\R");
  }

  @Test
  void helpGoesToStandardOutput() {
    assertThat(crema("--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: crema");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void noSubcommandIsAWrongUse() {
    assertThat(crema()).isEqualTo(2);
    assertThat(err.toString()).startsWith("Usage: crema");
    assertThat(out.toString()).isEmpty();
  }
}
