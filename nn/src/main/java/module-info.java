/**
 * Shapes, {@code Net} and its ops, initialisers, losses and the compiler to a {@code Program} live
 * here.
 */
module dev.crema.nn {
  requires transitive dev.crema.engine;
  requires static transitive org.jspecify;

  exports dev.crema.nn;
}
