"""Style kernels (section 3.2): for every position and channel its own separable kernel."""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

from network import blocks
from network.blocks import EPSILON, Conv, constant


class KernelHead(nn.Module):
    """The last convolution of phi and the kernels it predicts: for every position and channel a column of
    k taps, a row of k taps and a bias. `size` 1 or 3 is that convolution's. It corrects kernels that are one
    point: gain and bias, where given, are those of the aligned style."""
    def __init__(self, cin, channels, taps, size):
        super().__init__()
        self.channels, self.taps = channels, taps
        self.conv = Conv(cin, channels * (2 * taps + 1), size)
        nn.init.normal_(self.conv.weight, std=1e-3)

    def forward(self, x, gain=None, bias=None):
        """gain, bias: N x C x H x W. Returns F1 (N x k x C x H x W), F2 (the same) and B (N x C x H x W)."""
        n, _, h, w = x.shape
        f = self.conv(x).view(n, 2 * self.taps + 1, self.channels, h, w)
        point = constant(tuple(float(i == self.taps // 2) for i in range(self.taps)), x.device).view(-1, 1, 1, 1)
        f1, f2, b = f.split([self.taps, self.taps, 1], 1)
        f1, f2, b = f1 + point, f2 + point, b.squeeze(1)
        return (f1 if gain is None else f1 * gain[:, None]), f2, (b if bias is None else b + bias)


def apply_kernels(z, f1, f2, bias):
    """Eq. 6: z * F1 * F2 + B. F1 runs down the columns, then F2 along the rows of the result, each
    position with its own taps; z and the intermediate are padded by reflection."""
    k = f1.shape[1]
    m = k // 2
    h, w = z.shape[2:]
    if m:
        zp = blocks.mirrored(z, m, 0)
        z = sum(f * zp[:, :, i:i + h] for i, f in enumerate(f1.unbind(1)))
        zp = blocks.mirrored(z, 0, m)
        z = sum(f * zp[:, :, :, i:i + w] for i, f in enumerate(f2.unbind(1)))
    else:
        z = f2[:, 0] * (f1[:, 0] * z)
    return z + bias


def spread(mean, square, eps=EPSILON):
    """Standard deviation from aligned first and second moments."""
    return (F.relu(square - mean.square()) + eps).sqrt()


def join(f1, f2, b):
    """Kernels as one tensor, tap-major: N x C(2k + 1) x H x W."""
    return torch.cat([f1.flatten(1, 2), f2.flatten(1, 2), b], 1)
