"""Some sources in the manner of every one of some styles: what only shows when styles stand side by side."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from evaluation import marks
from evaluation.painters import Painter
from evaluation.sheets import column, for_sheet, sheet_of
from files.pictures import fit_shorter, open_picture, prepare_style, save_image, to_tensor
from network.vgg import VGG16

COLUMNS = {"sameness": "sameness of marks ↓", "nearest": "own style nearest ↑", "order": "widths' order ↑",
           "growth": "width, style size 1024 over 256 ↑"}
SIZES = (256, 1024)
"""Style sizes between which marks should grow."""
CONTENTS = 6


class Many:
    """contents: prepared sources; styles: files."""

    def __init__(self, vgg: VGG16, contents: list[Path], styles: list[Path], side: int, style_size: int):
        self.vgg, self.styles = vgg, styles
        self.contents = [fit_shorter(open_picture(path), side) for path in contents[:CONTENTS]]
        pictures = [to_tensor(prepare_style(open_picture(path), style_size)) for path in styles]
        self.grams = [marks.mark_grams(vgg, p) for p in pictures]
        self.widths = [marks.width(p) for p in pictures]

    def judge(self, painter: Painter, sheet: Path) -> dict[str, float]:
        """The figures of one painter; the sheet has a row for each style, which stands at its left, under the
        sources."""
        rows, found = [], {"sameness": [], "nearest": [], "widths": []}
        for content in self.contents:
            painted = [painter.picture(content, style) for style in self.styles]
            rows.append([for_sheet(content), *map(for_sheet, painted)])
            source, paintings = to_tensor(content), list(map(to_tensor, painted))
            found["sameness"].append(marks.sameness(paintings, source))
            found["nearest"].append(marks.nearest([marks.mark_grams(self.vgg, p) for p in paintings], self.grams))
            found["widths"].append([marks.width(p, source) for p in paintings])
            print(f"  {painter.name}: one source in the manner of {len(painted)}", flush=True)
        save_image(sheet_of([column(self.styles), *rows], down=True), sheet)
        out = {name: float(np.mean(found[name])) for name in ("sameness", "nearest")}
        out["order"] = marks.rank_correlation(list(np.mean(found["widths"], 0)), self.widths)
        return out | self.growth(painter)

    def growth(self, painter: Painter) -> dict[str, float]:
        """How many times wider the marks are at the larger style size, geometric mean over the styles on the first
        source; nothing of a painter that knows no style size."""
        size = getattr(painter, "style_size", None)
        if size is None:
            return {}
        source, widths = to_tensor(self.contents[0]), []
        for painter.style_size in SIZES:
            painted = [to_tensor(painter.picture(self.contents[0], style)) for style in self.styles]
            widths.append([marks.width(p, source) for p in painted])
        painter.style_size = size
        return {"growth": float(np.exp(np.mean(np.log(np.array(widths[1]) / widths[0]))))}
