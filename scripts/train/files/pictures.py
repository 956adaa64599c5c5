"""Pictures in and out, and the sizes the program gives them."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from files.failure import Failure

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def picture_files(folder: str | Path) -> list[Path]:
    """Every picture under a folder, sorted by its path below it: the order is the same on every machine."""
    folder = Path(folder)
    if not folder.is_dir():
        raise Failure(f"cannot read pictures from {folder}: not a folder.")
    files = [p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES]
    if not files:
        raise Failure(f"found no pictures ({', '.join(SUFFIXES)}) under {folder}.")
    return sorted(files, key=lambda p: p.relative_to(folder).as_posix())


def open_picture(source) -> Image.Image:
    """RGB; EXIF orientation applied, alpha over white. source: a path or a file object."""
    try:
        with Image.open(source) as image:
            image = ImageOps.exif_transpose(image)
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Failure(f"cannot read the picture {source}: {error}.") from None


def fit_shorter(image: Image.Image, side: int) -> Image.Image:
    """The shorter side made `side`, by Lanczos; unchanged where it is that already."""
    scale = side / min(image.size)
    if scale == 1:
        return image
    size = (side, max(side, round(image.height * scale))) if image.width < image.height else \
        (max(side, round(image.width * scale)), side)
    return image.resize(size, Image.LANCZOS)


def sixteens(n: float) -> int:
    """The nearest multiple of 16, halves upwards: Python's own round would take them to the even one."""
    return 16 * int(n / 16 + .5)


def prepare_style(image: Image.Image, size: int = 512) -> Image.Image:
    """A style picture as the program prepares it: cut centrally to at most 4:1, the shorter side a multiple of 16 near
    `size`."""
    w, h = image.size
    if max(w, h) > 4 * min(w, h):
        cut = 4 * min(w, h)
        box = ((w - cut) // 2, 0, (w - cut) // 2 + cut, h) if w > h else (0, (h - cut) // 2, w, (h - cut) // 2 + cut)
        image = image.crop(box)
        w, h = image.size
    short = max(48, sixteens(size))
    long = sixteens(max(w, h) * short / min(w, h))
    return image.resize((short, long) if w < h else (long, short), Image.LANCZOS)


def to_tensor(image: Image.Image) -> torch.Tensor:
    """1 x 3 x H x W in [0, 1]."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255


def to_image(rgb: torch.Tensor) -> Image.Image:
    """1 x 3 x H x W or 3 x H x W in [0, 1] as 8-bit RGB, rounded."""
    rgb = rgb[0] if rgb.dim() == 4 else rgb
    return Image.fromarray((rgb.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy())


def save_image(image: Image.Image, path: Path) -> None:
    """PNG, written beside its name and renamed: whoever watches never opens half a picture."""
    temporary = path.with_suffix(".partial.png")
    image.save(temporary)
    temporary.replace(path)
