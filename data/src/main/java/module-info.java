/** Datasets, readers, splits, transforms and the batch loader live here. */
@SuppressWarnings("requires-automatic") // its modules have a name and no descriptor
module dev.crema.data {
  requires com.twelvemonkeys.imageio.jpeg;
  requires com.twelvemonkeys.imageio.metadata;
  requires java.desktop;
  requires java.net.http;
  requires transitive dev.crema.engine;
  requires static transitive org.jspecify;

  exports dev.crema.data;
}
