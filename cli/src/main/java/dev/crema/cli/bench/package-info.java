/** Measurements in turns, each in a process of its own, and what came of them. */
@NullMarked
package dev.crema.cli.bench;

import org.jspecify.annotations.NullMarked;
