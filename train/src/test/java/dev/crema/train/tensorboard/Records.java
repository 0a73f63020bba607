package dev.crema.train.tensorboard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads event files as their formats are written down, and shares nothing with the writer. */
final class Records {
  private Records() {}

  /** What a tag showed, or the start of a session as the tag {@code START}. */
  record Shown(long step, String tag, Object value) {}

  /** What an image, a histogram or a plugin's data are, as far as tests ask. */
  record Blob(byte[] bytes) {}

  /** The whole records; the last may be torn. */
  static List<byte[]> split(byte[] file) {
    List<byte[]> records = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    while (in.remaining() >= 12) {
      byte[] length = new byte[8];
      in.get(length);
      check(length, in.getInt());
      int size = Math.toIntExact(ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
      if (in.remaining() < size + 4) {
        break;
      }
      byte[] data = new byte[size];
      in.get(data);
      check(data, in.getInt());
      records.add(data);
    }
    return records;
  }

  private static void check(byte[] data, int masked) {
    int crc = crc32c(data);
    if (((crc >>> 15) | (crc << 17)) + 0xa282ead8 != masked) {
      throw new AssertionError("a checksum is wrong");
    }
  }

  /** Bit by bit, with the reversed polynomial of Castagnoli. */
  static int crc32c(byte[] data) {
    int crc = -1;
    for (byte b : data) {
      crc ^= b & 0xff;
      for (int i = 0; i < 8; i++) {
        crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
      }
    }
    return ~crc;
  }

  /** All that a file shows, after its version. */
  static List<Shown> read(byte[] file) {
    List<byte[]> records = split(file);
    if (records.isEmpty() || !text(records.getFirst(), 3).equals("brain.Event:2")) {
      throw new AssertionError("expected the version first");
    }
    List<Shown> shown = new ArrayList<>();
    for (byte[] event : records.subList(1, records.size())) {
      long step = (Long) all(event, 2).stream().findFirst().orElse(0L);
      all(event, 7).forEach(start -> shown.add(new Shown(step, "START", start)));
      for (Object summary : all(event, 5)) {
        for (Object value : all(((Blob) summary).bytes, 1)) {
          shown.add(value(step, ((Blob) value).bytes));
        }
      }
    }
    return shown;
  }

  private static Shown value(long step, byte[] value) {
    Object content =
        List.of(2, 4, 5, 9).stream()
            .flatMap(field -> all(value, field).stream())
            .findFirst()
            .orElseThrow();
    return new Shown(step, text(value, 1), content);
  }

  static String text(byte[] message, int field) {
    return all(message, field).stream()
        .map(value -> new String(((Blob) value).bytes, StandardCharsets.UTF_8))
        .findFirst()
        .orElse("");
  }

  /** The values of a field: a long, a double, a float, or bytes. */
  static List<Object> all(byte[] message, int field) {
    List<Object> found = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long tag = varint(in);
      Object value =
          switch ((int) tag & 7) {
            case 0 -> varint(in);
            case 1 -> in.getDouble();
            case 2 -> {
              byte[] bytes = new byte[(int) varint(in)];
              in.get(bytes);
              yield new Blob(bytes);
            }
            case 5 -> in.getFloat();
            default -> throw new AssertionError("unknown kind of field in " + tag);
          };
      if (tag >>> 3 == field) {
        found.add(value);
      }
    }
    return found;
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = in.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
