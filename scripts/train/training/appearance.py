"""Losses of what people see: luma, colour, coherence, calm regions, halos. Each has its equation; pictures are
N x 3 x H x W in [0, 1], painted first; a loss is a scalar."""
from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

from network.blocks import constant
from network.perceptual import LPIPS
from training.draws import Draw
from training.losses import blur, normalised

HEAT = .07
"""τ of the contrast (CCPL)."""
NEIGHBOURS = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x)
NEAR, FAR = (4, 8, 12, 16, 20, 24), (28, 34, 40)
"""Pixels from an edge at which a halo is looked for, and at which it is over: the evaluation's."""


def grey(rgb: torch.Tensor) -> torch.Tensor:
    """Luma (Rec. 601) in all three channels. What is compared so leaves the colours to the style."""
    weights = constant((.299, .587, .114), rgb.device).view(1, 3, 1, 1)
    return (rgb * weights).sum(1, keepdim=True).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


def luma(lpips: LPIPS, painted: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
    """L_luma = LPIPS(grey(I_cs), grey(I_c)). In colour a mere recolouring of the source costs 0.20 to 0.26."""
    return lpips(grey(painted), grey(source)).mean()


def colour(painted: torch.Tensor, style: torch.Tensor, chance: Draw, directions: int = 32,
           samples: int = 2048) -> torch.Tensor:
    """L_colour = mean over u, i of |sort(u x)_i - sort(u y)_i|: sliced Wasserstein distance of the colours, over random
    unit vectors u and equally many random pixels x of the painting and y of the style."""
    a, b = painted.flatten(2), style.flatten(2)
    count = min(samples, a.shape[2], b.shape[2])
    a, b = (x[:, :, chance.positions(x.shape[2], count)] for x in (a, b))
    u = F.normalize(torch.randn(3, directions, generator=chance.generator, device=painted.device), dim=0)
    return sorted_apart(a, b, u)


def sorted_apart(a: torch.Tensor, b: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Mean |sort(u a) - sort(u b)|; a, b: N x 3 x M of as many colours, u: 3 x D."""
    a, b = ((x.float().transpose(1, 2) @ u).sort(1).values for x in (a, b))
    return (a - b).abs().mean()


class CoherenceHead(nn.Sequential):
    """Two layers that the differences of one of VGG's layers are compared through (CCPL, 3.2): ... x C to ... x 32."""

    def __init__(self, channels: int, hidden: int = 64, out: int = 32):
        super().__init__(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, out))


def coherence(painted: torch.Tensor, source: torch.Tensor, head: nn.Module, chance: Draw,
              anchors: int = 16) -> torch.Tensor:
    """Contrastive coherence (Wu et al., CCPL, ECCV 2022, Eq. 4), of one of VGG's layers: with d(f) the differences of
    random places and their eight neighbours, u = h(d(norm φ(I_cs))) and v = h(d(norm φ(I_c))) of unit length,
    L = -mean_i log(exp(u_i v_i / τ) / Σ_j exp(u_i v_j / τ)).

    It asks for the pattern of local differences, not for values: colours and strokes stay free.
    painted: N x C x H x W; source: the same, normalised."""
    h, w = painted.shape[2:]
    at = chance.positions((h - 2) * (w - 2), anchors)
    at = (at // (w - 2) + 1) * w + at % (w - 2) + 1
    u, v = (F.normalize(head(differences(f.float(), at)), dim=2) for f in (normalised(painted), source))
    return contrast(u, v)


def differences(f: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """N x C x H x W at flat inner places, less each of their eight neighbours: N x (8 places) x C."""
    around = constant(tuple(dy * f.shape[3] + dx for dy, dx in NEIGHBOURS), f.device).long()
    flat = f.flatten(2)
    near = flat[:, :, (at[:, None] + around).flatten()]
    return (flat[:, :, at].repeat_interleave(len(NEIGHBOURS), 2) - near).transpose(1, 2)


def contrast(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Cross-entropy that each row of u is nearest to the same row of v; N x M x K of unit length."""
    likeness = u @ v.transpose(1, 2) / HEAT
    own = torch.arange(u.shape[1], device=u.device).expand(u.shape[0], -1)
    return F.cross_entropy(likeness.flatten(0, 1), own.flatten())


def regions(painted: torch.Tensor, source: torch.Tensor, soft: float = .04) -> torch.Tensor:
    """L_regions = Σ_k Σ_ways mean exp(-|ΔS_k| / soft) |ΔP_k|, k = 8, 16: steps between neighbours of the painting and
    of the source, averaged over k x k pixels. Clouds of another colour within one thing."""
    total = 0.
    for size in (8, 16):
        p, s = F.avg_pool2d(painted, size), F.avg_pool2d(source, size)
        for way in (2, 3):
            calm = torch.exp(-s.diff(dim=way).abs().mean(1, keepdim=True) / soft)
            total = total + (calm * p.diff(dim=way).abs()).mean()
    return total


def halo(painted: torch.Tensor, source: torch.Tensor, chance: Draw, count: int = 256, strong: float = .03,
         flat: float = .06) -> torch.Tensor:
    """L_halo = Σ_i w_i max(0, o_i) / Σ_i w_i, with o_i the painting's luma 4 to 24 pixels from a strong edge of the
    source less that 28 to 40 pixels from it, along the gradient to the light side, and its negative on the dark side;
    w_i = 1 where the source is flat there (deviation under `flat`) and inside, else 0. Random places among the
    strongest gradients."""
    y, s = grey(painted)[:, :1], grey(source)[:, :1]
    at, normal = edge_places(s, chance, count, strong)
    total, weight = 0., 0.
    for sign in (1., -1.):
        places = profile_places(at, sign * normal)
        fits = inside(places, *s.shape[2:]) & (sampled(s, places).std(2, correction=0) < flat)
        line = sampled(y, places)
        over = sign * (line[:, :, :len(NEAR)].mean(2) - line[:, :, len(NEAR):].mean(2))
        total, weight = total + (fits * F.relu(over)).sum(), weight + fits.sum()
    return total / weight.clamp_min(1)


def edge_places(luma: torch.Tensor, chance: Draw, count: int, strong: float) -> tuple[torch.Tensor, torch.Tensor]:
    """N x count x 2 random places (x, y) among the strongest gradients, and unit vectors to the light side."""
    smooth = blur(blur(luma))
    dx, dy = (torch.zeros_like(smooth) for _ in range(2))
    dx[..., 1:-1] = smooth[..., 2:] - smooth[..., :-2]
    dy[:, :, 1:-1] = smooth[:, :, 2:] - smooth[:, :, :-2]
    g = torch.cat([dx, dy], 1).flatten(2)
    size = g.norm(dim=1)
    best = size.topk(max(1, int(strong * size.shape[1])), 1).indices
    best = best[:, chance.positions(best.shape[1], count)]
    normal = F.normalize(g.gather(2, best[:, None].expand(-1, 2, -1)).transpose(1, 2), dim=2)
    at = torch.stack([best % luma.shape[3], best // luma.shape[3]], 2).float()
    return at, normal


def profile_places(at: torch.Tensor, way: torch.Tensor) -> torch.Tensor:
    """N x M x T x 2: NEAR and FAR pixels from `at` along `way`."""
    return at[:, :, None] + constant(tuple(map(float, NEAR + FAR)), at.device).view(1, 1, -1, 1) * way[:, :, None]


def inside(places: torch.Tensor, h: int, w: int) -> torch.Tensor:
    """Which profiles lie in the picture as a whole: N x M."""
    limit = constant((float(w - 1), float(h - 1)), places.device)
    return ((places >= 0) & (places <= limit)).flatten(2).all(2)


def sampled(plane: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """N x 1 x H x W at N x M x T x 2 places (x, y), bilinear: N x M x T."""
    h, w = plane.shape[2:]
    grid = (2 * places + 1) / constant((float(w), float(h)), plane.device) - 1
    return F.grid_sample(plane.float(), grid, padding_mode="border", align_corners=False)[:, 0]
