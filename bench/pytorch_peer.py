#!/usr/bin/env python3
"""PyTorch's side of `./crema bench --peer pytorch`: one net of Crema's zoo in one mode, measured in this process.

    python3 bench/pytorch_peer.py NET --mode MODE --shape 1x28x28 --batch N --optimizer NAME [...]
    python3 bench/pytorch_peer.py --about

Prints one JSON object: the images per second at the median step, and the seconds of the steps before it counts. The
network is the one that the fixtures of Crema's tests were made with; size, batch and optimiser are Crema's to say.
--about prints PyTorch's version and what is to be preloaded for tcmalloc, null where it is not installed.
"""
import argparse
import ctypes.util
import json
import pathlib
import statistics
import sys
import time

import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True  # there it would become a resource of the tests
sys.path.insert(0, str(ROOT / "zoo/src/test/resources/dev/crema/zoo"))
import make_fixtures  # noqa: E402 (where the line above says)

# those whose layers depend on the size of the images, which the fixtures have smaller
AT_FULL_SIZE = {
    "alexnet": lambda: make_fixtures.alexnet(6400),
    "vgg11": lambda: make_fixtures.vgg11(64, 4096, 49),
    "vgg11-slim": lambda: make_fixtures.vgg11(8, 512, 49),
}

OPTIMIZERS = {
    "sgd": lambda parameters, **options: torch.optim.SGD(parameters, lr=1e-3, foreach=True, **options),
    "momentum": lambda parameters, **options: OPTIMIZERS["sgd"](parameters, momentum=0.9, **options),
    "nesterov": lambda parameters, **options: OPTIMIZERS["momentum"](parameters, nesterov=True, **options),
    "adam": lambda parameters, **options: torch.optim.Adam(parameters, lr=1e-3, fused=True, **options),
    "adamw": lambda parameters, **options: torch.optim.AdamW(parameters, lr=1e-3, fused=True, **options),
}

MIN_WARM_STEPS, MAX_WARM_STEPS, WARM_SECONDS, MIN_STEPS = 2, 5, 5, 3


def network(name):
    if name not in make_fixtures.NETWORKS:
        raise SystemExit(f"{name}: make_fixtures.py has no such network; it has {', '.join(make_fixtures.NETWORKS)}")
    net = AT_FULL_SIZE.get(name, make_fixtures.NETWORKS[name][0])()
    for module in list(net.modules()):
        for child, layer in module.named_children():
            if isinstance(layer, make_fixtures.Dropout):  # which drops what Crema drops, and is slow
                setattr(module, child, nn.Dropout(layer.rate))
    return net


def measure(options):
    """Trains on random images that are in memory already; the weights mean nothing."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if options.mode == "channels_last" else torch.contiguous_format
    net = network(options.net).train().to(memory_format=layout)
    shape = [int(size) for size in options.shape.split("x")]
    images = [torch.rand(options.batch, *shape).to(memory_format=layout) for _ in range(4)]
    labels = torch.randint(0, 10, (options.batch,))
    update = OPTIMIZERS[options.optimizer](net.parameters(), weight_decay=options.weight_decay)
    run = torch.compile(net) if options.mode == "compile" else net

    def seconds_of(i):
        start = time.perf_counter()
        update.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(run(images[i % len(images)]), labels).backward()
        update.step()
        return time.perf_counter() - start

    warm = []
    while len(warm) < MIN_WARM_STEPS or (len(warm) < MAX_WARM_STEPS and sum(warm) < WARM_SECONDS):
        warm.append(seconds_of(len(warm)))
    times = []
    while len(times) < MIN_STEPS or sum(times) < options.seconds:
        times.append(seconds_of(len(times)))
    return {"images_per_second": options.batch / statistics.median(times), "warmup_seconds": sum(warm)}


def about():
    libraries = (ctypes.util.find_library(name) for name in ("tcmalloc_minimal", "tcmalloc"))
    return {"version": torch.__version__, "tcmalloc": next((each for each in libraries if each), None)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("net", nargs="?")
    parser.add_argument("--about", action="store_true", help="say what there is, and measure nothing")
    parser.add_argument("--mode", choices=("eager", "channels_last", "compile"), default="eager")
    parser.add_argument("--shape", default="1x28x28", help="channels, height and width of an image")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="sgd")
    parser.add_argument("--weight-decay", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    if not options.about and options.net is None:
        parser.error("expected a net, or --about")
    print(json.dumps(about() if options.about else measure(options)))


if __name__ == "__main__":
    main()
