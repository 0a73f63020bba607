"""Writes NAME.safetensors for every named network: what PyTorch 2.13 computes, for FixturesTest.

    pip install torch numpy; python make_fixtures.py [NAME...]

A new network is one more entry of NETWORKS, with the layers and the loss that its recipe has, nested as they are there.
Small networks also take three steps of its optimiser. Deep ones get fewer and smaller images and no steps: Adam moves a
weight by the full rate whatever its gradient, also where that is nothing but the rounding of terms that cancel, as for a
bias before a batch normalisation. Their images are chosen so that no ReLU and no maximum is so close to its kink that
single precision may take the other side: among a million cells one often is, and its gradient then goes elsewhere.
Winograd's algorithm rounds more and needs a larger margin where many cells depend on it.

PyTorch computes in double precision from single-precision weights, so that the differences found are those of Crema's
own rounding. To keep the files small, weights, images and labels are not stored but made from a hash of their name and
place (`bits`, which Fixture.java has too), and of a large tensor only a digest is stored.
"""

import functools
import json
import math
import operator
import pathlib
import struct
import sys
import zlib

import numpy as np
import torch
from torch import nn

STEPS, SAMPLE = 3, 256


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


def images(name, count, shape):
    """Noise, half of it black; scaled as Crema does it, in single precision."""
    h = bits(name, count * math.prod(shape))
    pixels = np.where(h & 1, h >> np.uint32(24), 0).astype(np.float32) * np.float32(1 / 255)
    return torch.from_numpy(pixels.reshape(count, *shape)).double()


def labels(count, classes):
    return torch.from_numpy((bits("labels", count) % np.uint32(classes)).astype(np.int64))


def margin(net, x):
    """How close a number comes to the kink of a ReLU or maximum at least, in root mean squares of its layer."""
    margins = []

    def look(module, inputs):
        values = inputs[0].detach()
        distances = values.abs()
        if isinstance(module, nn.MaxPool2d):
            framed = nn.functional.pad(values, (module.padding,) * 4, value=-math.inf)
            windows = framed.unfold(2, module.kernel_size, module.stride).unfold(3, module.kernel_size, module.stride)
            best = windows.flatten(4).topk(2).values
            distances = best[..., 0] - best[..., 1]
            distances = distances[distances > 0]  # equal numbers, as ReLU's zeros, are equal in single precision too
        margins.append(distances.min() / values.square().mean().sqrt())

    hooks = [m.register_forward_pre_hook(look) for m in net.modules() if isinstance(m, (nn.ReLU, nn.MaxPool2d))]
    with torch.no_grad():
        net(x)
    for hook in hooks:
        hook.remove()
    return min(margins)


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


class Sum(nn.Sequential):
    def forward(self, x):
        return functools.reduce(operator.add, (branch(x) for branch in self))


class Concat(nn.Sequential):
    def forward(self, x):
        return torch.cat([branch(x) for branch in self], dim=1)


class GlobalAvgPool(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


def alexnet(features):
    return nn.Sequential(
        nn.Conv2d(1, 96, 11, stride=4),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Flatten(),
        *classifier(features, 4096),
    )


def classifier(features, units):
    dense = [nn.Linear(features, units), nn.ReLU(), Dropout(0.5), nn.Linear(units, units), nn.ReLU(), Dropout(0.5)]
    return [*dense, nn.Linear(units, 10)]


def vgg11(width, units, pixels):
    layers, channels = [], 1
    for convolutions, filters in ((1, width), (1, 2 * width), (2, 4 * width), (2, 8 * width), (2, 8 * width)):
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
            channels = filters
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), *classifier(channels * pixels, units))


def nin_block(channels, filters, *window):
    layers = [nn.Conv2d(channels, filters, *window), nn.ReLU()]
    for _ in range(2):
        layers += [nn.Conv2d(filters, filters, 1), nn.ReLU()]
    return nn.Sequential(*layers)


def nin():
    return nn.Sequential(
        nin_block(1, 96, 11, 4),
        nn.MaxPool2d(3, 2),
        nin_block(96, 256, 5, 1, 2),
        nn.MaxPool2d(3, 2),
        nin_block(256, 384, 3, 1, 1),
        nn.MaxPool2d(3, 2),
        Dropout(0.5),
        nin_block(384, 10, 3, 1, 1),
        GlobalAvgPool(),
    )


