package dev.crema.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionsTest {
  @TempDir private Path folder;

  @Test
  void writesItsTensorsInOneOrderAndReadsThemInAny() {
    Path file = folder.resolve("predictions.safetensors");
    new Predictions(new byte[] {1, 0}, new long[] {1, 1}, new float[] {0.75f, 0.5f}).write(file);
    Map<String, Tensor> tensors = Safetensors.read(file).tensors();
    assertThat(List.copyOf(tensors.keySet())).containsExactly("labels", "classes", "confidences");

    Safetensors.write(file, new TreeMap<>(tensors), Map.of());
    Predictions read = Predictions.read(file);
    assertThat(read.count()).isEqualTo(2);
    assertThat(read.isCorrect(0)).isTrue();
    assertThat(read.isCorrect(1)).isFalse();
    assertThat(read.confidence(1)).isEqualTo(0.5);
  }
}
