package dev.crema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the safetensors format: the length of the header (64 bits, little-endian), the
 * header (a JSON object: for each tensor its type, shape and place), the numbers.
 *
 * <p>A file written here begins with a checksum in its metadata, {@code crc32c}: that of the whole
 * file with its own eight digits as zeros. So every altered byte shows, the header's too; other
 * readers of the format take it for a note.
 */
public final class Safetensors {
  private static final String METADATA = "__metadata__";
  private static final String CHECKSUM = "crc32c";
  private static final String UNKNOWN = "00000000";

  /** How the header of a file written here begins; the checksum's digits follow. */
  private static final byte[] OPENING = utf8("{\"__metadata__\":{\"crc32c\":\"");

  /**
   * In bytes: those of a hundred thousand tensors. The format's own reader takes six times that.
   */
  private static final long LONGEST_HEADER = 1 << 24;

  private static final long MOST_NUMBERS = Integer.MAX_VALUE - 8;

  /** Numbers are written and read in parts of so many bytes. */
  private static final int PART_BYTES = 1 << 16;

  private static final String DAMAGED = "; the file is damaged or not a safetensors file";

  private Safetensors() {}

  /**
   * What a file holds.
   *
   * @param tensors by name, in the order of the header
   * @param metadata notes by name, without the checksum
   * @param checked whether there was a checksum, and so every byte is as it was written
   */
  public record Contents(
      Map<String, Tensor> tensors, Map<String, String> metadata, boolean checked) {
    public Contents {
      tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
      metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }
  }

  /** The number types that are read and written, with the bytes of one number. */
  private enum Type {
    I64(8),
    F32(4),
    U8(1);

    private final int size;

    Type(int size) {
      this.size = size;
    }

    static Type of(Tensor tensor) {
      return switch (tensor) {
        case Tensor.Longs t -> I64;
        case Tensor.Floats t -> F32;
        case Tensor.Live t -> F32;
        case Tensor.Bytes t -> U8;
      };
    }
  }

  /** Where in the data a tensor lies. */
  private record Entry(String name, Type type, List<Integer> shape, int count, long begin) {
    long end() {
      return begin + (long) count * type.size;
    }
  }

