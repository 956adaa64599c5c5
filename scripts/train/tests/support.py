"""What the tests share: generated pictures, a random VGG-16, options."""
from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file

SCRIPTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
os.environ["PYTHONPATH"] = str(SCRIPTS)  # of the entry points that tests run

from files.goldens import picture  # noqa: E402
from files.pictures import to_image  # noqa: E402
from network.vgg import VGG16  # noqa: E402
from training.options import parse  # noqa: E402


def make_world(folder: Path) -> None:
    """Twelve pictures of each kind in folder/content and folder/style, and vgg.safetensors, random but of VGG-16's
    shape."""
    for offset, kind in ((1000, "content"), (2000, "style")):
        (folder / kind).mkdir()
        for i in range(12):
            to_image(picture(144, 160, offset + i)).save(folder / kind / f"{i:02}.png")
    torch.manual_seed(3)
    vgg = VGG16()
    for conv in vgg.convs:
        torch.nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        torch.nn.init.zeros_(conv.bias)
    save_file({f"vgg.{n}": t for n, t in vgg.state_dict().items() if n.startswith("convs.")},
              folder / "vgg.safetensors")


def make_clip(frames: list[Image.Image], path: Path) -> None:
    """An MP4 of 10 frames a second, without loss but for the way to YUV."""
    raw = b"".join(frame.tobytes() for frame in frames)
    size = f"{frames[0].width}x{frames[0].height}"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "10", "-i", "-",
                    "-c:v", "libx264", "-crf", "0", "-pix_fmt", "yuv444p", str(path)], input=raw, check=True)


def options(world: Path, out: str, *more: str):
    o = parse(["--content", str(world / "content"), "--style", str(world / "style"), 
               "--vgg", str(world / "vgg.safetensors"), "--out", str(world / out), "--threads", "2", *more])
    o.started = time.monotonic()
    return o
