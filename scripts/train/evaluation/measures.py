"""What the evaluation counts. Pictures are 1 x 3 x H x W in [0, 1]."""
from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from skimage.feature import canny

from network.perceptual import STYLE_LAYERS
from network.vgg import VGG16
from training.losses import gram, locked


@torch.no_grad()
def grams(vgg: VGG16, rgb: torch.Tensor) -> list[torch.Tensor]:
    """The Gram matrix of each style layer."""
    features = vgg(rgb, STYLE_LAYERS)
    return [gram(features[layer]) for layer in STYLE_LAYERS]


def gram_error(painting: list[torch.Tensor], style: list[torch.Tensor]) -> float:
    """Style: mean over VGG-16 relu1_1 to relu5_1 of |G(painting) - G(style)| / |G(style)|, Frobenius. 0 is the style
    itself."""
    return float(np.mean([((p - s).norm() / s.norm()).item() for p, s in zip(painting, style)]))


def luminance(rgb: torch.Tensor) -> np.ndarray:
    """H x W, Rec. 601."""
    r, g, b = rgb[0].numpy()
    return .299 * r + .587 * g + .114 * b


def edges(rgb: torch.Tensor, sigma: float = 1.4, share: float = .1) -> np.ndarray:
    """Canny edges, H x W of bool: sigma 1.4, the upper threshold at the top tenth of gradients, the lower at half of
    it."""
    grey = luminance(rgb)
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma)
    magnitude = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    high = float(np.quantile(magnitude, 1 - share))
    if high <= 0:
        return np.zeros(grey.shape, bool)
    return canny(grey, sigma, low_threshold=high / 2, high_threshold=high)


def edge_share(source: torch.Tensor, painting: torch.Tensor, reach: int = 2) -> float:
    """Content: the share of the source's edges that have an edge of the painting within `reach` pixels. 1 where it has
    none."""
    wanted = edges(source)
    if not wanted.any():
        return 1.
    size = 2 * reach + 1
    near = cv2.dilate(edges(painting).astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    return float((wanted & near).sum() / wanted.sum())


def gradient_energy(rgb: torch.Tensor) -> float:
    """Mean absolute difference of neighbours, both ways, in 8-bit steps: what a blur takes away."""
    return 255 * ((rgb[:, :, 1:] - rgb[:, :, :-1]).abs().mean() +
                  (rgb[:, :, :, 1:] - rgb[:, :, :, :-1]).abs().mean()).item()


def lattice(rgb: torch.Tensor, period: int, repeats: int = 8) -> torch.Tensor:
    """Root mean square of what is locked to a lattice of `period` pixels: detail averaged over the repetitions of each
    phase in tiles of `repeats` periods. N x tiles x tiles. A texture of its own leaves 1/repeats of its detail."""
    detail = rgb - F.avg_pool2d(F.pad(rgb, (4,) * 4, mode="reflect"), 9, 1)
    return locked(detail, period, period * repeats).sqrt()


def grid_excess(rgb: torch.Tensor) -> float:
    """Grid fault: how much more is locked to a lattice of 8 pixels, which the network's strides divide, than to
    lattices of 7 and 9, which they do not; the geometric mean over the picture. 1 is none."""
    def level(period):
        return torch.log(lattice(rgb, period) + 1e-5).mean().item()
    return float(np.exp(level(8) - (level(7) + level(9)) / 2))
