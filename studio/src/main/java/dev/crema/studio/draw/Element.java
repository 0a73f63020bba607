package dev.crema.studio.draw;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An element of HTML or SVG. Whatever it is given as text or as an attribute's value is only ever
 * shown: names of runs and classes come from files, and may hold anything.
 */
public final class Element implements Node {
  /** HTML's elements that have no end tag. */
  private static final List<String> VOID = List.of("br", "hr", "img", "meta");

  private final String name;
  private final Map<String, String> attributes = new LinkedHashMap<>();
  private final List<Node> children = new ArrayList<>();

  private Element(String name) {
    this.name = name;
  }

  /** An element without attributes, with these children. */
  public static Element of(String name, Node... children) {
    return new Element(name).add(children);
  }

  /** An element that holds a text. */
  public static Element of(String name, String text) {
    return new Element(name).text(text);
  }

  /** Sets an attribute; numbers are written with two decimals at most. */
  public Element with(String attribute, Object value) {
    attributes.put(attribute, value instanceof Number n ? Numbers.plain(n) : value.toString());
    return this;
  }

  /** Adds children after those that are there. */
  public Element add(Node... more) {
    children.addAll(List.of(more));
    return this;
  }

  /** Adds children after those that are there. */
  public Element add(List<? extends Node> more) {
    children.addAll(more);
    return this;
  }

  /** The same element with children before those that are there. */
  public Element beginningWith(Node... first) {
    Element copy = new Element(name);
    copy.attributes.putAll(attributes);
    copy.children.addAll(List.of(first));
    copy.children.addAll(children);
    return copy;
  }

  /** Adds a text. */
  public Element text(String text) {
    return add(new Text(text));
  }

  /** A text between elements. */
  private record Text(String text) implements Node {
    @Override
    public void writeTo(StringBuilder out) {
      escape(text, out);
    }
  }

  @Override
  public void writeTo(StringBuilder out) {
    out.append('<').append(name);
    attributes.forEach((attribute, value) -> {
      out.append(' ').append(attribute).append("=\"");
      escape(value, out);
      out.append('"');
    });
    if (VOID.contains(name)) {
      out.append("/>"); // so that a page is XML too
      return;
    }
    out.append('>');
    children.forEach(child -> child.writeTo(out));
    out.append("</").append(name).append('>');
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    writeTo(out);
    return out.toString();
  }

  private static void escape(String text, StringBuilder out) {
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '<' -> out.append("&lt;");
            case '>' -> out.append("&gt;");
            case '&' -> out.append("&amp;");
            case '"' -> out.append("&quot;");
            case '\'' -> out.append("&#39;");
            default -> out.appendCodePoint(isShown(c) ? c : 0xfffd);
          }
        });
  }

  /** Control characters are none of XML, and those of direction would turn what stands around. */
  private static boolean isShown(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL -> c == '\n' || c == '\t';
      case Character.FORMAT -> c == 0x200c || c == 0x200d; // joiners, which scripts need
      case Character.SURROGATE, Character.UNASSIGNED -> false;
      default -> true;
    };
  }
}
