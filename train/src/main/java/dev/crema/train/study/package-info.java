/** Studies of depth, width and batch size, each cell at its own best learning rate, live here. */
@NullMarked
package dev.crema.train.study;

import org.jspecify.annotations.NullMarked;
