package dev.crema.nn;

/** [channels, height, width] to [features], in this order. */
public record Flatten() implements Op {
  @Override
  public Shape output(Shape input) {
    return Shape.features(input.size());
  }

  @Override
  public String toString() {
    return "Flatten()";
  }

  @Override
  public boolean isView() {
    return true;
  }

  @Override
  public void lower(Lowering to) {
    to.view();
  }
}
