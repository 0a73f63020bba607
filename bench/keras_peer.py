#!/usr/bin/env python3
"""Keras' side of `./crema bench --peer keras`: one net of Crema's zoo in one mode, measured in this process.

    python3 bench/keras_peer.py NET --mode MODE --shape 1x28x28 --batch N --optimizer NAME [...]
    python3 bench/keras_peer.py --about

Prints one JSON object: the images per second at the median step, the seconds of the steps before it counts, the memory
that it took until then, and the rate of a large matrix product. Size, batch and optimiser are Crema's to say; images
lie as Keras has them, channels last. --about prints the versions, and what is to be preloaded for tcmalloc, null where
it is not installed.
"""
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras  # noqa: E402 (after what it reads)
import tensorflow  # noqa: E402
from keras import layers  # noqa: E402

sys.dont_write_bytecode = True
import peer  # noqa: E402


def dense(*units):
    return [layers.Flatten(), *(layers.Dense(each, activation="relu") for each in units[:-1]), layers.Dense(units[-1])]


def lenet5():
    return [
        layers.Conv2D(6, 5, padding="same", activation="relu"),
        layers.MaxPool2D(2),
        layers.Conv2D(16, 5, activation="relu"),
        layers.MaxPool2D(2),
        *dense(120, 84, 10),
    ]


def vgg11(width, units):
    net = []
    for convolutions, filters in ((1, width), (1, 2 * width), (2, 4 * width), (2, 8 * width), (2, 8 * width)):
        net += [layers.Conv2D(filters, 3, padding="same", activation="relu") for _ in range(convolutions)]
        net.append(layers.MaxPool2D(2))
    for _ in range(2):
        net += [layers.Flatten(), layers.Dense(units, activation="relu"), layers.Dropout(0.5)]
    return [*net, layers.Dense(10)]


def mlp(*units):
    return lambda: dense(*units)


NETWORKS = {
    "softmax": mlp(10),
    "mlp": mlp(256, 10),
    "mlp-deep": mlp(512, 128, 10),
    "lenet5": lenet5,
    "vgg11": lambda: vgg11(64, 4096),
    "vgg11-slim": lambda: vgg11(8, 512),
}

OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "momentum": lambda **options: keras.optimizers.SGD(momentum=0.9, **options),
    "nesterov": lambda **options: keras.optimizers.SGD(momentum=0.9, nesterov=True, **options),
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
}


def measure(options):
    """Trains on random images that are in memory already; the weights mean nothing."""
    if options.net not in NETWORKS:
        raise SystemExit(f"{options.net}: keras_peer.py has no such network; it has {', '.join(NETWORKS)}")
    tensorflow.config.threading.set_intra_op_parallelism_threads(options.threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(options.threads)
    keras.utils.set_random_seed(0)
    channels, height, width = options.shape
    net = keras.Sequential([keras.Input((height, width, channels)), *NETWORKS[options.net]()])
    net.compile(
        OPTIMIZERS[options.optimizer](learning_rate=1e-3, weight_decay=options.weight_decay or None),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=options.mode == "xla",
    )
    images = [tensorflow.random.uniform((options.batch, height, width, channels)) for _ in range(4)]
    labels = tensorflow.random.uniform((options.batch,), maxval=10, dtype=tensorflow.int32)

    a, b = (tensorflow.random.uniform((peer.PRODUCT_SIZE, peer.PRODUCT_SIZE)) for _ in range(2))
    return peer.rates(
        options.batch,
        options.seconds,
        lambda i: net.train_on_batch(images[i % len(images)], labels),
        lambda: tensorflow.linalg.matmul(a, b).numpy(),
    )


if __name__ == "__main__":
    version = f"{keras.__version__} (TensorFlow {tensorflow.__version__})"
    peer.main(__doc__, version, ("graph", "xla"), OPTIMIZERS, measure)
