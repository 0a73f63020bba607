/** Runs in the browser while they train: a web server for this machine alone. */
@NullMarked
package dev.crema.studio.live;

import org.jspecify.annotations.NullMarked;
