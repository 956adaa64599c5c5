"""The marks that a painting is made of: whether they change with the style, whose they are, how wide they are.

Pictures are 1 x 3 x H x W in [0, 1]."""
from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
import torch

from evaluation.measures import luminance
from network.perceptual import STYLE_LAYERS
from network.vgg import VGG16
from training.losses import gram

DETAIL = 9
"""Pixels of the box that luma's detail is left by."""
FORMS = 33
"""Pixels of the box that is wider than any mark: what is left by it has no forms of the scene."""
MARK_LAYERS = STYLE_LAYERS[1:4]
"""relu2_1 to relu4_1: strokes, not pixels and not things."""


def detail(rgb: torch.Tensor, box: int = DETAIL) -> np.ndarray:
    """Luma less its box blur, scaled to a deviation of 1: H x W. Zeros where there is none."""
    grey = luminance(rgb)
    out = grey - cv2.blur(grey, (box, box), borderType=cv2.BORDER_REFLECT_101)
    return out / out.std() if out.std() > 1e-6 else np.zeros_like(out)


def own_detail(painting: torch.Tensor, source: torch.Tensor, box: int = DETAIL) -> np.ndarray:
    """d - <d, c> / <c, c> c: the painting's detail d less its projection on the source's c."""
    d, c = detail(painting, box), detail(source, box)
    return d - (d * c).sum() / max((c * c).sum(), 1e-12) * c


def sameness(paintings: list[torch.Tensor], source: torch.Tensor) -> float:
    """Mean correlation of the own detail over pairs of paintings of one source, each in another style.

    1: all have the same marks in the same places. 0: no two have anything in common but the source."""
    own = [own_detail(p, source).ravel() for p in paintings]
    unit = [d / max(np.linalg.norm(d), 1e-12) for d in own]
    return float(np.mean([a @ b for a, b in combinations(unit, 2)]))


def plain_grey(rgb: torch.Tensor, mean: float = .5, deviation: float = .2) -> torch.Tensor:
    """Luma brought to one mean and deviation, in all three channels: nothing but the marks is left."""
    grey = luminance(rgb)
    grey = (grey - grey.mean()) / max(grey.std(), 1e-6) * deviation + mean
    return torch.from_numpy(grey.astype(np.float32)).expand(1, 3, -1, -1)


@torch.no_grad()
def mark_grams(vgg: VGG16, rgb: torch.Tensor) -> list[np.ndarray]:
    """The Gram matrices of a plain grey picture, flat, of relu2_1 to relu4_1."""
    found = vgg(plain_grey(rgb), MARK_LAYERS)
    return [gram(found[layer])[0].flatten().double().numpy() for layer in MARK_LAYERS]


def nearest(paintings: list[list[np.ndarray]], styles: list[list[np.ndarray]]) -> float:
    """The share of paintings whose own style is the nearest.

    paintings, styles: Gram matrices by style and layer, of one source. Each set is taken less its mean over the styles,
    so that neither the source nor what all paintings share counts. Nearest is the greatest Σ_l cos(G_painting,
    G_style)."""
    ours, theirs = deviations(paintings), deviations(styles)
    likeness = np.array([[sum(a @ b for a, b in zip(p, s)) for s in theirs] for p in ours])
    return float((likeness.argmax(1) == np.arange(len(ours))).mean())


def deviations(grams: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
    """Each layer's matrices less their mean, of unit length."""
    means = [np.mean(layer, 0) for layer in zip(*grams)]
    apart = [[g - m for g, m in zip(of, means)] for of in grams]
    return [[g / max(np.linalg.norm(g), 1e-12) for g in of] for of in apart]


def width(painting: torch.Tensor, source: torch.Tensor | None = None) -> float:
    """Marks' width in pixels: π σ(d) / σ(∇d), half the mean wavelength of the detail d within 33 pixels.

    Of a wave of λ pixels in any direction it is λ / 2. source: d is the painting's own detail; without, all of it."""
    d = detail(painting, FORMS) if source is None else own_detail(painting, source, FORMS)
    slope = np.mean(np.diff(d, axis=0) ** 2) + np.mean(np.diff(d, axis=1) ** 2)
    return float(np.pi * d.std() / np.sqrt(max(slope, 1e-12)))


def rank_correlation(a: list[float], b: list[float]) -> float:
    """Spearman's: the correlation of the ranks. 0 where one side is all alike."""
    ranks = [np.argsort(np.argsort(values)).astype(float) for values in (a, b)]
    if len(set(a)) == 1 or len(set(b)) == 1:
        return 0.
    return float(np.corrcoef(*ranks)[0, 1])
