/** The {@code crema} command: a thin skin over the other rooms. */
@NullMarked
package dev.crema.cli;

import org.jspecify.annotations.NullMarked;
