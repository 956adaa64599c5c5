"""Contact sheets of the evaluation."""
from __future__ import annotations

from pathlib import Path

from PIL import Image

from files.pictures import open_picture

ROW = 320
"""Height of a picture on a sheet."""


def for_sheet(image: Image.Image) -> Image.Image:
    """Brought to the height of a sheet's row."""
    return image.resize((max(1, round(image.width * ROW / image.height)), ROW), Image.LANCZOS)


def column(styles: list[Path]) -> list[Image.Image]:
    """The styles under an empty place: the first column beside those of the sources."""
    return [Image.new("RGB", (ROW, ROW), "white"), *(for_sheet(open_picture(path)) for path in styles)]


def sheet_of(rows: list[list[Image.Image]], down: bool = False) -> Image.Image:
    """Columns as wide as their widest picture. down: what is given are columns."""
    rows = list(map(list, zip(*rows))) if down else rows
    widths = [max(row[i].width for row in rows) for i in range(len(rows[0]))]
    sheet = Image.new("RGB", (sum(widths), ROW * len(rows)), "white")
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            sheet.paste(image, (sum(widths[:x]), y * ROW))
    return sheet
