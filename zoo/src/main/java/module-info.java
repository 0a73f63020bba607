/**
 * The named networks, functions that return a {@code Net}, the recipes and the reports live here.
 */
module dev.crema.zoo {
  requires transitive dev.crema.nn;
  requires transitive dev.crema.train;
  requires static transitive org.jspecify;

  exports dev.crema.zoo;
  exports dev.crema.zoo.reports;
}
