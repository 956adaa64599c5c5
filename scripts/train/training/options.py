"""What a run of training is told: presets' defaults, the ablations of the paper's tables, stages."""
from __future__ import annotations

import argparse
from pathlib import Path

from files.failure import Failure
from training.stages import parse_stages

WEIGHTS = {
    # λ of section 3.3; `reconstruction` is λ_rec (λ_rec1 = 20 and λ_rec2 = 0.5 are inside). `gate` is ours: an
    # unbounded ψ leaves the sigmoid's live range. `flicker` is the consistency term for video, which the paper does not
    # have.
    "paper": {"content": 1, "style": 1, "reconstruction": 1, "remd": 3, "adversarial": 1, "flicker": 0, "gate": .02},
    # Scale-free terms: what is known of their weights is in HISTORY.md.
    "fast": {"content": .1, "style": 26, "reconstruction": .5, "remd": 1, "adversarial": 0, "flicker": 6, "lattice": 32,
             "grid": 0, "variation": .005, "foresight": .3, "gate": .02, "lpips": 12.5, "temporal": 2.5, "luma": 0,
             "colour": 0, "coherence": 0, "regions": 0, "halo": 0},
}

PROGRAMS_LPIPS = str(Path(__file__).resolve().parents[3] / "Sources/Weights/Resources/lpips-alex.safetensors")

TABLE5 = ("base", "adv", "remd", "sk", "cgm", "gs")
"""Rows of the paper's Table 5: each adds one part to those before it."""


def parse_weights(preset: str, changes: list[str]) -> dict[str, float]:
    """The preset's weights with `name=value` put in."""
    weights = {name: float(value) for name, value in WEIGHTS[preset].items()}
    for change in changes:
        for item in change.split(","):
            name, _, value = item.partition("=")
            try:
                if name not in weights:
                    raise Failure(f"no loss is called {name!r} in preset {preset}: there are {', '.join(weights)}.")
                weights[name] = float(value)
            except ValueError:
                raise Failure(f"cannot read the weight {item!r}: name=number is expected.") from None
    return weights


RUN = "Trains a preset from folders (or tars) of pictures."
EXAMPLES = """\
examples:
  scripts/train/run --content photos --style paintings --out runs/fast --init weights.safetensors --steps 2000
  scripts/train/run --content photos --style paintings --out runs/fast --steps 2000 --resume
  scripts/train/run --preset paper --content photos --style paintings --out runs/paper --device cuda
  scripts/train/run --preset paper --ablation sk ...   Table 5: base, adv, remd, sk, cgm, gs, each with those before it
  scripts/train/run --preset paper --taps 5 ...        Table 3: k = 1, 3, 5"""


def parser(prog: str = "scripts/train/run", description: str = RUN, epilog: str = EXAMPLES,
           places: bool = True) -> argparse.ArgumentParser:
    """places: whether the pictures' folders and --out must be named."""
    p = argparse.ArgumentParser(prog=prog, formatter_class=argparse.RawDescriptionHelpFormatter,
                                description=description, epilog=epilog)
    p.add_argument("--preset", choices=("fast", "paper"), default="fast")
    add_pictures(p.add_argument_group("pictures"), places)
    add_run(p.add_argument_group("the run"), places)
    add_ablations(p.add_argument_group("ablations"))
    add_machine(p.add_argument_group("the machine"))
    return p


def add_pictures(group, places: bool) -> None:
    add = group.add_argument
    add("--content", action="append", required=places, default=[], metavar="DIR",
        help="photographs; may be given again, each place then is drawn from equally often")
    add("--style", action="append", required=places, default=[], metavar="DIR", help="paintings; the same")
    add("--pairs", action="append", default=[], metavar="DIR",
        help="fast: frames of clips, NAME-a, NAME-b (the next), NAME-c (some later), for every third content")
    add("--side", type=int, default=512,
        help="shorter side that pictures are reduced to when read (default 512, the paper's)")
    add("--vgg", required=True, metavar="FILE",
        help="VGG-16's weights (scripts/train/fetch-networks; run finds them by itself)")
    add("--alexnet", metavar="FILE", default=PROGRAMS_LPIPS,
        help="AlexNet and LPIPS's heads, for the losses lpips, luma and temporal (default: the program's own)")


def add_run(group, places: bool) -> None:
    add_course(group, places)
    add_rates(group)


def add_course(group, places: bool) -> None:
    add = group.add_argument
    add("--out", required=places, metavar="DIR",
        help="gets state.pt, weights.safetensors, last.safetensors, log.csv, sheet.png")
    add("--init", metavar="FILE", help="weights to start from, with a fresh optimizer")
    add("--resume", action="store_true",
        help="go on from DIR/state.pt, exactly where it stopped, with the options that it was started with")
    add("--pieces", metavar="DIR", help="gets every checkpoint in pieces of at most 16 MB, to travel")
    add("--steps", type=int, help="length of the run (default: paper 160000, fast 20000); the schedule follows it")
    add("--minutes", type=float, help="stop after so many minutes of this call instead; the schedule follows --plan")
    add("--plan", type=float, help="minutes of all calls together (default: --minutes)")
    add("--stages", help="SIZE/STYLE*PAIRS@SHARE,...; A+B@SHARE takes A and B in turn "
        "(default: paper 256*16, fast 192*7@0.15,288*3@0.85)")
    add("--seed", type=int, default=1)


