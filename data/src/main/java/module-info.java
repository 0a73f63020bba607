/** Datasets, readers, splits, transforms and the batch loader live here. */
module dev.crema.data {
  requires transitive dev.crema.engine;
  requires static transitive org.jspecify;

  exports dev.crema.data;
}