def inception(channels, ones, threes, fives, project):
    return Concat(
        nn.Sequential(nn.Conv2d(channels, ones, 1), nn.ReLU()),
        nn.Sequential(nn.Conv2d(channels, threes[0], 1), nn.ReLU(), nn.Conv2d(*threes, 3, padding=1), nn.ReLU()),
        nn.Sequential(nn.Conv2d(channels, fives[0], 1), nn.ReLU(), nn.Conv2d(*fives, 5, padding=2), nn.ReLU()),
        nn.Sequential(nn.MaxPool2d(3, 1, 1), nn.Conv2d(channels, project, 1), nn.ReLU()),
    )


def googlenet():
    return nn.Sequential(
        nn.Conv2d(1, 64, 7, 2, 3),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
        nn.Conv2d(64, 64, 1),
        nn.Conv2d(64, 192, 3, padding=1),
        nn.MaxPool2d(3, 2, 1),
        inception(192, 64, (96, 128), (16, 32), 32),
        inception(256, 128, (128, 192), (32, 96), 64),
        nn.MaxPool2d(3, 2, 1),
        inception(480, 192, (96, 208), (16, 48), 64),
        inception(512, 160, (112, 224), (24, 64), 64),
        inception(512, 128, (128, 256), (24, 64), 64),
        inception(512, 112, (144, 288), (32, 64), 64),
        inception(528, 256, (160, 320), (32, 128), 128),
        nn.MaxPool2d(3, 2, 1),
        inception(832, 256, (160, 320), (32, 128), 128),
        inception(832, 384, (192, 384), (48, 128), 128),
        GlobalAvgPool(),
        nn.Linear(1024, 10),
    )


def residual(channels, filters):
    changes = channels != filters
    stride = 2 if changes else 1
    main = nn.Sequential(
        nn.Conv2d(channels, filters, 3, stride, 1),
        nn.BatchNorm2d(filters),
        nn.ReLU(),
        nn.Conv2d(filters, filters, 3, padding=1),
        nn.BatchNorm2d(filters),
    )
    shortcut = nn.Conv2d(channels, filters, 1, stride) if changes else nn.Identity()
    return nn.Sequential(Sum(main, shortcut), nn.ReLU())


def norm_relu(channels):
    return [nn.BatchNorm2d(channels), nn.ReLU()]


def stages(blocks, *widths):
    """Each of `blocks` residual blocks; the first one changes the width."""
    before = (widths[0], *widths)
    return [
        nn.Sequential(residual(channels, width), *(residual(width, width) for _ in range(blocks - 1)))
        for channels, width in zip(before, widths)
    ]


def resnet18():
    return nn.Sequential(
        nn.Conv2d(1, 64, 7, 2, 3),
        *norm_relu(64),
        nn.MaxPool2d(3, 2, 1),
        *stages(2, 64, 128, 256, 512),
        GlobalAvgPool(),
        nn.Linear(512, 10),
    )


def resnet20():
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        *norm_relu(16),
        *stages(3, 16, 32, 64),
        GlobalAvgPool(),
        nn.Linear(64, 10),
    )


def densenet40():
    def bottleneck(channels):
        layers = [*norm_relu(channels), nn.Conv2d(channels, 48, 1, bias=False)]
        return nn.Sequential(*layers, *norm_relu(48), nn.Conv2d(48, 12, 3, padding=1, bias=False))

    def block(channels):
        return nn.Sequential(*(Concat(nn.Identity(), bottleneck(channels + 12 * i)) for i in range(6)))

    def transition(channels, filters):
        return nn.Sequential(*norm_relu(channels), nn.Conv2d(channels, filters, 1, bias=False), nn.AvgPool2d(2))

    return nn.Sequential(
        nn.Conv2d(1, 24, 3, padding=1, bias=False),
        block(24),
        transition(96, 48),
        block(48),
        transition(120, 60),
        block(60),
        *norm_relu(132),
        GlobalAvgPool(),
        nn.Linear(132, 10),
    )


def mobilenetv2_small():
    def block(channels, filters, stride):
        wide = 6 * channels
        main = nn.Sequential(
            nn.Conv2d(channels, wide, 1, bias=False),
            *norm_relu(wide),
            nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False),
            *norm_relu(wide),
            nn.Conv2d(wide, filters, 1, bias=False),
            nn.BatchNorm2d(filters),
        )
        return Sum(main, nn.Identity()) if channels == filters and stride == 1 else main

    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, bias=False),
        *norm_relu(16),
        block(16, 16, 1),
        block(16, 24, 2),
        block(24, 24, 1),
        block(24, 32, 2),
        block(32, 32, 1),
        block(32, 64, 1),
        block(64, 64, 1),
        nn.Conv2d(64, 256, 1, bias=False),
        *norm_relu(256),
        GlobalAvgPool(),
        nn.Linear(256, 10),
    )


