"""Reference of the style-kernel network (Xu, Long, Nie: "Learning Dynamic Style Kernels for Artistic Style Transfer",
CVPR 2023), in PyTorch. It is the meaning of every stage. The program computes the same, the golden tensors are its
outputs, and the trainer trains it.

Tensors are N x C x H x W, float32. Pictures are RGB in [0, 1].

Two networks share every part that gives the paper its name:

  paper  the paper's: VGG-16 relu4_1 on both sides, kernels at stride 8, the decoder of its Table 4.
  fast   ours: one light encoder for both sides, attention at stride 16 that carries the style's own means and
         deviations, and kernels at strides 8 and 4.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn as nn
import torch.nn.functional as F

from network import kernels
from network.alignment import StyleAlignment, StyleTokens
from network.blocks import Conv, ResBlock, normalise, shuffle_groups, statistics, up2
from network.kernels import KernelHead, join
from network.mixing import Filter, StyleMixing
from network.vgg import VGG16


@dataclass
class Config:
    preset: str = "fast"
    heads: int = 8                      # G
    taps: int = 3                       # k
    alpha: float = 10.0                 # sharpness of the softmax
    gated: bool = True                  # CGM
    gate_width: int = 64                # of psi's hidden layers
    groups: int = 8                     # grouped shuffling
    order: list = field(default_factory=lambda: list(range(8)))
    widths: list = field(default_factory=lambda: [16, 32, 64, 128, 128])  # fast: strides 1, 2, 4, 8, 16
    vgg_divisor: int = 1                # narrower stand-in for tests (1 is the real VGG-16)
    deep: int = 0                       # fast: channels that kernels modulate at stride 16; 0: none
    mixing: int = 0                     # fast: rank of the mixing by the style; 0: none


class StyleKernelNet(nn.Module):
    """Common face of both presets. A frame's way: encode, statistics, then paint: align, kernels, modulate, decode."""

    def forward(self, content, tokens, stats=None, order=None, trace=None):
        """content: N x 3 x H x W in [0, 1], sides multiples of the preset's stride. Returns the same shape."""
        z = self.encode(content)
        return self.paint(z, tokens, stats or self.measure(z), self.cfg.order if order is None else order, trace)

    @torch.no_grad()
    def stylise(self, content, style, stats=None, trace=None):
        return self.forward(content, self.remember(style), stats, None, trace)


