package dev.crema.train;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns records into maps for JSON and back; the reader says which record it wants, never the file.
 *
 * <p>Components are numbers, booleans, strings, records of these, and optional ones of these.
 */
final class RecordMaps {
  private RecordMaps() {}

  /**
   * {@code stepsPerEpoch} as {@code steps_per_epoch}, {@code StepLogged} as {@code step_logged}.
   */
  static String snakeCase(String name) {
    return name.replaceAll("(?<=.)([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  static Map<String, Object> toMap(Record record) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = valueOf(component, record);
      if (value instanceof Optional<?> optional) {
        optional.ifPresent(present -> map.put(snakeCase(component.getName()), plain(present)));
      } else {
        map.put(snakeCase(component.getName()), plain(value));
      }
    }
    return map;
  }

  /**
   * The record that a map describes; keys that it lacks are left alone.
   *
   * @throws IllegalArgumentException if a component is missing or of another type
   */
  static <R extends Record> R fromMap(Class<R> type, Map<?, ?> map) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      String key = snakeCase(components[i].getName());
      values[i] = value(components[i].getGenericType(), key, map.get(key));
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException(String.valueOf(e.getCause()), e);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError("a record has its canonical constructor", e);
    }
  }

  private static Object plain(Object value) {
    return value instanceof Record inner ? toMap(inner) : value;
  }

  private static Object valueOf(RecordComponent component, Record record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError("a record has its accessors", e);
    }
  }

  private static Object value(Type type, String key, @Nullable Object json) {
    if (type instanceof ParameterizedType optional) {
      return json == null
          ? Optional.empty()
          : Optional.of(value(optional.getActualTypeArguments()[0], key, json));
    }
    if (json instanceof String text) {
      if (type == String.class) {
        return text;
      }
      if (type == double.class && (text.equals("NaN") || text.endsWith("Infinity"))) {
        return Double.valueOf(text);
      }
    }
    if (json instanceof Number number) {
      if (type == double.class) {
        return number.doubleValue();
      }
      if (type == long.class && !(json instanceof Double)) {
        return number.longValue();
      }
      if (type == int.class && json instanceof Integer) {
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
        "expected `" + key + "` as " + type.getTypeName() + ", got " + json);
  }
}
