"""Frames of clips, their cuts, and how steady a painting of them is."""
from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from evaluation.measures import gradient_energy
from files.failure import Failure
from files.pictures import to_tensor
from network.perceptual import LPIPS


def read(path: Path) -> list[Image.Image]:
    """Every frame as RGB, decoded by ffmpeg."""
    probe = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of",
             "csv=p=0", str(path)]
    width, height = map(int, tool(probe).decode().strip().split("\n")[0].split(",")[:2])
    raw = tool(["ffmpeg", "-v", "error", "-i", str(path), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt",
                "rgb24", "-"])
    frames = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    return [Image.fromarray(f) for f in frames]


def reduced(path: Path, out: Path, height: int, count: int) -> Path:
    """The clip's first frames at a height, nearly without loss: what every painter is given."""
    scale = f"scale=-2:{height}:flags=area"
    tool(["ffmpeg", "-v", "error", "-y", "-i", str(path), "-an", "-vf", scale, "-fps_mode", "vfr",
          "-frames:v", str(count), "-c:v", "libx264", "-crf", "2",
          "-preset", "veryfast", "-pix_fmt", "yuv444p", str(out)])
    return out


def tool(command: list[str]) -> bytes:
    try:
        result = subprocess.run(command, capture_output=True)
    except FileNotFoundError:
        raise Failure(f"cannot run {command[0]}: not installed. "
                      "The evaluation of clips needs FFmpeg's programs.") from None
    if result.returncode:
        raise Failure(f"{command[0]} failed: {result.stderr.decode(errors='replace').strip()[-300:]}")
    return result.stdout


def scenes(frames: list[Image.Image], limit: float = .5) -> list[tuple[int, int]]:
    """First and past-the-last frame of each scene: a cut is where the joint colour histograms (8 x 8 x 8) of neighbours
    share less than `limit` of their mass. Good enough for the evaluation's clips; the program has its own detector."""
    def histogram(frame):
        a = np.asarray(frame.resize((64, 64), Image.BOX)) // 32
        return np.bincount((a[..., 0] * 64 + a[..., 1] * 8 + a[..., 2]).ravel(), minlength=512) / 4096
    histograms = [histogram(f) for f in frames]
    cuts = [i for i in range(1, len(frames)) if np.minimum(histograms[i - 1], histograms[i]).sum() < limit]
    bounds = [0, *cuts, len(frames)]
    return list(zip(bounds[:-1], bounds[1:]))


def flow(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Dense optical flow from grey a to b, H x W x 2 in pixels (DIS, medium)."""
    return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(a, b, None)


def warp(image: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """image at x + motion(x), bilinear."""
    h, w = motion.shape[:2]
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return cv2.remap(image, x + motion[..., 0], y + motion[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def visible(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """Where the flow can be trusted: not |w_f + w_b|² > 0.01 (|w_f|² + |w_b|²) + 0.5 (Sundaram et al.), and inside the
    frame."""
    back = warp(backward, forward)
    apart = np.square(forward + back).sum(2)
    sizes = np.square(forward).sum(2) + np.square(back).sum(2)
    h, w = apart.shape
    x, y = np.meshgrid(np.arange(w), np.arange(h))
    x, y = x + forward[..., 0], y + forward[..., 1]
    inside = (x >= 0) & (x <= w - 1) & (y >= 0) & (y <= h - 1)
    return inside & (apart <= .01 * sizes + .5)


@dataclass
class Motion:
    """Flow from one source frame to a later one and where it holds; frames by number."""
    first: int
    second: int
    flow: np.ndarray
    mask: np.ndarray


def motions(frames: list[Image.Image], gap: int, every: int) -> list[Motion]:
    """Pairs `gap` frames apart within scenes, one starting in every `every` frames, at least a tenth of them
    visible."""
    grey = [cv2.cvtColor(np.asarray(f), cv2.COLOR_RGB2GRAY) for f in frames]
    out = []
    for first, last in scenes(frames):
        for i in range(first, last - gap, every):
            forward, backward = flow(grey[i], grey[i + gap]), flow(grey[i + gap], grey[i])
            mask = visible(forward, backward)
            if mask.mean() > .1:
                out.append(Motion(i, i + gap, forward, mask))
    return out


@torch.no_grad()
def warped(lpips: LPIPS, painted: list[Image.Image], pairs: list[Motion]) -> tuple[float, float]:
    """Means over pairs of the warped RMSE (range 0 to 1, where visible) and the warped LPIPS (weighed by
    visibility)."""
    errors, distances = [], []
    for m in pairs:
        a = np.asarray(painted[m.first], np.float32) / 255
        b = warp(np.asarray(painted[m.second], np.float32) / 255, m.flow)
        errors.append(np.sqrt(np.square(a - b)[m.mask].mean()))
        b = np.where(m.mask[..., None], b, a)
        x, y, mask = tensor(a), tensor(b), torch.from_numpy(m.mask)[None, None].float()
        distances.append(lpips.distance(lpips.features(x), lpips.features(y), mask).item())
    return float(np.mean(errors)), float(np.mean(distances))


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]


@torch.no_grad()
def temporal(lpips: LPIPS, frames: list[Image.Image], bounds: list[tuple[int, int]]) -> float:
    """Mean LPIPS of neighbouring frames within scenes."""
    values = []
    for first, last in bounds:
        before = None
        for frame in frames[first:last]:
            now = lpips.features(to_tensor(frame))
            if before is not None:
                values.append(lpips.distance(before, now).item())
            before = now
    return float(np.mean(values))


def steadiness(lpips: LPIPS, source: list[Image.Image], painted: list[Image.Image],
               pairs: dict[int, list[Motion]]) -> dict[str, float]:
    """The clip's figures: warped RMSE and LPIPS at each gap, temporal LPIPS and its ratio to the source's, gradient
    energy."""
    if len(painted) != len(source) or painted[0].size != source[0].size:
        size = painted[0].size if painted else "?"
        raise Failure(f"the painted clip has {len(painted)} frames of {size}, its source {len(source)} of "
                      f"{source[0].size}.")
    out = {}
    for gap, motion in pairs.items():
        if motion:
            out[f"rmse{gap}"], out[f"lpips{gap}"] = warped(lpips, painted, motion)
    bounds = scenes(source)
    out["temporal"] = temporal(lpips, painted, bounds)
    out["ratio"] = out["temporal"] / max(temporal(lpips, source, bounds), 1e-9)
    out["energy"] = float(np.mean([gradient_energy(to_tensor(f)) for f in painted[::8]]))
    return out
