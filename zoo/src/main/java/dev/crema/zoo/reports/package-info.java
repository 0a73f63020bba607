/** The reports that Crema reproduces: their recipes, their figures, and what was measured. */
@NullMarked
package dev.crema.zoo.reports;

import org.jspecify.annotations.NullMarked;
