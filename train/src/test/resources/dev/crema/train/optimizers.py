"""Writes optimizers.json: weights after each of five steps by PyTorch 2.13 in double precision, for OptimizerTest.

    python optimizers.py > optimizers.json
"""

import json

import torch
from torch.optim import SGD, Adam, AdamW

NUMBERS, STEPS = 64, 5


def weight(i):
    return 0.0 if i % 3 == 0 else (i * 5 % 17 - 8) / 8


def gradient(step, i):
    """About 1, 1e-3, Adam's eps, and 0."""
    return ((i * 7 + step * 5) % 23 / 8 - 1) * (1, 2**-10, 2**-27, 0)[i % 4]


def weights(rule, lr, **options):
    w = torch.tensor([weight(i) for i in range(NUMBERS)], dtype=torch.float64, requires_grad=True)
    optimizer = rule([w], lr=lr, **options)
    found = []
    for step in range(STEPS):
        w.grad = torch.tensor([gradient(step, i) for i in range(NUMBERS)], dtype=torch.float64)
        optimizer.param_groups[0]["lr"] = lr / (step + 1)
        optimizer.step()
        found.append(w.tolist())
    return found


print(
    json.dumps(
        {
            "sgd": weights(SGD, 0.1),
            "sgd, weight decay": weights(SGD, 0.1, weight_decay=0.01),
            "sgd, momentum": weights(SGD, 0.1, momentum=0.9),
            "sgd, momentum, weight decay": weights(SGD, 0.1, momentum=0.9, weight_decay=0.01),
            "sgd, nesterov": weights(SGD, 0.1, momentum=0.9, nesterov=True),
            "sgd, nesterov, weight decay": weights(SGD, 0.1, momentum=0.8, nesterov=True, weight_decay=0.01),
            "adam": weights(Adam, 0.01),
            "adam, l2": weights(Adam, 0.01, weight_decay=0.01),
            "adam, other": weights(Adam, 0.02, betas=(0.8, 0.95), eps=1e-4),
            "adamw": weights(AdamW, 0.01),
            "adamw, other decay": weights(AdamW, 0.01, weight_decay=0.1),
        }
    )
)
