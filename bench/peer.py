"""What the sides of `./crema bench --peer` have in common: their options, their clock and their answer."""
import argparse
import ctypes.util
import json
import os
import pathlib
import re
import statistics
import time

PRODUCT_SIZE, PRODUCTS = 2048, 9
MIN_WARM_STEPS, MAX_WARM_STEPS, WARM_SECONDS, MIN_STEPS = 2, 5, 5, 3


def rates(batch, seconds, step, multiply):
    """Times steps, the first few apart: images per second at the median one; and the rate of a large matrix product.

    `multiply` makes the product of two square matrices of PRODUCT_SIZE rows.
    """

    def seconds_of(what, *arguments):
        start = time.perf_counter()
        what(*arguments)
        return time.perf_counter() - start

    warm = []
    while len(warm) < MIN_WARM_STEPS or (len(warm) < MAX_WARM_STEPS and sum(warm) < WARM_SECONDS):
        warm.append(seconds_of(step, len(warm)))
    times = []
    while len(times) < MIN_STEPS or sum(times) < seconds:
        times.append(seconds_of(step, len(times)))
    resident = resident_bytes()  # the product takes more, which is none of the training's
    product = statistics.median(seconds_of(multiply) for _ in range(PRODUCTS))
    return {
        "images_per_second": batch / statistics.median(times),
        "warmup_seconds": sum(warm),
        "product_gflops": 2e-9 * PRODUCT_SIZE**3 / product,
        **resident,
    }


def resident_bytes():
    """The most memory that this process had resident, where the system tells."""
    status = pathlib.Path("/proc/self/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return {"resident_bytes": int(peak[1]) << 10} if peak else {}


def main(description, version, modes, optimizers, measure):
    """Prints what `measure` makes of the options, or with --about what there is."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("net", nargs="?")
    parser.add_argument("--about", action="store_true", help="say what there is, and measure nothing")
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--shape", default="1x28x28", help="channels, height and width of an image")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--optimizer", choices=optimizers, default="sgd")
    parser.add_argument("--weight-decay", type=float, default=0)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if not options.about and options.net is None:
        parser.error("expected a net, or --about")
    options.shape = tuple(int(size) for size in options.shape.split("x"))
    print(json.dumps(about(version) if options.about else measure(options)))


def about(version):
    libraries = (ctypes.util.find_library(name) for name in ("tcmalloc_minimal", "tcmalloc"))
    return {"version": version, "tcmalloc": next((each for each in libraries if each), None)}
