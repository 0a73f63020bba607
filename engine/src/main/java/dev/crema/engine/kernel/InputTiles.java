package dev.crema.engine.kernel;

/**
 * The loops of a weight gradient over tiles of input channels: one for whole tiles, one for the
 * rest.
 *
 * @param inputs channels of a whole tile
 * @param channels of all tiles
 */
record InputTiles(
    int inputs, int channels, ChannelGradientKernel whole, ChannelGradientKernel rest) {
  /** The loops of this form, which says how many channels a whole tile has. */
  static InputTiles of(Library library, int channels, ChannelGradientKernel.Form form) {
    ChannelGradientKernel whole = library.loop(form);
    int left = channels % form.inputs();
    return new InputTiles(
        form.inputs(), channels, whole, left == 0 ? whole : library.loop(form.inputs(left)));
  }

  /** The loop for the tile that begins with this channel. */
  ChannelGradientKernel at(int channel) {
    return channel + inputs <= channels ? whole : rest;
  }
}
