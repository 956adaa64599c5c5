"""Pictures decoded once into memory, and windows of them drawn by number: window n of a seed is the same in every run, so that
resuming needs no state of the data at all."""
from __future__ import annotations

import hashlib
import io
import os
import random
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from failure import Failure
from pictures import SUFFIXES, open_picture, picture_files
from stylekernel import constant, placed


def blobs(sources: list[str]) -> list[tuple[str, bytes]]:
    """Name and bytes of every picture under folders and in uncompressed tars (a folder's tars too), sorted by name."""
    out = []
    for source in map(Path, sources):
        if source.suffix == ".tar":
            out += tar_blobs(source)
        elif source.is_dir():
            tars = sorted(source.rglob("*.tar"))
            for tar in tars:
                out += tar_blobs(tar)
            if not tars or any(p.suffix.lower() in SUFFIXES for p in source.rglob("*")):
                out += [(p.relative_to(source).as_posix(), p.read_bytes()) for p in picture_files(source)]
        else:
            raise Failure(f"cannot read pictures from {source}: neither a folder nor a .tar file.")
    return sorted(out, key=lambda item: item[0])


def tar_blobs(path: Path) -> list[tuple[str, bytes]]:
    try:
        with tarfile.open(path, "r:") as tar:
            members = [m for m in tar.getmembers() if m.isfile() and m.name.lower().endswith(SUFFIXES)]
            return [(m.name, tar.extractfile(m).read()) for m in members]
    except (OSError, tarfile.TarError) as error:
        raise Failure(f"cannot read {path}: {error}. An uncompressed tar of pictures is expected.") from None


def decode(blob: bytes, side: int, smallest: int = 0, exact: bool = False) -> torch.Tensor | None:
    """3 x H x W of uint8; the shorter side reduced to `side` by Lanczos, and enlarged only where it shall be exact. None for what is
    under `smallest` before or after."""
    image = open_picture(io.BytesIO(blob))
    if min(*image.size, side) < smallest:
        return None
    scale = side / min(image.size)
    if scale < 1 or exact and scale > 1:
        size = tuple(max(side, round(n * scale)) for n in image.size)
        image = image.resize(size, Image.LANCZOS)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def load_pictures(sources: list[str], side: int, smallest: int, device: torch.device, exact: bool = False) -> list[torch.Tensor]:
    """Every picture of at least `smallest` pixels on its shorter side, as uint8 on the device. What cannot be decoded is
    left out and counted in a line of output, unless nothing is left."""
    def attempt(item):
        try:
            return decode(item[1], side, smallest, exact)
        except Failure as failure:
            return failure
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = list(pool.map(attempt, blobs(sources)))
    pictures = [r for r in results if torch.is_tensor(r)]
    if len(pictures) < len(results):
        broken = sum(isinstance(r, Failure) for r in results)
        print(f"left out {len(results) - len(pictures)} of {len(results)} pictures: {broken} unreadable, the others under {smallest} pixels")
    if not pictures:
        raise Failure(f"no picture of at least {smallest} pixels in {', '.join(sources)}.")
    return [p.to(device) for p in pictures]


def fingerprint(tensors: list[torch.Tensor]) -> str:
    """Of pictures, or of a network's parameters, and their order, from every 97th value of each: a resumed run has to draw from the same
    ones, and to be judged by the same."""
    digest = hashlib.blake2b(digest_size=6)
    for t in tensors:
        digest.update(repr(tuple(t.shape)).encode() + t.detach().flatten()[::97].cpu().numpy().tobytes())
    return digest.hexdigest()


