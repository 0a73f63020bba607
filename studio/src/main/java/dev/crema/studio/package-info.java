/** Makes one HTML file of run directories, to read offline and to hand in. */
@NullMarked
package dev.crema.studio;

import org.jspecify.annotations.NullMarked;
