/** The named networks and the recipes that train them. */
@NullMarked
package dev.crema.zoo;

import org.jspecify.annotations.NullMarked;