@dataclass
class Windows:
    """Random square windows of pictures: from `low` of the shorter side to all of it and not under `detail` of the size
    asked for (each ratio of lengths equally often), scaled to that size by antialiased bilinear filter, flipped half the time. What is enlarged is soft: a network that is
    shown soft paintings paints softly, so pictures too small for the size are left alone where there are others. The share
    `varied` of the windows is `recoloured`. Exact windows are cut out at the size asked for and not scaled."""
    pictures: list[torch.Tensor]
    seed: int
    low: float
    detail: float = .9
    varied: float = 0.
    exact: bool = False
    fitting: dict[int, list[torch.Tensor]] = field(default_factory=dict)

    def __call__(self, number: int, size: int) -> torch.Tensor:
        """Window `number`: 1 x 3 x size x size in [0, 1]."""
        rng = random.Random(f"{self.seed}/{number}")
        picture = rng.choice(self.large_enough(size))
        side = min(picture.shape[1:])
        width = min(side, size) if self.exact else self.width(rng, side, size)
        y, x = rng.randint(0, picture.shape[1] - width), rng.randint(0, picture.shape[2] - width)
        window = picture[None, :, y:y + width, x:x + width].float() / 255
        if width != size:
            window = F.interpolate(window, (size, size), mode="bilinear", antialias=True, align_corners=False)
        window = window.flip(3) if rng.random() < .5 else window
        return recoloured(window, rng) if rng.random() < self.varied else window

    def width(self, rng: random.Random, side: int, size: int) -> int:
        """Of a window of a picture whose shorter side is `side`."""
        least = min(side, max(int(self.detail * size), int(self.low * side)))
        return round(least * (side / least) ** rng.random())

    def fits(self, size: int) -> bool:
        """Whether there is a picture that need not be enlarged."""
        if size not in self.fitting:
            self.fitting[size] = [p for p in self.pictures if min(p.shape[1:]) >= self.detail * size]
        return bool(self.fitting[size])

    def large_enough(self, size: int) -> list[torch.Tensor]:
        return self.fitting[size] if self.fits(size) else self.pictures


def recoloured(rgb: torch.Tensor, rng: random.Random) -> torch.Tensor:
    """Another painting made of this one: turned by right angles, its channels exchanged, each with its own gamma and contrast, now
    and then a negative. A few hundred paintings are learned by heart in some thousand steps."""
    out = rgb.rot90(rng.randrange(4), (2, 3))[:, constant(tuple(rng.sample(range(3), 3)), rgb.device)].clamp(0, 1)  # rounding leaves it, and a power is NaN there
    if rng.random() < .1:
        out = 1 - out
    def each(low, high):
        return placed([rng.uniform(low, high) for _ in range(3)], rgb.device).view(1, 3, 1, 1)
    out = out ** (2 ** each(-.7, .7))
    mean = out.mean((2, 3), keepdim=True)
    return (mean + (out - mean) * each(.7, 1.3)).clamp(0, 1)


# ---------------------------------------------------------------- another frame of the same scene

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
    """N x 3 x H x W as a block codec would give it back: 8 x 8 DCT of each channel, coefficients rounded to multiples of
    `step` (in units of the picture's range; a number, or N x 1 x 1 x 1) that grow fourfold to the highest frequency. Sides are cut to multiples of 8 inside."""
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
    """Pictures as another frame of the clip would bring them: a sensor's noise, a slow drift of light, a codec's blocks, of
    which it may have left most as they were. All at once, each with amounts of its own: one by one they were a sixth of a GPU's kernels."""
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
    """Where something moves before a scene: 1 x 1 x size x size, 1 in an ellipse whose half axes are a twelfth to a quarter of the
    size, 0 around it, with an edge of some four pixels."""
    ry, rx = (rng.uniform(1 / 12, 1 / 4) * size for _ in range(2))
    cy, cx = (rng.uniform(.1, .9) * size for _ in range(2))
    at = torch.arange(size, device=device, dtype=torch.float32)
    r = (((at[:, None] - cy) / ry) ** 2 + ((at[None] - cx) / rx) ** 2).sqrt()
    return ((1 - r) * min(ry, rx) / 4 + .5).clamp(0, 1)[None, None]
