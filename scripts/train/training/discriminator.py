"""The multi-scale discriminator of pix2pixHD (Wang et al., CVPR 2018): the same patch classifier on the picture at
full, half and quarter size, each judging patches of 70 pixels of its own scale."""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F


class PatchDiscriminator(nn.Sequential):
    """4x4 convolutions, three of stride 2; instance normalisation but for the first and last; leaky ReLU 0.2.
    N x 3 x H x W in [-1, 1] to N x 1 x about H/8 x W/8."""

    def __init__(self, width: int = 64, layers: int = 3):
        steps: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 2), nn.LeakyReLU(.2)]
        channels = width
        for i in range(1, layers + 1):
            wider = min(channels * 2, 512)
            stride = 2 if i < layers else 1
            steps += [nn.Conv2d(channels, wider, 4, stride, 2), nn.InstanceNorm2d(wider), nn.LeakyReLU(.2)]
            channels = wider
        super().__init__(*steps, nn.Conv2d(channels, 1, 4, 1, 2))


class MultiScaleDiscriminator(nn.Module):
    """`scales` discriminators; each sees the picture half as large as the one before. Returns their score maps."""

    def __init__(self, scales: int = 3, width: int = 64, layers: int = 3):
        super().__init__()
        self.scales = nn.ModuleList(PatchDiscriminator(width, layers) for _ in range(scales))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.normal_(module.weight, std=.02)
                nn.init.zeros_(module.bias)

    def forward(self, rgb: torch.Tensor) -> list[torch.Tensor]:
        """rgb: N x 3 x H x W in [0, 1]."""
        x, scores = rgb * 2 - 1, []
        for i, scale in enumerate(self.scales):
            if i:
                x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
            scores.append(scale(x))
        return scores
