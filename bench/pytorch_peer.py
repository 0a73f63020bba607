#!/usr/bin/env python3
"""PyTorch's side of `./crema bench --peer pytorch`: one net of Crema's zoo in one mode, measured in this process.

    python3 bench/pytorch_peer.py NET --mode MODE --shape 1x28x28 --batch N --optimizer NAME [...]
    python3 bench/pytorch_peer.py --about

Prints one JSON object: the images per second at the median step, the seconds of the steps before it counts, the memory
that it took until then, and the rate of a large matrix product. The network is the one that the fixtures of Crema's
tests were made with; size, batch and optimiser are Crema's to say.
--about prints PyTorch's version and what is to be preloaded for tcmalloc, null where it is not installed.
"""
import getpass
import os
import pathlib
import sys
import tempfile

# Code that was compiled for other instructions is not to be loaded: it broke the heap. PyTorch reads this when imported.
INSTRUCTIONS = os.environ.get("ATEN_CPU_CAPABILITY", "all")
CACHE = pathlib.Path(tempfile.gettempdir()) / f"torchinductor_{getpass.getuser()}_{INSTRUCTIONS}"
os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(CACHE))

import torch  # noqa: E402
from torch import nn  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True  # there it would become a resource of the tests
sys.path.insert(0, str(ROOT / "zoo/src/test/resources/dev/crema/zoo"))
import make_fixtures  # noqa: E402 (where the line above says)
import peer  # noqa: E402

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
    images = [torch.rand(options.batch, *options.shape).to(memory_format=layout) for _ in range(4)]
    labels = torch.randint(0, 10, (options.batch,))
    update = OPTIMIZERS[options.optimizer](net.parameters(), weight_decay=options.weight_decay)
    run = torch.compile(net) if options.mode == "compile" else net

    def step(i):
        update.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(run(images[i % len(images)]), labels).backward()
        update.step()

    a, b, product = (torch.rand(peer.PRODUCT_SIZE, peer.PRODUCT_SIZE) for _ in range(3))
    return peer.rates(options.batch, options.seconds, step, lambda: torch.mm(a, b, out=product))


if __name__ == "__main__":
    peer.main(__doc__, torch.__version__, ("eager", "channels_last", "compile"), OPTIMIZERS, measure)
