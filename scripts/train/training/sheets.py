"""The contact sheet of a run: pairs that are never trained on, painted with the averaged weights."""
from __future__ import annotations

from pathlib import Path

import torch

from files.pictures import save_image, to_image


def central(picture: torch.Tensor, size: int) -> torch.Tensor:
    """The central square of 3 x H x W of uint8, as 1 x 3 x size x size in [0, 1]."""
    side = min(picture.shape[1:])
    y, x = (picture.shape[1] - side) // 2, (picture.shape[2] - side) // 2
    square = picture[None, :, y:y + side, x:x + side].float() / 255
    return torch.nn.functional.interpolate(square, (size, size), mode="bilinear", antialias=True, align_corners=False)


@torch.no_grad()
def contact_sheet(net, contents: list[torch.Tensor], styles: list[torch.Tensor], path: Path, size: int = 256) -> None:
    """Rows of content, style, painting; pictures as uint8 3 x H x W."""
    rows = []
    for content, style in zip(contents, styles):
        c, s = central(content, size), central(style, size)
        rows.append(torch.cat([c, s, net.stylise(c, s).float()], 3))
    save_image(to_image(torch.cat(rows, 2)), path)
