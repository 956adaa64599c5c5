"""VGG-16 (Simonyan and Zisserman, 2015), fixed: the encoder of `paper`, and what the losses look through."""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

VGG_MEAN = (0.485, 0.456, 0.406)
VGG_STD = (0.229, 0.224, 0.225)


def rectified(conv, x):
    return F.relu(conv(x))


def pooled(x):
    return F.max_pool2d(x, 2)


class VGG16(nn.Module):
    """VGG-16's convolutions with zero padding, as trained; stops after the last layer asked for."""
    PLAN = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512]

    def __init__(self, divisor=1):
        """divisor: widths divided by it, for small stand-ins in tests (1 is VGG-16)."""
        super().__init__()
        cin, convs, self.steps = 3, [], []
        block, index = 1, 1
        for width in self.PLAN:
            if width == "M":
                self.steps.append(("pool", None))
                block, index = block + 1, 1
            else:
                width //= divisor
                self.steps.append((f"relu{block}_{index}", len(convs)))
                convs.append(nn.Conv2d(cin, width, 3, padding=1))
                cin, index = width, index + 1
        self.convs = nn.ModuleList(convs)
        self.register_buffer("mean", torch.tensor(VGG_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(VGG_STD).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, rgb, layers):
        x, out, left = (rgb - self.mean) / self.std, {}, set(layers)
        for name, i in self.steps:
            x = pooled(x) if i is None else rectified(self.convs[i], x)
            if name in left:
                out[name] = x
                left.discard(name)
                if not left:
                    return out
        raise ValueError(f"no such layers: {sorted(left)}")