class FastNet(StyleKernelNet):
    def __init__(self, cfg: Config, vgg=None):
        super().__init__()
        self.cfg = cfg
        c1, c2, c4, c8, c16 = cfg.widths
        # one encoder for both sides, as the paper has one VGG for both
        self.stem = Conv(3, c1)
        self.down2, self.down4 = Conv(c1, c2, 3, 2), Conv(c2, c4, 3, 2)
        self.res4 = ResBlock(c4)
        self.down8, self.res8 = Conv(c4, c8, 3, 2), ResBlock(c8)
        self.down16, self.res16 = Conv(c8, c16, 3, 2), ResBlock(c16)
        # style alignment at stride 16
        self.align = StyleAlignment(c16, c16, cfg.heads, cfg.alpha, cfg.gated, cfg.gate_width)
        self.value = Conv(c16, c16)
        self.aligned = [c16, c8, c8, c4, c4]
        # phi: a trunk down the strides, a head for each scale
        self.phi16, self.phi8, self.phi4 = Conv(sum(self.aligned), c16), Conv(c16, c8), Conv(c8, c4)
        self.head8, self.head4 = KernelHead(c8, c8, cfg.taps, 1), KernelHead(c4, c4, cfg.taps, 1)
        if cfg.deep:
            self.lift16, self.head16 = Conv(c16, cfg.deep), KernelHead(c16, cfg.deep, cfg.taps, 1)
            self.dec16, self.to8 = ResBlock(cfg.deep), Conv(cfg.deep, c8)
            nn.init.zeros_(self.to8.weight)  # begins as the network without
            self.aligned += [cfg.deep, cfg.deep]
        if cfg.mixing:
            self.mixings = nn.ModuleDict(self.mixing_layers())
        # decoder
        self.dec8, self.to4 = ResBlock(c8), Conv(c8, c4)
        self.dec4, self.to2 = ResBlock(c4), Conv(c4, c2)
        self.dec2, self.to1 = ResBlock(c2), Conv(c2, c1)
        self.out = Conv(c1, 3)

    def mixing_layers(self) -> dict[str, StyleMixing]:
        """By the tensor that is mixed. Stride 2 has no features of its own to look at: it takes those of stride 4."""
        _, c2, c4, c8, c16 = self.cfg.widths
        rank, out = self.cfg.mixing, {}
        if self.cfg.deep:
            out["m16"] = StyleMixing(self.cfg.deep, rank, c16)
        return out | {"m8": StyleMixing(c8, rank, c8), "m4": StyleMixing(c4, rank, c4), "m2": StyleMixing(c2, rank, c4)}

    def encode(self, rgb):
        x = F.relu(self.stem(rgb * 2 - 1))
        x = F.relu(self.down2(x))
        z4 = self.res4(F.relu(self.down4(x)))
        z8 = self.res8(F.relu(self.down8(F.relu(z4))))
        z16 = self.res16(F.relu(self.down16(F.relu(z8))))
        deep = {"d16": self.lift16(F.relu(z16))} if self.cfg.deep else {}
        return {"z4": z4, "z8": z8, "z16": z16} | deep

    def measure(self, z):
        """The statistics that a scene holds still."""
        return {name: statistics(t) for name, t in z.items()}

    def remember(self, style):
        return self.tokens(self.encode(style))

    def tokens(self, z):
        """Values of a style position: its own feature, and mean and mean square of z8 and z4 under it."""
        z8, z4 = z["z8"].float(), z["z4"].float()
        moments = [F.avg_pool2d(t, s) for t, s in ((z8, 2), (z8.square(), 2), (z4, 4), (z4.square(), 4))]
        if self.cfg.deep:
            d16 = z["d16"].float()
            moments += [d16, d16.square()]
        tokens = self.align.tokens(z["z16"], [self.value(z["z16"]), *moments])
        tokens.filters = self.filters(z)
        return tokens

    def filters(self, z) -> dict[str, Filter] | None:
        """What the style as a whole does to the channels, by the tensor that is mixed."""
        if not self.cfg.mixing:
            return None
        sources = {"m16": "z16", "m8": "z8", "m4": "z4", "m2": "z4"}
        return {name: layer.remember(z[sources[name]]) for name, layer in self.mixings.items()}

    def mixed(self, name: str, x, tokens: StyleTokens):
        return self.mixings[name](x, tokens.filters[name]) if self.cfg.mixing else x

    def kernels(self, aligned):
        """f8 and f4; with `deep` f16 too."""
        deep, mean8, square8, mean4, square4, *deepest = aligned
        std8, std4 = kernels.spread(mean8, square8), kernels.spread(mean4, square4)
        p16 = F.relu(self.phi16(torch.cat([deep, mean8, std8, mean4, std4], 1)))
        p8 = F.relu(self.phi8(up2(p16)))
        p4 = F.relu(self.phi4(p8))
        f16 = [self.head16(p16, kernels.spread(*deepest), deepest[0])] if deepest else []
        return (self.head8(p8, up2(std8), up2(mean8)),
                self.head4(up2(p4), up2(up2(std4)), up2(up2(mean4))), *f16)

    def paint(self, z, tokens, stats, order, trace=None):
        aligned = self.align(z["z16"], tokens, stats["z16"], self.aligned)
        f8, f4, *f16 = self.kernels(aligned)
        def modulated(name: str, z_name: str, f):
            m = kernels.apply_kernels(shuffle_groups(normalise(z[z_name], stats[z_name]), order), *f)
            return self.mixed(name, m, tokens)
        m8, m4 = modulated("m8", "z8", f8), modulated("m4", "z4", f4)
        m16 = modulated("m16", "d16", f16[0]) if f16 else None
        x = m8 if m16 is None else up2(self.to8(F.relu(self.dec16(m16)))) + m8
        x = up2(self.to4(F.relu(self.dec8(x)))) + m4
        x = self.mixed("m2", up2(self.to2(F.relu(self.dec4(x)))), tokens)
        x = up2(self.to1(F.relu(self.dec2(x))))
        y = (torch.tanh(self.out(F.relu(x))) + 1) / 2
        if trace is not None:
            trace.update(z, zcs=torch.cat(aligned, 1), f8=join(*f8), f4=join(*f4), m8=m8, m4=m4, out=y)
            trace.update({"f16": join(*f16[0]), "m16": m16} if f16 else {})
        return y


class PaperNet(StyleKernelNet):
    def __init__(self, cfg: Config, vgg: VGG16 | None = None):
        super().__init__()
        self.cfg, self.vgg, c = cfg, vgg, 512 // cfg.vgg_divisor
        self.align = StyleAlignment(c, c, cfg.heads, cfg.alpha, cfg.gated, cfg.gate_width)
        self.value = Conv(c, c)
        self.phi = Conv(c, c)
        self.head = KernelHead(c, c, cfg.taps, 3)
        self.dec8, self.dec4, self.dec2 = ResBlock(c, c // 2), ResBlock(c // 2, c // 4), ResBlock(c // 4, c // 8)
        self.out = Conv(c // 8, 3)

    def encode(self, rgb):
        return {"z8": self.vgg(rgb, ("relu4_1",))["relu4_1"]}

    def measure(self, z):
        return {"z8": statistics(z["z8"])}

    def remember(self, style):
        return self.tokens(self.encode(style))

    def tokens(self, z):
        return self.align.tokens(z["z8"], [self.value(z["z8"])])

    def paint(self, z, tokens, stats, order, trace=None):
        zcs, = self.align(z["z8"], tokens, stats["z8"], [z["z8"].shape[1]])
        f = self.head(F.relu(self.phi(zcs)))
        m8 = kernels.apply_kernels(shuffle_groups(normalise(z["z8"], stats["z8"]), order), *f)
        x = up2(self.dec8(m8))
        x = up2(self.dec4(x))
        x = up2(self.dec2(x))
        y = (torch.tanh(self.out(F.relu(x))) + 1) / 2
        if trace is not None:
            trace.update(z, zcs=zcs, f8=join(*f), m8=m8, out=y)
        return y


def build(cfg: Config, vgg=None):
    return FastNet(cfg, vgg) if cfg.preset == "fast" else PaperNet(cfg, vgg)
