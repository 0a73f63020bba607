/** Datasets, readers, splits, transforms and the batch loader live here. */
module dev.crema.data {
  requires java.desktop;
  requires java.net.http;
  requires transitive dev.crema.engine;
  requires static transitive org.jspecify;

  exports dev.crema.data;
}
