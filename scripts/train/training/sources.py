"""Where a step's windows come from: pictures, and what VGG-16 sees in them."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterator

import torch

from network.perceptual import LPIPS, STYLE_LAYERS
from network.vgg import VGG16
from training import losses
from training.data import FramePairs, Windows
from training.draws import draw
from training.losses import StyleTarget

MARGIN = 16
"""How many pixels a content window is larger than what is painted: a second frame of the scene is cut at another
place."""
FAST_CONTENT = {"relu2_1": .3, "relu3_1": .6, "relu4_1": 1.}
"""Layers of `fast`'s content loss and their weights."""
REMD_LAYERS = ("relu3_1", "relu4_1")


@dataclass
class ContentEntry:
    """window: 1 x 3 x (S + 16) x (S + 16); features: of its middle, normalised, bfloat16 on the CPU; second: another
    frame of the clip, cut like the middle, where the window is of one."""
    window: torch.Tensor
    features: dict[str, torch.Tensor]
    second: torch.Tensor | None = None


@dataclass
class StyleEntry:
    """picture: 1 x 3 x S x S, and what the style losses need of it."""
    picture: torch.Tensor
    targets: dict[str, StyleTarget]


@dataclass
class Source:
    """Places to draw windows from, each equally often, and the VGG-16 that looks at them."""
    contents: list[Windows]
    styles: list[Windows]
    vgg: VGG16
    seed: int
    device: torch.device
    bf16: bool
    lpips: LPIPS | None = None
    pairs: FramePairs | None = None

    def autocast(self):
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16)

    def window(self, kind: str, number: int, size: int) -> torch.Tensor:
        """Window `number` of a kind, from each place in turn; places whose pictures are all too small for the size are
        passed over. Each place of contents meets each of styles: where the counts have a common measure, styles move on
        after every round."""
        contents, styles = ([p for p in places if p.fits(size)] or places for places in (self.contents, self.styles))
        if kind == "content":
            place = contents[number % len(contents)]
        else:
            place = styles[(number + number // math.lcm(len(contents), len(styles))) % len(styles)]
        return place(number, size).contiguous(memory_format=torch.channels_last)

    def content(self, number: int, size: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """A content window; and, of every third where there are pairs of frames, the middle of another frame's."""
        if self.pairs is None or number % 3 or not self.pairs.fits(size):
            return self.window("content", number, size), None
        first, second = (w.contiguous(memory_format=torch.channels_last) for w in self.pairs(number, size))
        return first, middle(second, size - MARGIN)

    @torch.no_grad()
    def features(self, rgb: torch.Tensor, layers) -> dict[str, torch.Tensor]:
        with self.autocast():
            return self.vgg(rgb, layers)

    def looked_at(self, windows: list[torch.Tensor], layers) -> Iterator[tuple[range, dict[str, torch.Tensor]]]:
        """What VGG sees in some of the windows and which they are, 64 MB of bfloat16 for one at 512 pixels: given out
        as it comes, for nobody needs all at once. One by one on the CPU, where it is no slower and the bits do not
        depend on who comes together; on a GPU, where the small kernels of a single one leave it idle, up to 16 at
        once."""
        together = 16 if self.device.type == "cuda" else 1
        for first in range(0, len(windows), together):
            some = range(first, min(first + together, len(windows)))
            yield some, self.features(channels_last([windows[i] for i in some]), layers)

    @torch.no_grad()
    def entries_of_contents(self, numbers: list[int], size: int) -> list[ContentEntry]:
        both = [self.content(n, size + MARGIN) for n in numbers]
        windows, out = [window for window, _ in both], []
        for some, found in self.looked_at([middle(w, size) for w in windows], tuple(FAST_CONTENT)):
            wanted = {l: losses.normalised(f).bfloat16() for l, f in found.items()}
            # Views, not copies: who came together leaves the pool together, so that none of them keeps the others in
            # memory for long.
            out += [ContentEntry(windows[i], {l: f[n:n + 1] for l, f in wanted.items()}, both[i][1])
                    for n, i in enumerate(some)]
        return out

    @torch.no_grad()
    def entries_of_styles(self, numbers: list[int], size: int) -> list[StyleEntry]:
        pictures = [self.window("style", n, size) for n in numbers]
        out = []
        for some, found in self.looked_at(pictures, STYLE_LAYERS):
            chance = draw(self.seed, "vectors", numbers[some[0]], self.device)
            targets = {}
            for l, f in found.items():
                unit = losses.unit_vectors(f, chance.positions(f[0, 0].numel(), 1024)) if l in REMD_LAYERS else None
                targets[l] = *losses.layer_moments(f), unit
            for n, i in enumerate(some):
                own = {l: StyleTarget(*(t if t is None else t[n:n + 1] for t in of)) for l, of in targets.items()}
                out.append(StyleEntry(pictures[i], own))
        return out


def middle(window: torch.Tensor, size: int, dy: int = MARGIN // 2, dx: int = MARGIN // 2) -> torch.Tensor:
    return window[:, :, dy:dy + size, dx:dx + size].contiguous(memory_format=torch.channels_last)


def stack(targets: list[dict[str, StyleTarget]]) -> dict[str, StyleTarget]:
    """A step's targets as one batch."""
    out = {}
    for l in targets[0]:
        of = [t[l] for t in targets]
        vectors = None if of[0].vectors is None else torch.cat([t.vectors for t in of])
        out[l] = StyleTarget(*(torch.cat([getattr(t, k) for t in of]) for k in ("mean", "std", "gram")), vectors)
    return out


def channels_last(pictures: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat(pictures).contiguous(memory_format=torch.channels_last)
