"""The parts of the method that can be left out (Tables 3 and 5 of the paper), and how the network goes on without
them."""
from __future__ import annotations

import argparse
import random

import torch

from network.stylekernel import Config, StyleKernelNet


def configuration(o: argparse.Namespace) -> Config:
    """The network's settings: k (Table 3), CGM and GS (Table 5), widths and what is larger."""
    cfg = Config(preset=o.preset, taps=o.taps, gated=not o.no_gate)
    if o.preset == "fast":
        cfg.deep, cfg.mixing = o.deep, o.mixing
    if o.widths:
        cfg.widths = [int(n) for n in o.widths.split(",")]
    if o.shuffle == "fixed":
        random.Random(o.seed).shuffle(cfg.order)
    return cfg


def without_kernels(net: StyleKernelNet) -> None:
    """No style kernels (Table 5 before SK): every F1 and F2 stays one point. In `fast` nothing but the aligned style's
    own mean and deviation is left (AdaAttN); in `paper` its bias is still predicted, which adds Z_cs to the content as
    SANet does. The heads' rows are zero and get no gradient, so that the file keeps its layout and the program reads
    it."""
    heads = [net.head8, net.head4] if net.cfg.preset == "fast" else [net.head]
    for head in heads:
        rows = head.conv.weight.shape[0] if net.cfg.preset == "fast" else 2 * head.taps * head.channels
        for p in (head.conv.weight, head.conv.bias):
            keep = torch.ones_like(p)
            keep[:rows] = 0
            with torch.no_grad():
                p.mul_(keep)
            p.register_hook(lambda grad, keep=keep: grad * keep.to(grad.device))
