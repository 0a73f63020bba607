package dev.crema.engine.kernel;

/**
 * The loops of a weight gradient over tiles of input channels: one for whole tiles, one for the
 * rest.
 *
 * @param inputs channels of a whole tile
 */
record InputTiles(int inputs, ChannelGradientKernel whole, ChannelGradientKernel rest) {
  /**
   * The loops of this form, which says how many channels a whole tile has.
   *
   * @param channels of all tiles
   */
  static InputTiles of(Library library, int channels, ChannelGradientKernel.Form form) {
    ChannelGradientKernel whole = library.loop(form);
    int left = channels % form.inputs();
    return new InputTiles(
        form.inputs(), whole, left == 0 ? whole : library.loop(form.inputs(left)));
  }

  /** The loop for the next tile, where so many channels are left. */
  ChannelGradientKernel next(int left) {
    return left >= inputs ? whole : rest;
  }
}
