"""Colour and tone: how far from the style's, clouds within things, halos around them.

Pictures are 1 x 3 x H x W in [0, 1]."""
from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from evaluation.measures import luminance

NEAR, FAR = (4, 24), (28, 40)
"""Pixels from an edge between which a halo lies, and between which it is over."""
SMOOTH = 2.
"""σ in pixels of the source in which edges are looked for."""
STRONG = .03
"""The share of the source's gradients that counts as strong edges."""
FLAT = .06
"""The greatest deviation of the source beside an edge: what lies beyond it there is one thing."""
SOFT = .04
"""Steps of the source by which a step of the painting's colour is e times less a cloud."""


def directions(count: int) -> np.ndarray:
    """3 x count unit vectors, evenly over the half sphere (a Fibonacci spiral): the same in every run."""
    z = (np.arange(count) + .5) / count
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    r = np.sqrt(1 - z ** 2)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z])


def colour_distance(painting: torch.Tensor, style: torch.Tensor, count: int = 64, quantiles: int = 512) -> float:
    """Sliced Wasserstein distance in RGB: mean over directions u and q of |Q_u(painting) - Q_u(style)|, where Q_u(x) is
    the quantile q of the pixels' projections on u. 0 for the same colours in other places; moved by v it is mean |u
    v|."""
    at = (np.arange(quantiles) + .5) / quantiles
    u = directions(count)
    def of(rgb):
        return np.quantile(rgb[0].flatten(1).double().numpy().T @ u, at, axis=0)
    return float(np.abs(of(painting) - of(style)).mean())


def chroma(rgb: torch.Tensor) -> torch.Tensor:
    """Each channel less luma (Rec. 601): 1 x 3 x H x W."""
    weights = torch.tensor((.299, .587, .114)).view(1, 3, 1, 1)
    return rgb - (rgb * weights).sum(1, keepdim=True)


def clouds(painting: torch.Tensor, source: torch.Tensor) -> float:
    """Colour that changes within one thing: mean over k = 8, 16 and both ways of exp(-|ΔS| / 0.04) |ΔC|, in 8-bit
    steps.

    ΔS, ΔC: steps between neighbours of the source and of the painting's chroma, averaged over k x k pixels."""
    found = []
    for size in (8, 16):
        c, s = F.avg_pool2d(chroma(painting), size), F.avg_pool2d(source, size)
        for way in (2, 3):
            calm = torch.exp(-s.diff(dim=way).abs().mean(1, keepdim=True) / SOFT)
            found.append((calm * c.diff(dim=way).abs()).mean().item())
    return 255 * float(np.mean(found))


def halo(painting: torch.Tensor, source: torch.Tensor) -> float:
    """Overshoot of luma along the source's strong edges: mean of max(0, o) over the sides beyond which the source is
    flat. o: how much lighter than further out the light side is 4 to 24 pixels from an edge, and how much darker the
    dark side. 0 where there is none.

    What is undershot does not count against it: a signed mean hid light rims of 0.05 behind dark sides that the style
    had lit. halo(style, style) is what a style has by itself."""
    grey, found = luminance(painting), luminance(source)
    at, normal = strong_edges(found)
    sides = [overshoot(grey, found, at, sign * normal) * sign for sign in (1, -1)]
    both = np.concatenate(sides)
    return float(np.maximum(both, 0).mean()) if both.size else 0.


def strong_edges(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places (N x 2: x, y) of the strongest gradients that are the greatest along themselves, and unit vectors to the
    light side."""
    smooth = cv2.GaussianBlur(grey, (0, 0), SMOOTH)
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *way) / 8 for way in ((1, 0), (0, 1)))
    size = np.hypot(dx, dy)
    y, x = np.nonzero(size >= max(np.quantile(size, 1 - STRONG), 1e-3))
    at = np.stack([x, y], 1).astype(np.float32)
    normal = np.stack([dx[y, x], dy[y, x]], 1) / size[y, x, None]
    crest = (size[y, x] >= sampled(size, at + normal)) & (size[y, x] >= sampled(size, at - normal))
    return at[crest], normal[crest].astype(np.float32)


def overshoot(painting: np.ndarray, source: np.ndarray, at: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Near less far luma of the painting along `way`, of the places beyond which the source is flat and inside."""
    steps = np.arange(NEAR[0], FAR[1] + 1)
    places = at[:, None] + steps[None, :, None].astype(np.float32) * way[:, None]
    h, w = source.shape
    places = places[((places >= 0) & (places <= (w - 1, h - 1))).all((1, 2))]
    calm = sampled(source, places).std(1) < FLAT
    profile = sampled(painting, places[calm])
    near, far = ((steps >= span[0]) & (steps <= span[1]) for span in (NEAR, FAR))
    return profile[:, near].mean(1) - profile[:, far].mean(1)


def sampled(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Bilinear values of H x W at ... x 2 places (x, y); the border goes on outside."""
    if not places.size:
        return np.zeros(places.shape[:-1], np.float32)
    x, y = (np.ascontiguousarray(places[..., i].reshape(len(places), -1)) for i in (0, 1))
    rows = [cv2.remap(image.astype(np.float32), x[i:i + 8192], y[i:i + 8192], cv2.INTER_LINEAR, None,
                      cv2.BORDER_REPLICATE) for i in range(0, len(x), 8192)]  # remap takes at most 32,767 rows
    return np.concatenate(rows).reshape(places.shape[:-1])
