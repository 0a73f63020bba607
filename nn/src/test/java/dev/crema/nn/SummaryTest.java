package dev.crema.nn;

import static dev.crema.nn.Net.chain;
import static dev.crema.nn.Net.concat;
import static dev.crema.nn.Net.named;
import static dev.crema.nn.Net.sum;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final Net LENET =
      chain(
          new Conv2d(6, 5).padding(2),
          new Relu(),
          new MaxPool2d(2),
          new Conv2d(16, 5),
          new MaxPool2d(2),
          new Flatten(),
          new Dense(120),
          new Relu(),
          new Dense(84),
          new Relu(),
          new Dense(10));

  private static Summary of(Net net, Shape input) {
    return Summary.of(Graph.of(net, input));
  }

  @Test
  void writesLenetAsATable() {
    // 156 = 6 * 1 * 5 * 5 + 6; multiply-adds 117,600 + 240,000 + 48,000 + 10,080 + 840;
    // 13,402 outputs: 2 * 13,402 * 4 / 2^20 = 0.102
    assertThat(of(LENET, Shape.image(1, 28, 28)).plannedBytes(3 << 19).text())
        .isEqualTo(
            """
            Layer        Input              Output           Params
            Conv2d-1     [[1, 1, 28, 28]]   [1, 6, 28, 28]      156
            Relu-1       [[1, 6, 28, 28]]   [1, 6, 28, 28]        0
            MaxPool2d-1  [[1, 6, 28, 28]]   [1, 6, 14, 14]        0
            Conv2d-2     [[1, 6, 14, 14]]   [1, 16, 10, 10]   2,416
            MaxPool2d-2  [[1, 16, 10, 10]]  [1, 16, 5, 5]         0
            Flatten-1    [[1, 16, 5, 5]]    [1, 400]              0
            Dense-1      [[1, 400]]         [1, 120]         48,120
            Relu-2       [[1, 120]]         [1, 120]              0
            Dense-2      [[1, 120]]         [1, 84]          10,164
            Relu-3       [[1, 84]]          [1, 84]               0
            Dense-3      [[1, 84]]          [1, 10]             850

            Total params: 61,706
            Trainable params: 61,706
            Non-trainable params: 0
            Multiply-adds: 416,520
            Input size (MB): 0.00
            Forward/backward pass size (MB): 0.10
            Params size (MB): 0.24
            Estimated Total Size (MB): 0.34
            Planned memory (MB): 1.50
            """);
  }

  @Test
  void tellsRunningStatisticsFromWhatIsLearnt() {
    Summary summary = of(new BatchNorm(), Shape.image(3, 8, 8));
    assertThat(summary.parameters()).isEqualTo(12);
    assertThat(summary.trainable()).isEqualTo(6);
    assertThat(summary.text()).contains("Non-trainable params: 6\n").doesNotContain("Planned");
  }

  @Test
  void showsWhatAJoinReads() {
    Net net =
        chain(
            sum(named("main", new Conv2d(4, 1)), new Identity()),
            concat(new Identity(), new Conv2d(2, 1)));
    Summary summary = of(net, Shape.image(4, 2, 2));
    assertThat(summary.rows())
        .extracting(Summary.Row::layer)
        .containsExactly("Conv2d-1", "Identity-1", "Sum-1", "Identity-2", "Conv2d-2", "Concat-1");
    assertThat(summary.rows().getFirst().path()).isEqualTo("0.main");
    assertThat(summary.text())
        .contains("Concat-1    [[1, 4, 2, 2], [1, 2, 2, 2]]  [1, 6, 2, 2]       0\n");
  }

  @Test
  void givesTheNumbersAsAMap() {
    Summary summary = of(new Dense(1 << 18), Shape.features(1)).plannedBytes(4096);
    assertThat(summary.toMap())
        .containsEntry("parameters", 1L << 19)
        .containsEntry("trainable", 1L << 19)
        .containsEntry("multiply_adds", 1L << 18)
        .containsEntry("input_mb", 4 / 1048576.0)
        .containsEntry("forward_backward_mb", 2.0)
        .containsEntry("params_mb", 2.0)
        .containsEntry("total_mb", 4 + 4 / 1048576.0)
        .containsEntry("planned_bytes", 4096L)
        .containsEntry(
            "layers",
            List.of(
                Map.of(
                    "path",
                    "0",
                    "layer",
                    "Dense-1",
                    "input",
                    List.of(List.of(1)),
                    "output",
                    List.of(1 << 18),
                    "parameters",
                    1L << 19,
                    "multiply_adds",
                    1L << 18)));
  }
}
