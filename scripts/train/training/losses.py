"""Every loss, one function each, with its equation. Features are N x C x H x W of VGG-16 unless said otherwise, painted
first, target second; a loss is a scalar. `|x|²` stands for the mean over all elements, as in SANet's and AdaAttN's
code: the paper writes norms without saying whether they are sums or means.
"""
from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from network.blocks import constant, normalise, statistics
from network.perceptual import LPIPS, STYLE_LAYERS

Features = dict[str, torch.Tensor]

CONTENT_LAYERS = ("relu4_1", "relu5_1")
RECONSTRUCTION_LAYERS = ("relu2_1", "relu3_1", "relu4_1", "relu5_1")


# ---------------------------------------------------------------- the paper's

def content(painted: Features, source: Features, layers=CONTENT_LAYERS) -> torch.Tensor:
    """L_cont = Σ_l |norm(φ_l(I_cs)) - norm(φ_l(I_c))|², l = relu4_1, relu5_1 (SANet's, which the paper takes over)."""
    return sum(content_layer(painted[l], normalised(source[l])) for l in layers)


def style(painted: Features, targets: dict[str, StyleTarget], layers=STYLE_LAYERS) -> torch.Tensor:
    """L_sty = Σ_l |μ(φ_l(I_cs)) - μ(φ_l(I_s))|² + |σ(φ_l(I_cs)) - σ(φ_l(I_s))|², l = relu1_1 ... relu5_1."""
    total = 0
    for l in layers:
        own = statistics(painted[l])
        total = total + F.mse_loss(own.mean, targets[l].mean) + F.mse_loss(own.std, targets[l].std)
    return total


def reconstruction(again: torch.Tensor, picture: torch.Tensor, again_features: Features, features: Features,
                   pixel: float = 20., deep: float = .5) -> torch.Tensor:
    """Eq. 8 for one of its two pictures: λ_rec1 |I_xx - I_x|² + λ_rec2 Σ_l |φ_l(I_xx) - φ_l(I_x)|², l = relu2_1 ...
    relu5_1, where I_xx is the picture painted in the manner of itself."""
    features_apart = sum(F.mse_loss(again_features[l].float(), features[l].float()) for l in RECONSTRUCTION_LAYERS)
    return pixel * F.mse_loss(again, picture) + deep * features_apart


def remd(painted: torch.Tensor, style_vectors: torch.Tensor, chosen: torch.Tensor | None = None) -> torch.Tensor:
    """Eq. 9, relaxed earth mover's distance: max(1/N Σ_i min_j D_ij, 1/M Σ_j min_i D_ij), D the cosine distance of
    feature vectors. painted: N x C x H x W; style_vectors: N x C x M of unit length; chosen: positions of the painted
    features to take (all where None), for a distance of all pairs grows with their product."""
    vectors = painted.flatten(2)
    if chosen is not None:
        vectors = vectors.index_select(2, chosen)
    vectors = F.normalize(vectors.float(), dim=1)
    distance = 1 - vectors.transpose(1, 2) @ style_vectors.float()
    return torch.maximum(distance.amin(2).mean(1), distance.amin(1).mean(1)).mean()


def adversarial_painter(scores: list[torch.Tensor]) -> torch.Tensor:
    """L_adv of the painter: Σ_k |D_k(I_cs) - 1|² over the discriminator's scales k (least squares, as pix2pixHD)."""
    return sum((s.float() - 1).square().mean() for s in scores)


def adversarial_critic(real: list[torch.Tensor], painted: list[torch.Tensor]) -> torch.Tensor:
    """L_adv of the discriminator: ½ Σ_k |D_k(I_s) - 1|² + |D_k(I_cs)|²."""
    return sum((r.float() - 1).square().mean() + p.float().square().mean() for r, p in zip(real, painted)) / 2


# ---------------------------------------------------------------- scale free: what `fast` is trained with

@dataclass
class StyleTarget:
    """What the style losses need of one layer of a style picture: N x C x 1 x 1, the same, N x C x C; and N x C x M
    feature vectors of unit length where the layer is one of REMD's."""
    mean: torch.Tensor
    std: torch.Tensor
    gram: torch.Tensor | None = None
    vectors: torch.Tensor | None = None


