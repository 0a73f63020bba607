package dev.crema.studio.draw;

/** A part of a page. */
public interface Node {
  /** Writes it as HTML, which is XML too within pictures. */
  void writeTo(StringBuilder out);
}
