"""Another frame of the same scene: through a codec, disturbed by a sensor, with a thing that moves."""
from __future__ import annotations

import random
from functools import lru_cache

import torch
import torch.nn.functional as F

from network.blocks import constant, placed


@lru_cache(4)
def dct_matrix(device: torch.device) -> torch.Tensor:
    """The 8 x 8 orthonormal DCT-II."""
    k = torch.arange(8, device=device, dtype=torch.float32)
    m = torch.cos((2 * k[None] + 1) * k[:, None] * torch.pi / 16) / 2
    m[0] /= 2 ** .5
    return m


@lru_cache(4)
def coarseness(device: torch.device) -> torch.Tensor:
    """How much more coarsely than a block's mean each of its 8 x 8 coefficients is rounded: 1 to 4."""
    k = torch.arange(8, device=device)
    return 1 + 3 * (k[:, None] + k[None]) / 14


def through_codec(rgb: torch.Tensor, step: float | torch.Tensor) -> torch.Tensor:
    """N x 3 x H x W as a block codec would give it back: 8 x 8 DCT of each channel, coefficients rounded to multiples
    of `step` (in units of the picture's range; a number, or N x 1 x 1 x 1) that grow fourfold to the highest frequency.
    Sides are cut to multiples of 8 inside."""
    n, c, h, w = rgb.shape
    hb, wb = h // 8, w // 8
    d = dct_matrix(rgb.device)
    blocks = rgb[:, :, :hb * 8, :wb * 8].reshape(n, c, hb, 8, wb, 8).transpose(3, 4)
    q = coarseness(rgb.device) * torch.as_tensor(step).view(-1, 1, 1, 1, 1, 1)
    blocks = d.T @ (torch.round(d @ blocks @ d.T / q) * q) @ d
    out = rgb.clone()
    out[:, :, :hb * 8, :wb * 8] = blocks.transpose(3, 4).reshape(n, c, hb * 8, wb * 8)
    return out


def disturbed(rgb: torch.Tensor, rng: random.Random, generator: torch.Generator) -> torch.Tensor:
    """Pictures as another frame of the clip would bring them: a sensor's noise, a slow drift of light, a codec's
    blocks, of which it may have left most as they were. All at once, each with amounts of its own: one by one they were
    a sixth of a GPU's kernels."""
    n, _, h, w = rgb.shape
    def each(amounts) -> torch.Tensor:
        return placed(list(amounts), rgb.device).view(-1, 1, 1, 1)
    noise = each(rng.choice((.006, .012, .025)) if rng.random() < .6 else 0. for _ in range(n))
    lit = [rng.random() < .3 for _ in range(n)]
    gain, lift = (each(size * (rng.random() - .5) if l else 0. for l in lit) for size in (.04, .02))
    out = (rgb + noise * torch.randn(rgb.shape, generator=generator, device=rgb.device)) * (1 + gain) + lift
    dy, dx = rng.randint(0, 7), rng.randint(0, 7)  # the codec's blocks do not sit on ours
    step = each(2 ** rng.uniform(-6, -3) if rng.random() < .6 else 0. for _ in range(n))
    coded = torch.roll(through_codec(torch.roll(out, (dy, dx), (2, 3)), step.clamp(min=2 ** -6)), (-dy, -dx), (2, 3))
    out = torch.where(step > 0, coded, out).clamp(0, 1)
    kept = each(rng.uniform(.3, .95) if rng.random() < .35 else 0. for _ in range(n))
    blocks = torch.rand((n, 1, -(-h // 16), -(-w // 16)), generator=generator, device=rgb.device) < kept
    return torch.where(blocks.repeat_interleave(16, 2).repeat_interleave(16, 3)[:, :, :h, :w], rgb, out)


def moving_thing(size: int, rng: random.Random, device: torch.device) -> torch.Tensor:
    """Where something moves before a scene: 1 x 1 x size x size, 1 in an ellipse whose half axes are a twelfth to a
    quarter of the size, 0 around it, with an edge of some four pixels."""
    ry, rx = (rng.uniform(1 / 12, 1 / 4) * size for _ in range(2))
    cy, cx = (rng.uniform(.1, .9) * size for _ in range(2))
    at = torch.arange(size, device=device, dtype=torch.float32)
    r = (((at[:, None] - cy) / ry) ** 2 + ((at[None] - cx) / rx) ** 2).sqrt()
    return ((1 - r) * min(ry, rx) / 4 + .5).clamp(0, 1)[None, None]


def smooth_flow(n: int, h: int, w: int, rng: random.Random, generator: torch.Generator) -> torch.Tensor:
    """Where each pixel of a second frame lies in the first: N x H x W x 2 (x, y) in pixels. A bicubic surface through
    4 x 4 random shifts whose deviation is 1 to 8 pixels, each power of two equally often."""
    device = generator.device
    shifts = torch.randn((n, 2, 4, 4), generator=generator, device=device) * 2 ** rng.uniform(0, 3)
    flow = F.interpolate(shifts, (h, w), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    y, x = (torch.arange(size, device=device, dtype=torch.float32) for size in (h, w))
    return flow + torch.stack(torch.broadcast_tensors(x[None], y[:, None]), -1)


def moved(picture: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """N x C x H x W at N x H x W x 2 places (x, y), bicubic, mirrored at the border."""
    h, w = picture.shape[2:]
    grid = (2 * places + 1) / constant((float(w), float(h)), picture.device) - 1
    out = F.grid_sample(picture, grid, mode="bicubic", padding_mode="reflection", align_corners=False)
    return out.contiguous(memory_format=torch.channels_last)
