"""What both networks are built of: convolutions, statistics, shuffled groups. Tensors are N x C x H x W, float32."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn as nn
import torch.nn.functional as F


def mirrored(x, rows, columns):
    """Padded by reflection, so many rows above and below, so many columns on either side."""
    return F.pad(x, (columns, columns, rows, rows), mode="reflect")


class Conv(nn.Conv2d):
    """Convolution with reflection padding, so that the frame's border looks like its inside. Starts by He et
    al. (PyTorch's default is a third of that: after ten layers little but the biases was left)."""
    def __init__(self, cin, cout, k=3, stride=1):
        super().__init__(cin, cout, k, stride)
        self.margin = k // 2
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        nn.init.zeros_(self.bias)

    def forward(self, x):
        if self.margin:
            x = mirrored(x, self.margin, self.margin)
        return super().forward(x)


class ResBlock(nn.Module):
    """x' + conv(relu(conv(relu(x)))), with a 1x1 convolution on the way round where the width changes."""
    def __init__(self, cin, cout=None):
        super().__init__()
        cout = cout or cin
        self.conv1, self.conv2 = Conv(cin, cout), Conv(cout, cout)
        self.conv2.weight.data.mul_(.3)
        self.skip = Conv(cin, cout, 1) if cin != cout else None

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(F.relu(x))))
        return y + (x if self.skip is None else self.skip(x))


def up2(x):
    """Bilinear, half-pixel centres (align_corners false): 2H x 2W."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


@dataclass
class Statistics:
    """Mean and standard deviation of each channel of one tensor: N x C x 1 x 1 each."""
    mean: torch.Tensor
    std: torch.Tensor


EPSILON = 1e-5
"""Added to a variance before its root is taken."""


def statistics(x, eps=EPSILON):
    """Population variance over the positions; std = sqrt(var + eps)."""
    var, mean = torch.var_mean(x.float(), dim=(2, 3), keepdim=True, correction=0)
    return Statistics(mean, (var + eps).sqrt())


def normalise(x, s):
    return (x - s.mean) / s.std


def placed(numbers, device):
    """A small tensor of numbers. On its way to a GPU it lies in pinned memory: a copy from ordinary memory waits until
    the GPU has done all that it was given."""
    numbers = torch.tensor(numbers)
    return numbers.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else numbers


def constant(numbers, device):
    """The same for a tuple of numbers, which a GPU is given once."""
    return on_gpu(numbers, device) if device.type == "cuda" else torch.tensor(numbers)


@lru_cache(64)
def on_gpu(numbers, device):
    with torch.inference_mode(False):  # it may be used in training later
        return placed(numbers, device)


def shuffle_groups(x, order):
    """Grouped shuffling (Eq. 10): channel groups put together again in another order."""
    n, c, h, w = x.shape
    g = len(order)
    if list(order) == list(range(g)):
        return x
    return x.reshape(n, g, c // g, h, w).index_select(1, constant(tuple(order), x.device)).reshape(n, c, h, w)
