"""Pictures decoded once into memory, and windows of them drawn by number: window n of a seed is the same in every run,
so that resuming needs no state of the data at all."""
from __future__ import annotations

import hashlib
import io
import os
import random
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from files.failure import Failure
from files.pictures import SUFFIXES, open_picture, picture_files
from network.blocks import constant, placed


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
    """3 x H x W of uint8; the shorter side reduced to `side` by Lanczos, and enlarged only where it shall be exact.
    None for what is under `smallest` before or after."""
    image = open_picture(io.BytesIO(blob))
    if min(*image.size, side) < smallest:
        return None
    scale = side / min(image.size)
    if scale < 1 or exact and scale > 1:
        size = tuple(max(side, round(n * scale)) for n in image.size)
        image = image.resize(size, Image.LANCZOS)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def load_pictures(sources: list[str], side: int, smallest: int, device: torch.device,
                  exact: bool = False) -> list[torch.Tensor]:
    """Every picture of at least `smallest` pixels on its shorter side, as uint8 on the device. What cannot be decoded
    is left out and counted in a line of output, unless nothing is left."""
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
        print(f"left out {len(results) - len(pictures)} of {len(results)} pictures: {broken} unreadable, "
              f"the others under {smallest} pixels")
    if not pictures:
        raise Failure(f"no picture of at least {smallest} pixels in {', '.join(sources)}.")
    return [p.to(device) for p in pictures]


def fingerprint(tensors: list[torch.Tensor]) -> str:
    """Of pictures, or of a network's parameters, and their order, from every 97th value of each: a resumed run has to
    draw from the same ones, and to be judged by the same."""
    digest = hashlib.blake2b(digest_size=6)
    for t in tensors:
        digest.update(repr(tuple(t.shape)).encode() + t.detach().flatten()[::97].cpu().numpy().tobytes())
    return digest.hexdigest()


@dataclass
class Windows:
    """Random square windows of pictures: from `low` of the shorter side to all of it and not under `detail` of the size
    asked for (each ratio of lengths equally often), scaled to that size by antialiased bilinear filter, flipped half
    the time. What is enlarged is soft: a network that is shown soft paintings paints softly, so pictures too small for
    the size are left alone where there are others. The share `varied` of the windows is `recoloured`. Exact windows are
    cut out at the size asked for and not scaled."""
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
        window = scaled(window, size)
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


@dataclass
class FramePairs:
    """Windows of two frames of a real clip, cut at the same place. places: two or three frames of each, in order, as
    uint8 3 x H x W: neighbours, and one some frames later."""
    places: list[list[torch.Tensor]]
    seed: int
    low: float = .6

    def fits(self, size: int) -> bool:
        """Whether there is a place that need not be enlarged by more than a third."""
        return bool(self.large_enough(size))

    def large_enough(self, size: int) -> list[list[torch.Tensor]]:
        return [frames for frames in self.places if min(frames[0].shape[1:]) >= .75 * size]

    def __call__(self, number: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Window `number` of a frame and of another of its place, either way round: 1 x 3 x size x size each."""
        rng = random.Random(f"{self.seed}/pair/{number}")
        frames = rng.choice(self.large_enough(size))
        two = [frames[0], frames[1] if len(frames) < 3 or rng.random() < .7 else frames[2]]
        rng.shuffle(two)
        side = min(two[0].shape[1:])
        width = rng.randint(min(side, int(max(self.low * side, .75 * size))), side)
        y, x = (rng.randint(0, n - width) for n in two[0].shape[1:])
        flip = rng.random() < .5
        first, second = (scaled(frame[None, :, y:y + width, x:x + width].float() / 255, size) for frame in two)
        return (first.flip(3), second.flip(3)) if flip else (first, second)


def scaled(window: torch.Tensor, size: int) -> torch.Tensor:
    """A square window at size x size, by antialiased bilinear filter."""
    if window.shape[3] == size:
        return window
    return F.interpolate(window, (size, size), mode="bilinear", antialias=True, align_corners=False)


def load_pairs(sources: list[str], device: torch.device) -> list[list[torch.Tensor]]:
    """Frames named NAME-a, NAME-b (the next) and NAME-c (some later), by place; those of one size that are two at
    least."""
    places: dict[str, dict[str, torch.Tensor]] = {}
    for name, blob in blobs(sources):
        place, _, letter = Path(name).stem.rpartition("-")
        if letter in ("a", "b", "c"):
            places.setdefault(place, {})[letter] = decode(blob, 1 << 16).to(device)
    found = [[frames[letter] for letter in sorted(frames)] for frames in places.values()]
    found = [frames for frames in found if len(frames) > 1 and len({f.shape for f in frames}) == 1]
    if not found:
        raise Failure(f"no pairs of frames in {', '.join(sources)}: NAME-a and NAME-b of one size are expected.")
    return found


def recoloured(rgb: torch.Tensor, rng: random.Random) -> torch.Tensor:
    """Another painting made of this one: turned by right angles, its channels exchanged, each with its own gamma and
    contrast, now and then a negative. A few hundred paintings are learned by heart in some thousand steps."""
    turns = rng.randrange(4)
    channels = constant(tuple(rng.sample(range(3), 3)), rgb.device)
    out = rgb.rot90(turns, (2, 3))[:, channels].clamp(0, 1)  # rounding leaves it, and a power is NaN there
    if rng.random() < .1:
        out = 1 - out
    def each(low, high):
        return placed([rng.uniform(low, high) for _ in range(3)], rgb.device).view(1, 3, 1, 1)
    out = out ** (2 ** each(-.7, .7))
    mean = out.mean((2, 3), keepdim=True)
    return (mean + (out - mean) * each(.7, 1.3)).clamp(0, 1)
