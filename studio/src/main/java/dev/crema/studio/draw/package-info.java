/** Writes HTML and draws charts as SVG, whatever they are about. */
@NullMarked
package dev.crema.studio.draw;

import org.jspecify.annotations.NullMarked;
