"""Weights of a run as the file that the program reads. Entry of scripts/train/export; see its --help."""
from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import torch

from files import weights_file
from files.failure import Failure, run
from files.goldens import picture
from network.stylekernel import StyleKernelNet

LOSSLESS = 60.
"""dB between paintings with float16 and float32 weights above which the difference is not measurable: it is less than
half a step of 8 bits everywhere but in single pixels."""


@torch.no_grad()
def painting(net: StyleKernelNet) -> torch.Tensor:
    return net.stylise(picture(256, 320, 11), picture(256, 256, 12))


def half_costs(path: Path) -> float:
    """PSNR in dB between a generated picture painted with the weights in float32 and rounded to float16."""
    net = weights_file.load_network(path)
    before = painting(net)
    for p in net.parameters():
        p.data = p.data.half().float()
    error = (painting(net) - before).square().mean().item()
    return math.inf if error == 0 else -10 * math.log10(error)


def scores(path: str, row: str | None) -> str:
    """The figures of one row of the evaluation, compact JSON."""
    try:
        found = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"cannot read the scores {path}: {error}. scripts/train/evaluate writes them.") from None
    names = list(found["pictures"]) + list(found["clips"])
    row = row or names[0]
    if row not in names:
        raise Failure(f"{path} has no row {row!r}: there are {', '.join(dict.fromkeys(names))}.")
    figures = {"pairs": found["pairs"], "pictures": found["pictures"].get(row, {}),
               "clips": found["clips"].get(row, {})}
    return json.dumps(figures, separators=(",", ":"), default=float)


def main() -> None:
    p = argparse.ArgumentParser(prog="scripts/train/export",
                                description="Writes the safetensors file that the program reads.")
    p.add_argument("state", metavar="STATE", help="state.pt of a run (or a weights file, to put other notes on it)")
    p.add_argument("out", metavar="OUT.safetensors")
    p.add_argument("--training", required=True, help="what it was trained on and how, in words: data, steps, device")
    p.add_argument("--which", choices=("average", "last"), default="average",
                   help="averaged weights (default), or the last: while training still gains quickly they can be ahead")
    p.add_argument("--scores", metavar="FILE", help="scores.json of scripts/train/evaluate")
    p.add_argument("--row", help="its row (default: the first)")
    p.add_argument("--licence", default="Apache-2.0")
    p.add_argument("--vgg", metavar="FILE", help="paper, from state.pt: VGG-16's weights, which its file carries")
    o = p.parse_args()
    out = Path(o.out)
    tensors, cfg, length = source(o)
    notes = {"training": o.training + length, "licence": o.licence}
    if o.scores:
        notes["scores"] = scores(o.scores, o.row)
    weights_file.save(out, tensors, cfg, notes, half=False)
    cost = half_costs(out)
    half = cost >= LOSSLESS
    if half:
        weights_file.save(out, tensors, cfg, notes)
    print(f"{out}: {'float16' if half else 'float32'} (float16 paints {cost:.1f} dB from float32), "
          f"{out.stat().st_size / 1e6:.1f} MB, sha256 {weights_file.sha256(out)}")


def source(o: argparse.Namespace):
    """Tensors, settings, and the run's length in words."""
    if o.state.endswith(".safetensors"):
        tensors, values = weights_file.read(o.state)
        return tensors, weights_file.configuration(values, o.state), ""
    try:
        s = torch.load(o.state, map_location="cpu", weights_only=True)
    except Exception as error:
        raise Failure(f"cannot read {o.state}: {error}.") from None
    cfg = weights_file.configuration(s["metadata"], o.state)
    tensors = dict(s["average"] if o.which == "average" else s["net"])
    if cfg.preset == "paper":
        if not o.vgg:
            raise Failure("a paper file carries its VGG-16: name it by --vgg, "
                          "or export the run's weights.safetensors instead.")
        from network.perceptual import load_vgg16
        tensors |= {f"vgg.{n}": t for n, t in load_vgg16(o.vgg).state_dict().items()}
    return tensors, cfg, f"; {s['step']} steps, {s['seconds'] / 60:.0f} minutes"


if __name__ == "__main__":
    run(main)
