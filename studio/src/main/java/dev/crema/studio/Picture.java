package dev.crema.studio;

import dev.crema.studio.draw.Element;

/**
 * A picture of a report.
 *
 * @param name for a file, of small letters, digits, - and .
 */
record Picture(String name, Element svg) {}
