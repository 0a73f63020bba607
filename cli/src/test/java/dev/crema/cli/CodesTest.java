package dev.crema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.crema.data.DataException;
import dev.crema.train.CheckpointException;
import dev.crema.train.ConfigurationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.Runtime.Version;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CodesTest {
  @Test
  void everyFaultHasItsCode() {
    assertThat(ExitCodes.of(new IllegalStateException())).isEqualTo(1);
    assertThat(ExitCodes.of(new DataException("d"))).isEqualTo(3);
    assertThat(ExitCodes.of(new ConfigurationException("c"))).isEqualTo(3);
    assertThat(ExitCodes.of(new CheckpointException(Path.of("f"), "c"))).isEqualTo(5);
    assertThat(ExitCodes.of(new UncheckedIOException(new IOException()))).isEqualTo(5);
    assertThat(ExitCodes.of(new InterruptedException())).isEqualTo(130);
    assertThat(ExitCodes.of(new DataException("d", new InterruptedException()))).isEqualTo(130);
  }

  @Test
  void aMissingFileIsSaidInWords() {
    StringWriter err = new StringWriter();
    var fault = new UncheckedIOException(new NoSuchFileException("a.png"));
    assertThat(Faults.report(fault, new PrintWriter(err))).isEqualTo(5);
    assertThat(err.toString())
        .isEqualTo("crema: a.png: there is no such file or folder" + System.lineSeparator());
  }

  @Test
  void theDoctorKnowsWhichJavaWillDo() {
    assertThat(Doctor.fit(Version.parse("25.0.2+10"))).isFalse();
    assertThat(Doctor.fit(Version.parse("25"))).isFalse();
    assertThat(Doctor.fit(Version.parse("25.0.3+9-LTS"))).isTrue();
    assertThat(Doctor.fit(Version.parse("26-ea"))).isTrue();
  }
}
