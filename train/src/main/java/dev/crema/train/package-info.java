/** The trainer, optimisers, schedules, metrics, events, checkpoints and run directories. */
@NullMarked
package dev.crema.train;

import org.jspecify.annotations.NullMarked;
