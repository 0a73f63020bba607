#!/usr/bin/env python3
"""Training throughput of Crema and of PyTorch, in turns on this machine: same network, batch and threads.

    python3 bench/against_pytorch.py [NET ...] [--seconds S] [--rounds N] [--threads N]

Run it with a Python that has PyTorch, in the checkout. Each round times Crema and then PyTorch in each of its modes
(eager, channels_last, compile), as installed and, where the library is there, under tcmalloc, every time in a fresh
process; the figures are medians over the rounds of the median step. Prints one row of a Markdown table per network: the
best mode as installed, the best of all modes with tcmalloc too ("tuned"), the ratios, and the most memory that Crema
and that the best mode as installed had resident.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

MODES = ("eager", "channels_last", "compile")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


SMALL = (1, 28, 28)

# name: input shape, batch, optimiser, as the recipes of Crema's zoo have them
RECIPES = {
    "softmax": (SMALL, 256, "sgd"),
    "mlp": (SMALL, 256, "sgd"),
    "mlp-deep": (SMALL, 64, "sgd"),
    "lenet": (SMALL, 64, "adam"),
    "lenet-sigmoid": (SMALL, 256, "adam"),
    "lenet5": (SMALL, 256, "adam"),
    "dwcnn": (SMALL, 64, "sgd"),
    "resnet20": (SMALL, 128, "nesterov"),
    "densenet40": (SMALL, 128, "nesterov"),
    "mobilenetv2-small": (SMALL, 128, "nesterov"),
    "alexnet": ((1, 224, 224), 128, "adam"),
    "vgg11-slim": ((1, 224, 224), 64, "adam"),
    "nin": ((1, 224, 224), 128, "adam"),
    "googlenet": ((1, 96, 96), 128, "adam"),
    "resnet18": ((1, 96, 96), 256, "adam"),
}


def network(name):
    """The network that the fixtures of Crema's tests were made with, at the size of the recipe."""
    from torch import nn

    sys.path.insert(0, os.path.join(ROOT, "zoo/src/test/resources/dev/crema/zoo"))
    import make_fixtures

    at_size = {
        "alexnet": lambda: make_fixtures.alexnet(6400),
        "vgg11-slim": lambda: make_fixtures.vgg11(8, 512, 49),
    }
    net = at_size.get(name, make_fixtures.NETWORKS[name][0])()
    for module in list(net.modules()):
        for child, layer in module.named_children():
            if isinstance(layer, make_fixtures.Dropout):  # which drops what Crema drops, and is slow
                setattr(module, child, nn.Dropout(layer.rate))
    return net


def measure_pytorch(name, mode, threads, seconds):
    """Images per second at the median step, on random images that are in memory already."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    shape, batch, optimiser = RECIPES[name]
    net = network(name)
    layout = torch.channels_last if mode == "channels_last" else torch.contiguous_format
    net = net.train().to(memory_format=layout)
    images = [torch.rand(batch, *shape).to(memory_format=layout) for _ in range(4)]
    labels = torch.randint(0, 10, (batch,))
    if optimiser == "adam":
        update = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    else:
        momentum = 0.9 if optimiser == "nesterov" else 0
        update = torch.optim.SGD(net.parameters(), lr=1e-2, momentum=momentum, nesterov=momentum > 0, foreach=True)
    run = torch.compile(net) if mode == "compile" else net

    def step(i):
        update.zero_grad(set_to_none=True)
        functional.cross_entropy(run(images[i % len(images)]), labels).backward()
        update.step()

    begin = time.perf_counter()
    for i in range(5):
        if i < 2 or time.perf_counter() < begin + 5:
            step(i)
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        step(len(times))
        times.append(time.perf_counter() - start)
    return batch / statistics.median(times)


def measured(command, environment=None):
    """What a command prints, and the most memory that it had resident, in MiB."""
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
        text = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if child.returncode != 0:
            raise RuntimeError(f"{command} failed: {errors.read().strip()[-300:]}")
    return text, usage.ru_maxrss / 1024


def pytorch(name, mode, options, preload):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS")}
    if preload:
        environment["LD_PRELOAD"] = preload
    command = [sys.executable, __file__, name, "--mode", mode]
    command += ["--threads", str(options.threads), "--seconds", str(options.seconds)]
    try:
        text, memory = measured(command, environment)
    except RuntimeError as error:
        print(f"{name}: PyTorch {mode}: {error}", file=sys.stderr)
        return 0.0, 0.0
    return float(text.split()[-1]), memory


def crema(name, options):
    command = [os.path.join(ROOT, "crema"), "bench", name, "--json"]
    command += ["--threads", str(options.threads), "--seconds", str(options.seconds)]
    text, memory = measured(command)
    return json.loads(text)["images_per_second"], memory


def medians(runs):
    """The median rate and the median memory of some runs."""
    return tuple(statistics.median(values) for values in zip(*runs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("nets", nargs="*")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--mode", choices=MODES, help="measure PyTorch alone, in this process")
    options = parser.parse_args()
    if options.mode:
        print(measure_pytorch(options.nets[0], options.mode, options.threads, options.seconds))
        return
    libraries = glob.glob("/usr/lib/*/libtcmalloc_minimal.so.4")
    if not libraries:
        print("no tcmalloc (Debian: libtcmalloc-minimal4): tuned is as installed", file=sys.stderr)
    print("| net | Crema | PyTorch as installed | PyTorch tuned | ratio | ratio to tuned | MiB | PyTorch's MiB |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for name in options.nets or RECIPES:
        ours, theirs = [], {}
        for _ in range(options.rounds):
            ours.append(crema(name, options))
            for mode in MODES:
                for preload in [""] + libraries[:1]:
                    theirs.setdefault((mode, preload), []).append(pytorch(name, mode, options, preload))
        rate, memory = medians(ours)
        figures = {key: medians(runs) for key, runs in theirs.items()}
        plain = max((key for key in figures if not key[1]), key=figures.get)
        tuned = max(figures, key=figures.get)
        plain_rate, plain_memory = figures[plain]
        tuned_rate, _ = figures[tuned]
        print(
            f"| `{name}` | {rate:,.0f} | {plain_rate:,.0f} ({plain[0]}) | {tuned_rate:,.0f} ({tuned[0]}) |"
            f" {rate / plain_rate:.1f}x | {rate / tuned_rate:.1f}x | {memory:,.0f} | {plain_memory:,.0f} |",
            flush=True)


if __name__ == "__main__":
    main()
