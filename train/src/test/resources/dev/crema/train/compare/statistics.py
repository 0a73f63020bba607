"""Writes statistics.json: what SciPy 1.17 and statsmodels 0.15 say about made samples, for StatisticsTest.

    python statistics.py > statistics.json
"""

import itertools
import json
import math

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

SAMPLES = {
    "six, all up": [0.21, 0.3, 0.14, 0.35, 0.02, 0.24],
    "six, mixed": [0.21, -0.3, 0.14, 0.35, -0.02, 0.24],
    "six, with ties and zeros": [0.1, 0.1, -0.1, 0.0, 0.0, 0.3],
    "two": [-1.5, -1.25],
    "nine, down": [-0.4, 0.1, -0.55, -0.31, -0.2, 0.05, -0.7, -0.13, -0.26],
    "nineteen": [round(math.sin(i * i) + 0.35, 3) for i in range(19)],
}
MANY = [round(math.sin(i * i) + 0.35, 3) for i in range(40)]
P_VALUES = [[0.03125], [0.01, 0.04, 0.03], [0.2, 0.001, 0.6, 0.012, 0.012, 0.9], [0.5, 0.5]]
MCNEMAR = [(0, 0), (0, 5), (0, 6), (12, 31), (40, 40), (312, 357), (1200, 1000)]
EFFECTS = [(1, 0.2), (1, 0.5), (1, 1.0), (3, 0.3), (6, 0.8), (10, 0.15)]  # pairs, mean / sd


def sample(x):
    x = np.array(x)
    mean, n = x.mean(), len(x)
    low, high = stats.t.interval(0.95, n - 1, mean, stats.sem(x))
    flips = stats.permutation_test((x,), np.mean, permutation_type="samples", n_resamples=np.inf)
    found = {
        "sample": x.tolist(),
        "mean": mean,
        "deviation": x.std(ddof=1),
        "half_width": (high - low) / 2,
        "sign_flip": flips.pvalue,
    }
    # Where the middle 95 % may begin and end when it is drawn 10,000 times: a discrete thing.
    if n <= 6:  # the bootstrap distribution itself, not drawn from
        means = np.repeat([np.mean(draw) for draw in itertools.product(x, repeat=n)], 100)
    else:
        drawn = stats.bootstrap((x,), np.mean, method="percentile", n_resamples=200_000, rng=1)
        means = drawn.bootstrap_distribution
    found["bootstrap"] = np.quantile(means, [0.02, 0.03, 0.97, 0.98]).tolist()
    return found


def calibration(n):
    """Confidences on and off the edges of the bins; bins are (low, high]."""
    confidence = np.array([0.0, 0.2, 0.4, 1.0] + [(i * 37 % 1000) / 1000 for i in range(n - 4)], dtype=np.float32)
    correct = np.array([(i * i * 7 + i) % 5 < 3 for i in range(n)])
    bins = np.digitize(confidence.astype(np.float64), np.arange(1, 15) / 15, right=True)
    total = stats.binned_statistic(bins, confidence.astype(np.float64) - correct, "sum", bins=15, range=(-0.5, 14.5))
    return {
        "confidence": [float(c) for c in confidence],
        "correct": correct.tolist(),
        "error": float(np.abs(total.statistic).sum() / n),
    }


def power(pairs, effect):
    n = TTestPower().solve_power(effect_size=effect, alpha=0.05 / pairs, power=0.8, alternative="two-sided")
    return {"pairs": pairs, "effect": effect, "seeds": math.ceil(n)}


def fewest(pairs):
    """From the test itself: equal differences have the smallest p that there is."""
    n = 2
    while pairs * stats.permutation_test((np.ones(n),), np.mean, permutation_type="samples").pvalue > 0.05:
        n += 1
    return n


print(
    json.dumps({
        "samples": {name: sample(x) for name, x in SAMPLES.items()},
        "many": {
            "sample": MANY,
            "sign_flip": stats.permutation_test(
                (np.array(MANY),), np.mean, permutation_type="samples", n_resamples=1_000_000, batch=10_000, rng=1
            ).pvalue,
        },
        "holm": [{"p": p, "corrected": multipletests(p, method="holm")[1].tolist()} for p in P_VALUES],
        "mcnemar": [
            {"counts": [b, c], "p": stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1.0} for b, c in MCNEMAR
        ],
        "calibration": calibration(300),
        "needed": [power(*e) for e in EFFECTS],
        "fewest": {pairs: fewest(pairs) for pairs in (1, 3, 6, 10)},
    })
)