def gram(f: torch.Tensor) -> torch.Tensor:
    """G = 1/(HW) F Fᵀ, N x C x C in float32. F stays in its own precision: the product is the dear part."""
    n, c, h, w = f.shape
    rows = f.permute(0, 2, 3, 1).reshape(n, h * w, c)
    return (rows.transpose(1, 2) @ rows).float() / (h * w)


def relative(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """d(a, b) = sqrt(|a - b|² / ½(|a|² + |b|²) + 1e-4), averaged over N; at most 2. Over |b|² alone one flat style crop
    in a hundred outweighed all others; squared, the deep layers outweighed the colours of relu1_1."""
    dims = tuple(range(1, a.dim()))
    size = (a.detach().square().sum(dims) + b.square().sum(dims)) / 2
    return ((a - b).square().sum(dims) / (size + 1e-8) + 1e-4).sqrt().mean()


def style_layer(f: torch.Tensor, mean: torch.Tensor, std: torch.Tensor, target: torch.Tensor, moments: float,
                products: float) -> torch.Tensor:
    """moments (d(μ, μ_s) + d(σ, σ_s)) + products d(G, G_s) of one layer."""
    own_mean, own_std, own_gram = layer_moments(f)
    return moments * (relative(own_mean, mean) + relative(own_std, std)) + products * relative(own_gram, target)


def layer_moments(f: torch.Tensor, products: bool = True) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """μ, σ and, with `products`, G of one layer: one function, so that `--compile` reads the features once."""
    own = statistics(f)
    return own.mean, own.std, gram(f) if products else None


def style_relative(painted: Features, targets: dict[str, StyleTarget], moments: float = .35, products: float = 1.5,
                   layers=STYLE_LAYERS, shares: dict[str, float] | None = None) -> torch.Tensor:
    """1/5 Σ_l share_l style_layer(l) over the layers that `painted` has; shares: 1 where not given."""
    shares = shares or {}
    def layer(l: str) -> torch.Tensor:
        t = targets[l]
        return shares.get(l, 1.) * style_layer(painted[l], t.mean, t.std, t.gram, moments, products)
    return sum(layer(l) for l in layers if l in painted) / len(layers)


def normalised(f: torch.Tensor) -> torch.Tensor:
    """(φ - μ(φ)) / σ(φ) of each channel."""
    f = f.float()
    return normalise(f, statistics(f))


def content_layer(f: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """|norm(φ) - target|², the target normalised already."""
    return F.mse_loss(normalised(f), target.float())


def content_weighted(painted: Features, targets: Features, weights: dict[str, float]) -> torch.Tensor:
    """Σ_l w_l |norm(φ_l(I_cs)) - norm(φ_l(I_c))|². relu2_1 and relu3_1 keep edges that the deep layers let go."""
    return sum(w * content_layer(painted[l], targets[l]) for l, w in weights.items())


def reconstruction_relative(again: torch.Tensor, picture: torch.Tensor, again_features: Features, features: Features,
                            pixel: float = 3., deep: float = .3) -> torch.Tensor:
    """pixel mean|I_xx - I_x| + deep Σ_l d(φ_l(I_xx), φ_l(I_x)) over the layers given."""
    apart = sum(relative(again_features[l].float(), features[l].float()) for l in again_features)
    return pixel * (again - picture).abs().mean() + deep * apart


def gate(psi: torch.Tensor) -> torch.Tensor:
    """|ψ|², of the gate's last convolution: free, training drove it far out, where a sigmoid is dead."""
    return psi.float().square().mean()


def drawing(again: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """10 mean|I_xx - I_x|: all that a fresh network is taught before it paints."""
    return 10 * (again - picture).abs().mean()


def foresight(prediction: torch.Tensor, vgg_features: torch.Tensor) -> torch.Tensor:
    """How badly a 1x1 convolution of the encoder's z16 foretells VGG's relu4_1 (normalised, averaged over 2 x 2), as a
    mean square: 1 is no better than zeros. It teaches the light encoder to see deep."""
    return F.mse_loss(prediction.float(), normalised(F.avg_pool2d(vgg_features.float(), 2)))


def flicker(a: torch.Tensor, b: torch.Tensor, scales: int = 2) -> torch.Tensor:
    """Two paintings of one place under one scene's statistics: mean|a - b| + Σ_s mean|∇(a - b)_s|, gradients of the
    difference at `scales` halvings. Squares alone forgave the fine weave; LPIPS between frames does not."""
    d = a - b
    total = d.abs().mean()
    for _ in range(scales):
        total = total + total_variation(d)
        d = F.avg_pool2d(d, 2)
    return total


def perceptual(lpips: LPIPS, painted: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
    """LPIPS between painting and source: the evaluation's content."""
    return lpips(painted, source).mean()


def temporal(lpips: LPIPS, a: torch.Tensor, b: torch.Tensor, x: torch.Tensor, y: torch.Tensor,
             floor: float = .02) -> torch.Tensor:
    """LPIPS between the paintings of two frames over LPIPS between the frames (x, y), which need not lie on each other:
    the evaluation's steadiness. floor: what differs by less (no noise at all, say) does not count for more."""
    with torch.no_grad():
        own = lpips(x, y)
    return (lpips(a, b) / (own + floor)).mean()


def total_variation(x: torch.Tensor) -> torch.Tensor:
    """mean|∂y x| + mean|∂x x|."""
    return (x[:, :, 1:] - x[:, :, :-1]).abs().mean() + (x[:, :, :, 1:] - x[:, :, :, :-1]).abs().mean()


def lattice(painted: torch.Tensor, period: int = 8, tile: int = 64) -> torch.Tensor:
    """What is locked to the strides' lattice: detail (painted less its blur) averaged over the repetitions of each
    phase of `period` within tiles, root mean square. A texture of its own averages out; a grid does not."""
    return (locked(painted - blur(blur(painted)), period, tile) + 1e-7).sqrt().mean()


def locked(detail: torch.Tensor, period: int, tile: int = 64) -> torch.Tensor:
    """Mean square of what is locked to a lattice in each tile of detail: N x tiles down x tiles across."""
    n, c, h, w = detail.shape
    tile = min(tile, h, w) // period * period
    h, w, k = h // tile, w // tile, tile // period
    folded = detail[:, :, :h * tile, :w * tile].reshape(n, c, h, k, period, w, k, period).mean((3, 6))
    return folded.square().mean((1, 3, 5))


def grid(painted: torch.Tensor, floor: float = 1e-3) -> torch.Tensor:
    """How much more is locked to a lattice of 8 pixels than to lattices of 7 and 9, as a logarithm: `lattice` counts
    strong textures, this one flat places as much, where the eye finds a weave first. floor: a quarter of a level of
    eight bits."""
    detail = painted - blur(blur(painted))
    def level(period: int) -> torch.Tensor:
        return torch.log((locked(detail, period) + 1e-7).sqrt() + floor).mean()
    with torch.no_grad():
        others = (level(7) + level(9)) / 2
    return level(8) - others


def blur(x: torch.Tensor) -> torch.Tensor:
    """Binomial, five taps each way, mirrored at the border."""
    taps = constant((1., 4., 6., 4., 1.), x.device) / 16
    c = x.shape[1]
    x = F.conv2d(F.pad(x, (2, 2, 0, 0), mode="reflect"), taps.view(1, 1, 1, 5).expand(c, 1, 1, 5), groups=c)
    return F.conv2d(F.pad(x, (0, 0, 2, 2), mode="reflect"), taps.view(1, 1, 5, 1).expand(c, 1, 5, 1), groups=c)


def style_target(f: torch.Tensor, products: bool = True) -> StyleTarget:
    """The target of one layer; products: with Gram."""
    return StyleTarget(*layer_moments(f, products))


def unit_vectors(f: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """The features at some positions, N x C x M, of unit length."""
    return F.normalize(f.float().flatten(2)[:, :, positions], dim=1)