  /**
   * Writes the file whole or not at all.
   *
   * @throws CheckpointException if it cannot be written
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    if (tensors.containsKey(METADATA) || metadata.containsKey(CHECKSUM)) {
      throw new IllegalArgumentException(
          "`" + METADATA + "` and the note `" + CHECKSUM + "` are the format's own names");
    }
    // The widest numbers first, so that all are aligned; the header keeps the order given.
    List<Map.Entry<String, Tensor>> layout = new ArrayList<>(tensors.entrySet());
    layout.sort(Comparator.comparingInt(entry -> -Type.of(entry.getValue()).size));
    byte[] header = header(tensors, layout, metadata);
    AtomicFile.Content content =
        out -> {
          out.write(littleEndian(8).putLong(header.length).array());
          out.write(header);
          for (var entry : layout) {
            writeNumbers(out, entry.getValue());
          }
        };
    byte[] digits = utf8(checksum(content));
    System.arraycopy(digits, 0, header, OPENING.length, digits.length);
    AtomicFile.write(file, content);
  }

  /**
   * Reads the file; everything is checked before room is made for it.
   *
   * @throws CheckpointException if it cannot be read, or is damaged or of another format
   */
  public static Contents read(Path file) {
    try (FileChannel channel = RegularFile.open(file);
        InputStream in = Channels.newInputStream(channel)) {
      return new Reader(file, in, channel.size()).read();
    } catch (OutOfMemoryError e) {
      throw new CheckpointException(
          file,
          "its numbers do not fit into the memory that Java may take (%s MB); give it more with -Xmx, if the file is right"
              .formatted(Runtime.getRuntime().maxMemory() / 1_000_000),
          e);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file, "no such file", e);
    } catch (EOFException e) {
      throw new CheckpointException(file, "ended while it was being read", e);
    } catch (IOException e) {
      throw CheckpointException.refused(file, "cannot be read", e);
    }
  }

  private static byte[] header(
      Map<String, Tensor> tensors,
      List<Map.Entry<String, Tensor>> layout,
      Map<String, String> metadata) {
    Map<String, Object> notes = new LinkedHashMap<>();
    notes.put(CHECKSUM, UNKNOWN);
    notes.putAll(metadata);
    Map<String, Object> header = new LinkedHashMap<>();
    header.put(METADATA, notes);
    header.putAll(tensors); // each entry's place in the order; the entries themselves replace them
    long begin = 0;
    for (var named : layout) {
      Tensor tensor = named.getValue();
      long end = begin + bytes(tensor);
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("dtype", Type.of(tensor).name());
      entry.put("shape", tensor.shape());
      entry.put("data_offsets", List.of(begin, end));
      header.put(named.getKey(), entry);
      begin = end;
    }
    byte[] json = utf8(Json.line(header));
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  private static long bytes(Tensor tensor) {
    return Tensor.count(tensor.shape()) * Type.of(tensor).size;
  }

  private static String checksum(AtomicFile.Content content) {
    CRC32C crc = new CRC32C();
    try (var out = new CheckedOutputStream(OutputStream.nullOutputStream(), crc)) {
      content.writeTo(out);
    } catch (IOException e) {
      throw new AssertionError("the null stream takes everything", e);
    }
    return hex(crc);
  }

  private static String hex(CRC32C crc) {
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  /** Moves some of an array's numbers into a buffer, or out of it. */
  private interface Part {
    void move(ByteBuffer buffer, int at, int count);
  }

  private static void writeNumbers(OutputStream out, Tensor tensor) throws IOException {
    ByteBuffer buffer = littleEndian(PART_BYTES);
    switch (tensor) {
      case Tensor.Bytes(var shape, byte[] values) -> out.write(values);
      case Tensor.Floats(var shape, float[] values) ->
          writeFloats(out, buffer, values, values.length);
      case Tensor.Live live ->
          live.<IOException>forEachPart((values, count) -> writeFloats(out, buffer, values, count));
      case Tensor.Longs(var shape, long[] values) ->
          inParts(
              out,
              buffer,
              Type.I64,
              values.length,
              (part, at, n) -> part.asLongBuffer().put(values, at, n));
    }
  }

  private static void writeFloats(OutputStream out, ByteBuffer buffer, float[] values, int count)
      throws IOException {
    inParts(out, buffer, Type.F32, count, (part, at, n) -> part.asFloatBuffer().put(values, at, n));
  }

  private static void inParts(OutputStream out, ByteBuffer buffer, Type type, int count, Part part)
      throws IOException {
    for (int at = 0, n; at < count; at += n) {
      n = Math.min(count - at, buffer.capacity() / type.size);
      part.move(buffer, at, n);
      out.write(buffer.array(), 0, n * type.size);
    }
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** One reading of one file; its faults carry the file's name. */
  private static final class Reader {
    private final Path file;
    private final long size;
    private final CRC32C crc = new CRC32C();
    private final InputStream in;

    Reader(Path file, InputStream in, long size) {
      this.file = file;
      this.in = new CheckedInputStream(in, crc);
      this.size = size;
    }

    Contents read() throws IOException {
      if (size < 8) {
        throw damaged("at byte 0", "expected the 8 bytes of the header's length, got " + size);
      }
      long length = ByteBuffer.wrap(bytes(8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (length < 2 || length > Math.min(LONGEST_HEADER, size - 8)) {
        throw damaged(
            "at byte 0",
            "expected a header of 2 to "
                + Math.min(LONGEST_HEADER, size - 8)
                + " bytes, got "
                + Long.toUnsignedString(length));
      }
      byte[] header = in.readNBytes((int) length);
      String checksum = takeChecksum(header);
      Map<String, Object> json = parse(header);
      Map<String, String> metadata = metadata(json.remove(METADATA));
      boolean checked = !checksum.isEmpty();
      if (checked) {
        metadata.remove(CHECKSUM);
      }
      List<Entry> entries = new ArrayList<>();
      for (var entry : json.entrySet()) {
        entries.add(entry(entry.getKey(), entry.getValue()));
      }
      List<Entry> layout = new ArrayList<>(entries);
      layout.sort(Comparator.comparingLong(Entry::begin).thenComparing(Entry::end));
      checkLayout(layout, size - 8 - length);

      Map<String, Tensor> read = new LinkedHashMap<>();
      for (Entry entry : layout) {
        read.put(entry.name, numbers(entry));
      }
      if (checked && !checksum.equals(hex(crc))) {
        throw damaged("in its content", "expected checksum " + hex(crc) + ", got " + checksum);
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      entries.forEach(
          entry -> tensors.put(entry.name, Objects.requireNonNull(read.get(entry.name))));
      return new Contents(tensors, metadata, checked);
    }

    /**
     * The checksum at its fixed place, or "" where there is none. The stream has seen the header
     * with the digits, so the sum begins again with them as zeros.
     */
    private String takeChecksum(byte[] header) {
      int end = OPENING.length + UNKNOWN.length();
      if (header.length <= end
          || !Arrays.equals(header, 0, OPENING.length, OPENING, 0, OPENING.length)
          || header[end] != '"') {
        return "";
      }
      byte[] zeros = utf8(UNKNOWN);
      byte[] digits = Arrays.copyOfRange(header, OPENING.length, end);
      crc.reset();
      crc.update(littleEndian(8).putLong(header.length).array());
      crc.update(OPENING);
      crc.update(zeros);
      crc.update(header, end, header.length - end);
      return new String(digits, StandardCharsets.ISO_8859_1);
    }

    private Map<String, Object> parse(byte[] header) {
      if (header[0] != '{') {
        throw damaged("at byte 8", "expected the header to begin with {");
      }
      try {
        return Json.object(
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(header)).toString());
      } catch (CharacterCodingException e) {
        throw damaged("in its header", "expected UTF-8");
      } catch (JsonProcessingException e) {
        throw damaged("in its header", "expected JSON: " + e.getOriginalMessage());
      }
    }

    private Map<String, String> metadata(@Nullable Object json) {
      Map<String, String> metadata = new LinkedHashMap<>();
      if (json == null) {
        return metadata;
      }
      if (!(json instanceof Map<?, ?> map)) {
        throw damaged("in `" + METADATA + "`", "expected an object");
      }
      map.forEach((name, value) -> {
        if (!(value instanceof String text)) {
          throw damaged("in `" + METADATA + "`", "expected a string for `" + name + "`");
        }
        metadata.put(String.valueOf(name), text);
      });
      return metadata;
    }

    private Entry entry(String name, Object json) {
      String place = "in the header's `" + name + "`";
      if (!(json instanceof Map<?, ?> map)
          || map.size() != 3
          || !(map.get("dtype") instanceof String dtype)
          || !(map.get("shape") instanceof List<?> axes)
          || !(map.get("data_offsets") instanceof List<?> offsets)) {
        throw damaged(place, "expected dtype, shape and data_offsets");
      }
      Type type =
          Arrays.stream(Type.values())
              .filter(t -> t.name().equals(dtype))
              .findFirst()
              .orElseThrow(() ->
                  new CheckpointException(
                      file,
                      place
                          + ": numbers of type "
                          + dtype
                          + " are not read; convert them to one of "
                          + Arrays.toString(Type.values())));
      List<Integer> shape = new ArrayList<>();
      // The product of the others may be past any number where one axis is empty.
      long count = axes.stream().anyMatch(axis -> whole(place, axis) == 0) ? 0 : 1;
      for (Object axis : axes) {
        long length = whole(place, axis);
        if (length > MOST_NUMBERS || count * length > MOST_NUMBERS) {
          throw damaged(place, "expected at most " + MOST_NUMBERS + " numbers, got shape " + axes);
        }
        count *= length;
        shape.add((int) length);
      }
      if (offsets.size() != 2) {
        throw damaged(place, "expected two data_offsets, got " + offsets.size());
      }
      long begin = whole(place, offsets.get(0));
      long end = whole(place, offsets.get(1));
      if (begin > size || end - begin != count * type.size) {
        throw damaged(
            place,
            "expected " + count * type.size + " bytes for " + dtype + axes + ", got " + offsets);
      }
      return new Entry(name, type, List.copyOf(shape), (int) count, begin);
    }

    private long whole(String place, @Nullable Object json) {
      if ((json instanceof Integer || json instanceof Long) && ((Number) json).longValue() >= 0) {
        return ((Number) json).longValue();
      }
      throw damaged(place, "expected a whole number of 0 or more, got " + json);
    }

    private void checkLayout(List<Entry> layout, long dataSize) {
      long end = 0;
      for (Entry entry : layout) {
        if (entry.begin != end) {
          throw damaged(
              "in the header's `" + entry.name + "`",
              "expected its data at offset " + end + ", got " + entry.begin);
        }
        end = entry.end();
      }
      if (end != dataSize) {
        throw damaged("at its end", "expected " + end + " bytes of data, got " + dataSize);
      }
    }

    private Tensor numbers(Entry entry) throws IOException {
      return switch (entry.type) {
        case U8 -> new Tensor.Bytes(entry.shape, bytes(entry.count));
        case F32 -> {
          float[] values = new float[entry.count];
          inParts(entry, (buffer, at, n) -> buffer.asFloatBuffer().get(values, at, n));
          yield new Tensor.Floats(entry.shape, values);
        }
        case I64 -> {
          long[] values = new long[entry.count];
          inParts(entry, (buffer, at, n) -> buffer.asLongBuffer().get(values, at, n));
          yield new Tensor.Longs(entry.shape, values);
        }
      };
    }

    private void inParts(Entry entry, Part part) throws IOException {
      int size = entry.type.size;
      ByteBuffer buffer = littleEndian(PART_BYTES);
      for (int at = 0, n; at < entry.count; at += n) {
        n = Math.min(entry.count - at, buffer.capacity() / size);
        if (in.readNBytes(buffer.array(), 0, n * size) < n * size) {
          throw new EOFException();
        }
        part.move(buffer, at, n);
      }
    }

    private byte[] bytes(int count) throws IOException {
      byte[] bytes = in.readNBytes(count);
      if (bytes.length < count) {
        throw new EOFException();
      }
      return bytes;
    }

    private CheckpointException damaged(String place, String problem) {
      return new CheckpointException(file, place + ": " + problem + DAMAGED);
    }
  }
}