def sgd(**options):
    return lambda parameters: torch.optim.SGD(parameters, **options)


def adam(**options):
    return lambda parameters: torch.optim.Adam(parameters, **options)


MNIST = (1, 28, 28)

# the margin of networks whose images are chosen
MARGINS = {"dwcnn": 2e-6, "densenet40": 3e-6} | dict.fromkeys(
    ("resnet20", "mobilenetv2-small", "alexnet", "vgg11", "vgg11-slim", "nin", "googlenet", "resnet18"), 1e-6
)

# name: network, shape of its images, optimiser if it takes steps
NETWORKS = {
    "softmax": (lambda: mlp(10), MNIST, sgd(lr=0.1)),
    "mlp": (lambda: mlp(256, 10), MNIST, sgd(lr=0.5)),
    "mlp-deep": (lambda: mlp(512, 128, 10), MNIST, sgd(lr=0.1, weight_decay=1e-4)),
    "lenet": (lenet, MNIST, adam(lr=0.001, weight_decay=5e-4)),
    "lenet-sigmoid": (lambda: lenet_of(nn.Sigmoid, 0, 256), MNIST, adam(lr=0.001)),
    "lenet5": (lambda: lenet_of(nn.ReLU, 2, 400), MNIST, adam(lr=0.0015)),
    "dwcnn": (dwcnn, MNIST, sgd(lr=0.05)),
    "resnet20": (resnet20, (1, 12, 8), None),
    "densenet40": (densenet40, (1, 12, 8), None),
    "mobilenetv2-small": (mobilenetv2_small, (1, 12, 8), None),
    "alexnet": (lambda: alexnet(256), (1, 67, 67), None),
    "vgg11": (lambda: vgg11(64, 4096, 1), (1, 32, 32), None),
    "vgg11-slim": (lambda: vgg11(8, 512, 2), (1, 64, 32), None),
    "nin": (nin, (1, 67, 67), None),
    "googlenet": (googlenet, (1, 24, 20), None),
    "resnet18": (resnet18, (1, 24, 20), None),
}


def make(name):
    network, shape, optimizer = NETWORKS[name]
    net = network().double()
    state = {path: value for path, value in net.state_dict().items() if value.is_floating_point()}
    start = {path: first_value(path, tuple(value.shape)) for path, value in state.items()}
    net.load_state_dict(start, strict=False)
    for path, module in net.named_modules():
        module.path, module.step = path, 0
    is_log = isinstance(list(net.modules())[-1], nn.LogSoftmax)
    loss_of = nn.functional.nll_loss if is_log else nn.functional.cross_entropy
    count = 37 if optimizer else 17
    pixels = "pixels"
    if name in MARGINS:
        candidates = (f"pixels {i}" for i in range(1000))
        pixels = next(each for each in candidates if margin(net, images(each, count, shape)) > MARGINS[name])
        net.load_state_dict(start, strict=False)  # the running statistics have moved
    x = images(pixels, count, shape)

    net.eval()
    tensors = {"outputs before": net(x)}
    y = labels(count, tensors["outputs before"].shape[1])
    net.train()
    rule = optimizer and optimizer(net.parameters())
    losses = []
    for step in range(STEPS if optimizer else 1):
        for module in net.modules():
            module.step = step
        net.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            for path, parameter in net.named_parameters():
                tensors["gradient of " + path] = digest(path, parameter.grad)
        if rule:
            rule.step()
    if rule:
        net.eval()
        tensors["outputs after"] = net(x)
    tensors["losses"] = np.array(losses)
    learns = {path for path, _ in net.named_parameters()}
    for path, value in state.items():  # the state shares the memory of what the steps changed
        if rule or path not in learns:
            tensors["change of " + path] = digest(path, value - start[path])
    notes = {
        "made_by": "make_fixtures.py, PyTorch " + torch.__version__,
        "parameters": str(sum(p.numel() for p in net.parameters())),
        "images": str(count),
        "pixels": pixels,
        "input": json.dumps(shape),
    }
    write(pathlib.Path(__file__).with_name(name + ".safetensors"), tensors, notes)
    print(name, notes["parameters"], pixels, losses)


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


if __name__ == "__main__":
    for name in sys.argv[1:] or NETWORKS:
        make(name)
