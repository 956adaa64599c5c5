"""Channels mixed by the style as a whole: what the kernels of section 3.2, which take each channel by itself,
cannot."""
from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from network import blocks
from network.blocks import Conv, normalise, statistics


@dataclass
class Filter:
    """What a style does to `rank` channels: a matrix, N x R x R, and a 3 x 3 kernel for each, N x R x 3 x 3."""
    matrix: torch.Tensor
    kernels: torch.Tensor


class StyleMixing(nn.Module):
    """x + E (K_s * (M_s C x)): x compressed to R channels, mixed by M_s, drawn out by K_s (AdaConv's depthwise kernels:
    Chandran et al., CVPR 2021), and brought back. M_s and K_s come from the correlations of R channels of the style
    (LST: Li et al., CVPR 2019). E begins at 0: the network is the one without."""

    def __init__(self, channels: int, rank: int, source: int):
        """channels: of x; source: of the style's features."""
        super().__init__()
        self.rank = rank
        self.compress, self.expand = Conv(channels, rank, 1), Conv(rank, channels, 1)
        self.look = Conv(source, rank, 1)
        self.head = nn.Linear(rank * rank, rank * rank + 9 * rank)
        nn.init.zeros_(self.expand.weight)
        nn.init.normal_(self.head.weight, std=.1)
        nn.init.zeros_(self.head.bias)

    def remember(self, z: torch.Tensor) -> Filter:
        """z: the style's features, N x source x H x W."""
        f = self.look(normalise(z, statistics(z))).float().flatten(2)
        with torch.autocast(z.device.type, enabled=False):
            # Over R as well: of 1,024 numbers as large as 1, each of Adam's steps would move M_s by half of itself.
            correlations = f @ f.transpose(1, 2) / (f.shape[2] * self.rank)
            found = self.head(correlations.flatten(1))
        matrix, kernels = found.split([self.rank ** 2, 9 * self.rank], 1)
        still = F.pad(found.new_ones(1, 1, 1, 1), (1, 1, 1, 1))
        return Filter(matrix.view(-1, self.rank, self.rank) + torch.eye(self.rank, device=z.device),
                      kernels.view(-1, self.rank, 3, 3) + still)

    def forward(self, x: torch.Tensor, of: Filter) -> torch.Tensor:
        n, _, h, w = x.shape
        r = self.compress(x)
        mixed = torch.einsum("nij,njhw->nihw", of.matrix.to(r.dtype).expand(n, -1, -1), r)
        padded = blocks.mirrored(mixed, 1, 1).reshape(1, n * self.rank, h + 2, w + 2)
        kernels = of.kernels.to(r.dtype).expand(n, -1, -1, -1).reshape(n * self.rank, 1, 3, 3)
        drawn = F.conv2d(padded, kernels, groups=n * self.rank).view(n, self.rank, h, w)
        return x + self.expand(drawn.contiguous(memory_format=torch.channels_last))
