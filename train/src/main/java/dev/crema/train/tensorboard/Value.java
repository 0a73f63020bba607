package dev.crema.train.tensorboard;

import dev.crema.train.Event.ParameterMeasured;
import java.nio.ByteBuffer;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What a tag shows at one step, each a {@code Summary.Value}. */
final class Value {
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int IMAGE = 4;
  private static final int HISTO = 5;
  private static final int TENSOR = 8;
  private static final int METADATA = 9;

  private static final int RGB = 3;
  private static final int FLOAT = 1;

  private Value() {}

  static Message scalar(String tag, double number) {
    return new Message().text(TAG, tag).float32(SIMPLE_VALUE, (float) number);
  }

  /** The bins of a parameter; its sums are those of the numbers that were looked at. */
  static Message histogram(String tag, ParameterMeasured e) {
    double[] counts = e.counts().stream().mapToDouble(Integer::doubleValue).toArray();
    double[] limits =
        IntStream.rangeClosed(1, counts.length)
            .mapToDouble(i -> e.low() + (e.high() - e.low()) * i / counts.length)
            .toArray();
    double count = DoubleStream.of(counts).sum();
    Message histogram =
        new Message()
            .float64(1, e.low())
            .float64(2, e.high())
            .float64(3, count)
            .float64(4, e.mean() * count)
            .float64(5, (e.mean() * e.mean() + e.deviation() * e.deviation()) * count)
            .float64s(6, limits)
            .float64s(7, counts);
    return new Message().text(TAG, tag).message(HISTO, histogram);
  }

  static Message image(String tag, byte[] png) {
    ByteBuffer header = ByteBuffer.wrap(png); // a PNG has its width and height in there
    Message image =
        new Message()
            .integer(1, header.getInt(20))
            .integer(2, header.getInt(16))
            .integer(3, RGB)
            .bytes(4, png);
    return new Message().text(TAG, tag).message(IMAGE, image);
  }

  /** What a plugin alone understands; it wants a tensor beside it, and this one has no number. */
  static Message plugin(String tag, String plugin, Message content) {
    Message empty = Message.of(2, new Message()); // a shape of one dimension of size 0
    Message metadata = new Message().text(1, plugin).message(2, content);
    return new Message()
        .text(TAG, tag)
        .message(TENSOR, new Message().integer(1, FLOAT).message(2, empty))
        .message(METADATA, Message.of(1, metadata));
  }
}
