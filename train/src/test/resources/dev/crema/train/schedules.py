"""Writes schedules.json: learning-rate factors by PyTorch 2.13, for ScheduleTest.

    python schedules.py > schedules.json
"""

import json
import math

import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

EPOCHS, PER_EPOCH = 6, 7
STEPS = EPOCHS * PER_EPOCH


def factors(make, each_epoch=False, steps=STEPS):
    # lr 1, so that the rate is the factor
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for step in range(steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step + 1 < steps and (not each_epoch or (step + 1) % PER_EPOCH == 0):
            scheduler.step()
    return rates


def warmed(optimizer, rise, then):
    linear = LinearLR(optimizer, start_factor=1 / (rise + 1), total_iters=rise)
    return SequentialLR(optimizer, [linear, then(optimizer)], milestones=[rise])


print(
    json.dumps(
        {
            "exponential, epochs": factors(lambda o: ExponentialLR(o, math.exp(-0.05)), True),
            "exponential, steps": factors(lambda o: ExponentialLR(o, math.exp(-0.05))),
            "step, epochs": factors(lambda o: StepLR(o, 2, 0.5), True),
            "step, steps": factors(lambda o: StepLR(o, 10, 0.3)),
            "cosine, epochs": factors(lambda o: CosineAnnealingLR(o, EPOCHS), True),
            "cosine, steps": factors(lambda o: CosineAnnealingLR(o, STEPS, eta_min=0.1)),
            "one cycle": factors(lambda o: OneCycleLR(o, 1.0, total_steps=STEPS)),
            "one cycle, other": factors(
                lambda o: OneCycleLR(
                    o, 1.0, total_steps=STEPS, pct_start=0.45, div_factor=10, final_div_factor=100
                )
            ),
            "warm-up, cosine": factors(
                lambda o: warmed(o, 5, lambda o: CosineAnnealingLR(o, STEPS - 5))
            ),
            "warm-up, constant": factors(
                lambda o: warmed(o, PER_EPOCH, lambda o: StepLR(o, 1000, 1.0))
            ),
        },
        indent=1,
    )
)