def add_rates(group) -> None:
    add = group.add_argument
    add("--lr", type=float, help="Adam's learning rate (default: paper 1e-4, fast 2e-4)")
    add("--muon", type=float, help="Muon's, for hidden convolutions; 0: Adam for all (default: paper 0, fast 5e-4)")
    add("--constant", action="store_true", help="no decay of the learning rate (the paper mentions none)")
    add("--average", type=float, default=.995, help="decay of the weights' moving average (default 0.995)")
    add("--weight", action="append", default=[], metavar="NAME=X",
        help="a loss's weight: " + ", ".join(WEIGHTS["fast"]))
    add("--warm", type=int, default=0, help="steps of reconstruction alone first, for a fresh network (600 served)")
    add("--pool", type=int, default=48, help="fast: windows of each kind kept with their VGG features")
    add("--reuse", type=int, default=2,
        help="fast: how often a window is used, on average (1: no pool is needed; default 2)")
    add("--flowing", type=float, default=0.,
        help="fast: share of the second frames that a smooth flow has moved (default 0)")
    add("--varied", type=float,
        help="share of the style windows that are turned and recoloured (default: paper 0, fast 0.15)")


def add_ablations(group) -> None:
    add = group.add_argument
    add("--taps", type=int, choices=(1, 3, 5), default=3, help="Table 3's k")
    add("--ablation", choices=TABLE5, help="a row of Table 5")
    add("--no-adversarial", action="store_true")
    add("--no-remd", action="store_true")
    add("--no-kernels", action="store_true", help="no style kernels: the style's bias (fast: and deviation) alone")
    add("--no-gate", action="store_true", help="no content-based gating (CGM)")
    add("--shuffle", choices=("none", "fixed", "random"),
        help="grouped shuffling (GS): another order each step, one fixed, or none (default: paper random, fast none)")
    add("--deep", type=int, default=0, help="fast: channels modulated at stride 16 as well; 0: none (default)")
    add("--mixing", type=int, default=0, help="fast: rank of the mixing of channels by the style; 0: none (default)")
    add("--widths", help="fast: channels at strides 1, 2, 4, 8, 16 (default 16,32,64,128,128)")


def add_machine(group) -> None:
    add = group.add_argument
    add("--device", default="cpu", help="cpu or cuda")
    add("--threads", type=int, default=0, help="CPU threads (default: all cores); the same number gives the same bits")
    add("--bf16", action="store_true", help="convolutions in bfloat16 (GPU; CPU with AVX-512 BF16 or AMX)")
    add("--compile", action="store_true",
        help="fuse the losses' and kernels' passes (needs a C++ compiler; 3.2 to 2.2 s a step on two cores)")
    add("--save-steps", type=int, default=200)
    add("--save-minutes", type=float, default=5)
    add("--log-steps", type=int, default=20)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """`run`'s options with the preset's defaults and the ablation's row filled in."""
    return complete(parser().parse_args(arguments))


def complete(o: argparse.Namespace) -> argparse.Namespace:
    """Fills in the preset's defaults and the ablation's row, and refuses what no run can have."""
    paper = o.preset == "paper"
    o.stages = parse_stages(o.stages or ("256*16" if paper else "192*7@0.15,288*3@0.85"), 8 if paper else 16)
    for name, of_paper, of_fast in (("lr", 1e-4, 2e-4), ("muon", 0., 5e-4), ("varied", 0., .15)):
        if getattr(o, name) is None:
            setattr(o, name, of_paper if paper else of_fast)
    o.weights = parse_weights(o.preset, o.weight)
    o.constant = o.constant or paper
    refuse(o)
    if o.minutes is None and o.steps is None:
        o.steps = 160_000 if paper else 20_000
    o.plan = o.plan or o.minutes
    o.shuffle = o.shuffle or ("random" if paper else "none")
    if o.ablation:
        take_row(o, TABLE5.index(o.ablation))
    if o.no_adversarial:
        o.weights["adversarial"] = 0.
    if o.no_remd:
        o.weights["remd"] = 0.
    return o


def refuse(o: argparse.Namespace) -> None:
    """What no run can have."""
    if o.minutes is not None and o.steps is not None:
        raise Failure("--steps and --minutes exclude each other: a run is as long as one of them says.")
    for name in ("steps", "minutes", "plan", "side", "pool", "log_steps", "save_steps"):
        value = getattr(o, name)
        if value is not None and value <= 0:
            raise Failure(f"--{name.replace('_', '-')} {value:g}: a number above 0 is expected.")
    if o.reuse < 1:
        raise Failure(f"--reuse {o.reuse}: a window is used once at least.")
    if o.widths is not None and not are_widths(o.widths.split(",")):
        raise Failure(f"--widths {o.widths}: five numbers are needed, for strides 1, 2, 4, 8 and 16, "
                      "the last three multiples of 8.")
    if o.ablation and o.shuffle:
        raise Failure("--ablation and --shuffle exclude each other: a row of Table 5 says whether groups are shuffled.")


def take_row(o: argparse.Namespace, row: int) -> None:
    """Leaves out the parts that a row of Table 5 has not."""
    o.no_adversarial |= row < 1
    o.no_remd |= row < 2
    o.no_kernels |= row < 3
    o.no_gate |= row < 4
    o.shuffle = "random" if row >= 5 else "none"
    if row >= 1 and not any("adversarial=" in change for change in o.weight):
        o.weights["adversarial"] = o.weights["adversarial"] or 1.  # `fast` is trained without


def are_widths(words: list[str]) -> bool:
    """Five numbers, of which eight heads and eight groups can share out the last three."""
    return len(words) == 5 and all(w.strip().isdecimal() and int(w) > 0 for w in words) and \
        not any(int(w) % 8 for w in words[2:])
