"""Writes NAME.safetensors for every named network: what PyTorch 2.13 computes, for FixturesTest.

    pip install torch numpy; python make_fixtures.py [NAME...]

A new network is one more entry of NETWORKS, with the layers, the optimiser and the loss that its recipe has.

PyTorch computes in double precision from single-precision weights, so that the differences found are those of Crema's
own rounding. To keep the files small, weights, images and labels are not stored but made from a hash of their name and
place (`bits`, which Fixture.java has too), and of a large tensor only a digest is stored.
"""

import json
import math
import pathlib
import struct
import sys
import zlib

import numpy as np
import torch
from torch import nn

IMAGES, STEPS, SAMPLE = 37, 3, 256

def bits(name, count):
    """32 random bits for each place: murmur3's finaliser of its number and the name's checksum."""
    return finalise(np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(zlib.crc32(name.encode())))


def finalise(h):
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def uniform(name, count):
    """Numbers in [-1, 1), exact in single precision."""
    return (bits(name, count) >> np.uint32(8)).astype(np.float32) * np.float32(2**-23) - np.float32(1)


def first_value(name, shape):
    """He's range for what is multiplied with inputs, about 1 for what scales, about 0 for what is added."""
    u = uniform(name, math.prod(shape))
    if len(shape) > 1:
        u = u * np.float32(math.sqrt(6 / math.prod(shape[1:])))
    elif name.endswith(("weight", "running_var")):
        u = 1 + u / 2
    else:
        u = u / 8
    assert u.dtype == np.float32
    return torch.from_numpy(u.reshape(shape)).double()


def images(shape):
    """Noise, half of it black; scaled as Crema does it, in single precision."""
    h = bits("pixels", IMAGES * math.prod(shape))
    pixels = np.where(h & 1, h >> np.uint32(24), 0).astype(np.float32) * np.float32(1 / 255)
    return torch.from_numpy(pixels.reshape(IMAGES, *shape)).double()


def labels(classes):
    return torch.from_numpy((bits("labels", IMAGES) % np.uint32(classes)).astype(np.int64))


def digest(name, tensor):
    """The norm, the product with a random vector, which every entry has a part in, and all entries or a sample."""
    values = tensor.detach().double().numpy().ravel()
    probe = values @ uniform("probe of " + name, values.size).astype(np.float64)
    at = np.arange(values.size)
    if values.size > SAMPLE:
        at = bits("sample of " + name, SAMPLE) % np.uint32(values.size)
    return np.concatenate([[np.linalg.norm(values), probe], values[at]]).astype(np.float32)


class Dropout(nn.Module):
    """Dropout of the cells that Crema drops (Key, Kernels.dropoutBits and nn.Dropout) in a step with the key Key.of(step)."""

    def __init__(self, rate):
        super().__init__()
        self.rate, self.path, self.step = rate, "", 0

    def forward(self, x):
        if not self.training:
            return x
        key = key_of(self.step) ^ fold_name(key_of(0), self.path)
        h = np.arange(x.numel(), dtype=np.uint32)
        for half in (key & 0xFFFFFFFF, key >> 32):
            h = finalise(h ^ np.uint32(half))
        kept = (h >> np.uint32(8)) >= round(self.rate * 2**24)
        return x * torch.from_numpy(kept.reshape(x.shape)) / (1 - self.rate)


GAMMA, MASK = 0x9E3779B97F4A7C15, 2**64 - 1


def split_mix(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def key_of(seed):
    return split_mix(seed + GAMMA & MASK)


def fold(key, number):
    return split_mix(split_mix(key ^ GAMMA) + GAMMA * (number + 1) & MASK)


def fold_name(key, name):
    key = fold(key, len(name))
    for letter in name:
        key = fold(key, ord(letter))
    return key


def mlp(*widths):
    layers = [nn.Flatten(), nn.Linear(784, widths[0])]
    for width, following in zip(widths, widths[1:]):
        layers += [nn.ReLU(), nn.Linear(width, following)]
    return nn.Sequential(*layers)


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


def lenet_of(activation, padding, features):
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=padding),
        activation(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        activation(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(features, 120),
        activation(),
        nn.Linear(120, 84),
        activation(),
        nn.Linear(84, 10),
    )


def dwcnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, groups=64),
        nn.Conv2d(64, 8, 1),
        nn.ReLU(),
        nn.Flatten(),
        Dropout(0.2),
        nn.Linear(968, 10),
        nn.LogSoftmax(dim=1),
    )


def sgd(**options):
    return lambda parameters: torch.optim.SGD(parameters, **options)


def adam(**options):
    return lambda parameters: torch.optim.Adam(parameters, **options)


MNIST = (1, 28, 28)

# name: network, shape of its images, optimiser
NETWORKS = {
    "softmax": (lambda: mlp(10), MNIST, sgd(lr=0.1)),
    "mlp": (lambda: mlp(256, 10), MNIST, sgd(lr=0.5)),
    "mlp-deep": (lambda: mlp(512, 128, 10), MNIST, sgd(lr=0.1, weight_decay=1e-4)),
    "lenet": (lenet, MNIST, adam(lr=0.001, weight_decay=5e-4)),
    "lenet-sigmoid": (lambda: lenet_of(nn.Sigmoid, 0, 256), MNIST, adam(lr=0.001)),
    "lenet5": (lambda: lenet_of(nn.ReLU, 2, 400), MNIST, adam(lr=0.0015)),
    "dwcnn": (dwcnn, MNIST, sgd(lr=0.05)),
}


def make(name):
    network, shape, optimizer = NETWORKS[name]
    net = network().double()
    state = {path: value for path, value in net.state_dict().items() if value.is_floating_point()}
    start = {path: first_value(path, tuple(value.shape)) for path, value in state.items()}
    net.load_state_dict(start, strict=False)
    for path, module in net.named_modules():
        module.path = path
    is_log = isinstance(list(net.modules())[-1], nn.LogSoftmax)
    loss_of = nn.functional.nll_loss if is_log else nn.functional.cross_entropy
    x = images(shape)

    net.eval()
    tensors = {"outputs before": net(x)}
    y = labels(tensors["outputs before"].shape[1])
    net.train()
    rule = optimizer(net.parameters())
    losses = []
    for step in range(STEPS):
        for module in net.modules():
            module.step = step
        rule.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            for path, parameter in net.named_parameters():
                tensors["gradient of " + path] = digest(path, parameter.grad)
        rule.step()
    net.eval()
    tensors["outputs after"] = net(x)
    tensors["losses"] = np.array(losses)
    for path, value in state.items():  # the state shares the memory of what the steps changed
        tensors["change of " + path] = digest(path, value - start[path])
    notes = {
        "made_by": "make_fixtures.py, PyTorch " + torch.__version__,
        "parameters": str(sum(p.numel() for p in net.parameters())),
    }
    write(pathlib.Path(__file__).with_name(name + ".safetensors"), tensors, notes)
    print(name, losses)


def write(path, tensors, notes):
    """The safetensors format: the header's length, the header in JSON, the numbers."""
    header, data = {"__metadata__": notes}, b""
    for name, tensor in tensors.items():
        values = np.asarray(tensor.detach() if torch.is_tensor(tensor) else tensor).astype("<f4")
        offsets = [len(data), len(data) + values.nbytes]
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": offsets}
        data += values.tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


for name in sys.argv[1:] or NETWORKS:
    make(name)
