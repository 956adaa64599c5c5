"""Whoever paints for the evaluation: the built program, the PyTorch reference, or nobody (peers are in `peers.py`). A
painter turns a picture, or a clip's frames, and a style into paintings of the same size."""
from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F
from PIL import Image

from evaluation import clips
from files import weights_file
from files.failure import Failure
from files.pictures import open_picture, prepare_style, to_image, to_tensor
from network.blocks import Statistics


class Painter(Protocol):
    name: str

    def picture(self, content: Image.Image, style: Path) -> Image.Image: ...

    def frames(self, clip: Path, style: Path) -> list[Image.Image]: ...


class Program:
    """`stylevideo`, as a user runs it."""

    def __init__(self, program: Path, weights: Path | None, style_size: int, name: str = "stylevideo"):
        self.program, self.weights, self.style_size, self.name = program, weights, style_size, name

    def call(self, *arguments: str) -> None:
        extra = ["--weights", str(self.weights)] if self.weights else []
        command = [str(self.program), *arguments, "--style-size", str(self.style_size), "--overwrite", "-q", *extra]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            raise Failure(f"`{' '.join(command)}` ended with {result.returncode}: {result.stderr.strip()[-400:]}")

    def picture(self, content: Image.Image, style: Path) -> Image.Image:
        with tempfile.TemporaryDirectory() as folder:
            source, out = Path(folder, "in.png"), Path(folder, "out.png")
            content.save(source)
            self.call("image", str(source), "--style", str(style), "-o", str(out))
            return open_picture(out)

    def frames(self, clip: Path, style: Path) -> list[Image.Image]:
        """Through a file without loss but for the way to YUV and back (CRF 0, 4:4:4), so that the codec is not
        measured: at CRF 4 it took up to 7 % off the temporal LPIPS of still scenes, and other painters' frames go
        through none. With `--steady off`: the network's own unrest is judged."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out.mp4")
            self.call(str(clip), "--style", str(style), "-o", str(out), "--crf", "0", "--pixel-format", "yuv444p",
                      "--encoder-preset", "veryfast", "--no-measure", "--no-audio", "--steady", "off")
            return clips.read(out)


class Reference:
    """The network in PyTorch, with the program's preparation and a scene's statistics. For `--painter torch` and for
    tests."""

    def __init__(self, weights: Path, style_size: int, name: str = "pytorch"):
        self.net = weights_file.load_network(weights)
        self.style_size, self.name = style_size, name
        self.multiple = 16 if self.net.cfg.preset == "fast" else 8
        self.known: tuple[tuple[Path, int], object] | None = None

    @torch.no_grad()
    def tokens(self, style: Path):
        wanted = style, self.style_size
        if self.known is None or self.known[0] != wanted:
            self.known = wanted, self.net.remember(to_tensor(prepare_style(open_picture(style), self.style_size)))
        return self.known[1]

    @torch.no_grad()
    def picture(self, content: Image.Image, style: Path, stats=None) -> Image.Image:
        rgb = to_tensor(content)
        h, w = rgb.shape[2:]
        return to_image(self.net(pad(rgb, self.multiple), self.tokens(style), stats)[:, :, :h, :w])

    @torch.no_grad()
    def frames(self, clip: Path, style: Path) -> list[Image.Image]:
        out, frames = [], clips.read(clip)
        for first, last in clips.scenes(frames):
            scene = frames[first:last]
            stats = self.scene_statistics(scene)
            out += [self.picture(frame, style, stats) for frame in scene]
        return out

    def scene_statistics(self, scene: list[Image.Image]) -> dict[str, Statistics]:
        """From up to eight frames: mean of the means; variance = mean of (variance + mean²) - mean²."""
        n, m = len(scene), min(8, len(scene))
        chosen = [scene[int((i + .5) * n / m)] for i in range(m)]
        found = [self.net.measure(self.net.encode(pad(to_tensor(f), self.multiple))) for f in chosen]
        out = {}
        for name in found[0]:
            means = torch.stack([f[name].mean for f in found])
            variances = torch.stack([f[name].std.square() - 1e-5 for f in found])
            mean = means.mean(0)
            variance = ((variances + means.square()).mean(0) - mean.square()).clamp_min(0)
            out[name] = Statistics(mean, (variance + 1e-5).sqrt())
        return out


def pad(rgb: torch.Tensor, multiple: int) -> torch.Tensor:
    """Right and bottom by reflection to max(48, next multiple), repeated as often as a small picture needs."""
    h, w = (max(48, -(-n // multiple) * multiple) for n in rgb.shape[2:])
    while rgb.shape[2:] != (h, w):
        grow_y = min(h - rgb.shape[2], max(rgb.shape[2] - 1, 0))
        grow_x = min(w - rgb.shape[3], max(rgb.shape[3] - 1, 0))
        if grow_y == grow_x == 0:  # one pixel: it repeats itself
            return rgb.expand(-1, -1, h if rgb.shape[2] == 1 else -1, w if rgb.shape[3] == 1 else -1)
        rgb = F.pad(rgb, (0, grow_x, 0, grow_y), mode="reflect")
    return rgb


class Untouched:
    """The source as it is: style error of doing nothing, flicker of the clip itself."""

    name = "source untouched"

    def picture(self, content: Image.Image, style: Path) -> Image.Image:
        return content

    def frames(self, clip: Path, style: Path) -> list[Image.Image]:
        return clips.read(clip)


class StyleItself:
    """The style stretched over the source: the most style that a painting can have, and no content."""

    name = "style itself"

    def picture(self, content: Image.Image, style: Path) -> Image.Image:
        return open_picture(style).resize(content.size, Image.LANCZOS)

    def frames(self, clip: Path, style: Path) -> list[Image.Image]:
        source = clips.read(clip)
        return [self.picture(source[0], style)] * len(source)


def find_program(given: str | None) -> Path | None:
    """--program, or the release build of the repository this script lies in, or what the shell finds."""
    if given:
        if not Path(given).exists():
            raise Failure(f"cannot run {given}: no such file. --program names a built stylevideo.")
        return Path(given)
    built = Path(__file__).resolve().parents[3] / ".build" / "release" / "stylevideo"
    found = shutil.which("stylevideo")
    return built if built.exists() else Path(found) if found else None
