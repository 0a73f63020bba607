/** The {@code crema} command lives here, a thin skin over the other rooms. */
module dev.crema.cli {
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.jr.ob;
  requires dev.crema.data;
  requires dev.crema.engine;
  requires dev.crema.nn;
  requires dev.crema.studio;
  requires dev.crema.train;
  requires dev.crema.zoo;
  requires info.picocli;
  requires java.compiler;
  requires java.management;
  requires jdk.management;
  requires static transitive org.jspecify;

  // picocli fills the fields of the commands
  opens dev.crema.cli to
      info.picocli;
}
