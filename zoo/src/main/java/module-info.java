/** The named networks, functions that return a {@code Net}, and the recipes live here. */
module dev.crema.zoo {
  requires transitive dev.crema.nn;
  requires transitive dev.crema.train;
  requires static transitive org.jspecify;

  exports dev.crema.zoo;
}
