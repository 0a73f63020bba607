package dev.crema.train;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.crema.nn.Shape;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes records as JSON, and makes them of its maps; the reader says which record it wants, never
 * the file.
 *
 * <p>Components are numbers, booleans, strings, shapes (as lists of their sizes), records, lists of
 * these, and optional ones.
 */
final class RecordMaps {
  /** So many characters of a value are shown in an error. */
  private static final int MAX_SHOWN = 100;

  /** Reflection looked up anew takes a tenth of a millisecond, and a training has no time. */
  private static final ClassValue<List<Part>> PARTS =
      new ClassValue<>() {
        @Override
        protected List<Part> computeValue(Class<?> type) {
          return Arrays.stream(type.getRecordComponents())
              .map(component ->
                  new Part(
                      snakeCase(component.getName()),
                      component.getType(),
                      component.getGenericType(),
                      component.getAccessor()))
              .toList();
        }
      };

  private RecordMaps() {}

  /** A component of a record. */
  private record Part(String key, Class<?> type, Type generic, Method accessor) {
    Object of(Record record) {
      try {
        return accessor.invoke(record);
      } catch (ReflectiveOperationException e) {
        throw new AssertionError("a record has its accessors", e);
      }
    }
  }

  /**
   * {@code stepsPerEpoch} as {@code steps_per_epoch}, {@code StepLogged} as {@code step_logged}.
   */
  static String snakeCase(String name) {
    return name.replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** Writes the components of a record into the object that is open. */
  static void write(Record record, JsonGenerator json) throws IOException {
    for (Part part : PARTS.get(record.getClass())) {
      Object value = part.of(record);
      if (!(value instanceof Optional<?> optional)) {
        json.writeFieldName(part.key);
        write(value, json);
      } else if (optional.isPresent()) {
        json.writeFieldName(part.key);
        write(optional.get(), json);
      }
    }
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    switch (value) {
      case Double number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Integer number -> json.writeNumber(number);
      case Boolean truth -> json.writeBoolean(truth);
      case String text -> json.writeString(text);
      case Shape shape -> write(shape.dims(), json);
      case List<?> items -> {
        json.writeStartArray();
        for (Object item : items) {
          write(item, json);
        }
        json.writeEndArray();
      }
      case Record inner -> {
        json.writeStartObject();
        write(inner, json);
        json.writeEndObject();
      }
      default -> throw new AssertionError("no component is " + value.getClass());
    }
  }

  /**
   * The record that a map describes; keys that it lacks are left alone.
   *
   * @throws IllegalArgumentException if a component is missing or of another type
   */
  static <R extends Record> R fromMap(Class<R> type, Map<?, ?> map) {
    List<Part> parts = PARTS.get(type);
    Class<?>[] types = parts.stream().map(Part::type).toArray(Class<?>[]::new);
    Object[] values =
        parts.stream().map(part -> value(part.generic, part.key, map.get(part.key))).toArray();
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(String.valueOf(e.getCause()), e);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError("a record has its canonical constructor", e);
    }
  }

  private static Object value(Type type, String key, @Nullable Object json) {
    if (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class) {
      return json == null
          ? Optional.empty()
          : Optional.of(value(generic.getActualTypeArguments()[0], key, json));
    }
    if (json instanceof List<?> items) {
      if (type instanceof ParameterizedType generic) {
        Type each = generic.getActualTypeArguments()[0];
        return items.stream().map(item -> value(each, key, item)).toList();
      }
      if (type == Shape.class) {
        return new Shape(items.stream().map(item -> (int) value(int.class, key, item)).toList());
      }
    }
    if (json instanceof String text) {
      if (type == String.class) {
        return text;
      }
      if (isDouble(type) && (text.equals("NaN") || text.endsWith("Infinity"))) {
        return Double.valueOf(text);
      }
    }
    if (json instanceof Number number) {
      if (isDouble(type)) {
        return number.doubleValue();
      }
      if (type == long.class && !(json instanceof Double)) {
        return number.longValue();
      }
      if ((type == int.class || type == Integer.class) && json instanceof Integer) {
        return number.intValue();
      }
    }
    if (type == boolean.class && json instanceof Boolean) {
      return json;
    }
    if (type instanceof Class<?> inner && inner.isRecord() && json instanceof Map<?, ?> map) {
      return fromMap(inner.asSubclass(Record.class), map);
    }
    throw new IllegalArgumentException(
        "expected `" + key + "` as " + type.getTypeName() + ", got " + shortened(json));
  }

  private static String shortened(@Nullable Object json) {
    String text = String.valueOf(json);
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + " ...";
  }

  private static boolean isDouble(Type type) {
    return type == double.class || type == Double.class;
  }
}
