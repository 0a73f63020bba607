#!/usr/bin/env python3
"""Training throughput of Crema and of PyTorch, in turns on this machine: same network, batch and threads.

    python3 bench/against_pytorch.py [NET ...] [--seconds S] [--rounds N] [--threads N]

Run it with a Python that has PyTorch, in the checkout. Each round times Crema and then PyTorch in each of its modes
(eager, channels_last, compile), as installed and, where the library is there, under tcmalloc, every time in a fresh
process; the figures are medians over the rounds of the median step. Prints one row of a Markdown table per network: the
best mode as installed, the best of all modes with tcmalloc too ("tuned"), and the ratios.
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import sys
import time

MODES = ("eager", "channels_last", "compile")


def networks():
    """Name -> (module, input shape, batch, optimiser), as the recipes of Crema's zoo have them."""
    from torch import nn

    def lenet(padding, activation, features, after_pool):
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=padding), activation(), nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5), *([activation()] if after_pool else []), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(features, 120), activation(), nn.Linear(120, 84), activation(), nn.Linear(84, 10))

    def mlp(*sizes):
        layers = [nn.Flatten()]
        for before, after in zip(sizes, sizes[1:]):
            layers += [nn.Linear(before, after), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    dwcnn = nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(2), nn.Conv2d(64, 64, 3, groups=64), nn.Conv2d(64, 8, 1), nn.ReLU(), nn.Flatten(),
        nn.Dropout(0.2), nn.Linear(968, 10))
    image = (1, 28, 28)
    return {
        "softmax": (mlp(784, 10), image, 256, "sgd"),
        "mlp": (mlp(784, 256, 10), image, 256, "sgd"),
        "mlp-deep": (mlp(784, 512, 128, 10), image, 64, "sgd"),
        "lenet": (lenet(2, nn.ReLU, 400, False), image, 64, "adam"),
        "lenet-sigmoid": (lenet(0, nn.Sigmoid, 256, True), image, 256, "adam"),
        "lenet5": (lenet(2, nn.ReLU, 400, True), image, 256, "adam"),
        "dwcnn": (dwcnn, image, 64, "sgd"),
    }


def measure_pytorch(name, mode, threads, seconds):
    """Images per second at the median step, on random images that are in memory already."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net, shape, batch, optimiser = networks()[name]
    layout = torch.channels_last if mode == "channels_last" else torch.contiguous_format
    net = net.train().to(memory_format=layout)
    images = [torch.rand(batch, *shape).to(memory_format=layout) for _ in range(4)]
    labels = torch.randint(0, 10, (batch,))
    if optimiser == "adam":
        update = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    else:
        update = torch.optim.SGD(net.parameters(), lr=1e-2, foreach=True)
    run = torch.compile(net) if mode == "compile" else net

    def step(i):
        update.zero_grad(set_to_none=True)
        functional.cross_entropy(run(images[i % len(images)]), labels).backward()
        update.step()

    for i in range(5):
        step(i)
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step(len(times))
        times.append(time.perf_counter() - start)
    return batch / statistics.median(times)


def pytorch(name, mode, options, preload):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS")}
    if preload:
        environment["LD_PRELOAD"] = preload
    command = [sys.executable, __file__, name, "--mode", mode]
    command += ["--threads", str(options.threads), "--seconds", str(options.seconds)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        print(f"{name}: PyTorch {mode} failed: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return 0.0
    return float(done.stdout.split()[-1])


def crema(name, options):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = [os.path.join(root, "crema"), "bench", name, "--json"]
    command += ["--threads", str(options.threads), "--seconds", str(options.seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return json.loads(done.stdout)["images_per_second"]


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
    print("| net | Crema | PyTorch as installed | PyTorch tuned | ratio | ratio to tuned |", flush=True)
    print("|---|---|---|---|---|---|", flush=True)
    for name in options.nets or networks():
        ours, theirs = [], {}
        for _ in range(options.rounds):
            ours.append(crema(name, options))
            for mode in MODES:
                for preload in [""] + libraries[:1]:
                    theirs.setdefault((mode, preload), []).append(pytorch(name, mode, options, preload))
        mine = statistics.median(ours)
        figures = {key: statistics.median(values) for key, values in theirs.items()}
        plain = max(key for key in figures if not key[1] and figures[key] == max(
            value for other, value in figures.items() if not other[1]))
        tuned = max(figures, key=figures.get)
        print(
            f"| `{name}` | {mine:,.0f} | {figures[plain]:,.0f} ({plain[0]}) | {figures[tuned]:,.0f} ({tuned[0]}) |"
            f" {mine / figures[plain]:.1f}x | {mine / figures[tuned]:.1f}x |",
            flush=True)


if __name__ == "__main__":
    main()
