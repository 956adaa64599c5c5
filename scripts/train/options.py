"""What a run of training is told: presets' defaults, the ablations of the paper's tables, stages."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from failure import Failure

WEIGHTS = {
    # λ of section 3.3; `reconstruction` is λ_rec (λ_rec1 = 20 and λ_rec2 = 0.5 are inside). `gate` is ours: an unbounded ψ
    # leaves the sigmoid's live range. `flicker` is the consistency term for video, which the paper does not have.
    "paper": {"content": 1, "style": 1, "reconstruction": 1, "remd": 3, "adversarial": 1, "flicker": 0, "gate": .02},
    # Scale-free terms: what is known of their weights is in HISTORY.md.
    "fast": {"content": .1, "style": 26, "reconstruction": .5, "remd": 1, "adversarial": 0, "flicker": 6, "lattice": 32, "grid": 0,
             "variation": .005, "foresight": .3, "gate": .02, "lpips": 12.5, "temporal": 2.5},
}

PROGRAMS_LPIPS = str(Path(__file__).resolve().parents[2] / "Sources/Weights/Resources/lpips-alex.safetensors")

TABLE5 = ("base", "adv", "remd", "sk", "cgm", "gs")
"""Rows of the paper's Table 5: each adds one part to those before it."""


@dataclass(frozen=True)
class Batch:
    """size: of the content window; style: of the style window; pairs: a step's."""
    size: int
    style: int
    pairs: int


@dataclass(frozen=True)
class Stage:
    """batches: taken in turn, each for two steps, of which one looks at steadiness; share: of the run's length."""
    batches: tuple[Batch, ...]
    share: float

    def turn(self, step: int) -> tuple[int, int]:
        """Which batch a step takes, and which of that batch's steps it is, counted from step 0."""
        rounds, turn = divmod(step // 2, len(self.batches))
        return turn, 2 * rounds + step % 2


def parse_stages(text: str, multiple: int) -> list[Stage]:
    """`BATCH[+BATCH...][@SHARE],...` with `SIZE[/STYLE]*PAIRS` for a batch, as in 256/384*3@0.7,448/512*1+768/512*1@0.3; shares are
    made to sum to 1."""
    out = []
    for part in text.split(","):
        try:
            batches, share = part.split("@") if "@" in part else (part, "1")
            stage = Stage(tuple(map(parse_batch, batches.split("+"))), float(share))
        except ValueError:
            raise Failure(f"cannot read the stage {part!r}: SIZE/STYLE*PAIRS@SHARE is expected, as in 256/384*3@0.7.") from None
        if any(side % multiple or side < 48 for b in stage.batches for side in (b.size, b.style)):
            raise Failure(f"stage {part!r}: sizes must be multiples of {multiple} and at least 48.")
        if stage.share <= 0 or any(b.pairs < 1 for b in stage.batches):
            raise Failure(f"stage {part!r}: at least one pair and a share above 0 are needed.")
        out.append(stage)
    total = sum(s.share for s in out)
    return [Stage(s.batches, s.share / total) for s in out]


def parse_batch(text: str) -> Batch:
    sizes, pairs = text.split("*")
    size, style = sizes.split("/") if "/" in sizes else (sizes, sizes)
    return Batch(int(size), int(style), int(pairs))


def stage_at(stages: list[Stage], done: float) -> Stage:
    """The stage that a run is in when `done` of it (0 to 1) is over."""
    end = 0.
    for stage in stages:
        end += stage.share
        if done < end - 1e-9:
            return stage
    return stages[-1]


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


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="scripts/train/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Trains a preset from folders (or tars) of pictures.",
        epilog="""examples:
  scripts/train/run --content photos --style paintings --out runs/fast --init weights.safetensors --steps 2000
  scripts/train/run --content photos --style paintings --out runs/fast --steps 2000 --resume
  scripts/train/run --preset paper --content photos --style paintings --out runs/paper --device cuda
  scripts/train/run --preset paper --ablation sk ...   Table 5: base, adv, remd, sk, cgm, gs, each with those before it
  scripts/train/run --preset paper --taps 5 ...        Table 3: k = 1, 3, 5""")
    p.add_argument("--preset", choices=("fast", "paper"), default="fast")
    data = p.add_argument_group("pictures")
    data.add_argument("--content", action="append", required=True, metavar="DIR", help="photographs; may be given again, each place then is drawn from equally often")
    data.add_argument("--style", action="append", required=True, metavar="DIR", help="paintings; the same")
    data.add_argument("--side", type=int, default=512, help="shorter side that pictures are reduced to when read (default 512, the paper's)")
    data.add_argument("--vgg", required=True, metavar="FILE", help="VGG-16's weights (scripts/train/fetch-networks; run finds them by itself)")
    data.add_argument("--alexnet", metavar="FILE", default=PROGRAMS_LPIPS,
                      help="AlexNet and LPIPS's heads, for the losses lpips and temporal (default: the program's own)")
    run = p.add_argument_group("the run")
    run.add_argument("--out", required=True, metavar="DIR", help="gets state.pt, weights.safetensors, last.safetensors, log.csv, sheet.png")
    run.add_argument("--init", metavar="FILE", help="weights to start from, with a fresh optimizer")
    run.add_argument("--resume", action="store_true", help="go on from DIR/state.pt, exactly where it stopped, with the options that it was started with")
    run.add_argument("--pieces", metavar="DIR", help="gets every checkpoint in pieces of at most 16 MB, to travel")
    run.add_argument("--steps", type=int, help="length of the run (default: paper 160000, fast 20000); the schedule follows it")
    run.add_argument("--minutes", type=float, help="stop after so many minutes of this call instead; the schedule follows --plan")
    run.add_argument("--plan", type=float, help="minutes of all calls together (default: --minutes)")
    run.add_argument("--stages", help="SIZE/STYLE*PAIRS@SHARE,...; A+B@SHARE takes A and B in turn (default: paper 256*16, fast 192*7@0.15,288*3@0.85)")
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--lr", type=float, help="Adam's learning rate (default: paper 1e-4, fast 2e-4)")
    run.add_argument("--muon", type=float, help="Muon's, for hidden convolutions; 0: Adam for all (default: paper 0, fast 5e-4)")
    run.add_argument("--constant", action="store_true", help="no decay of the learning rate (the paper mentions none)")
    run.add_argument("--average", type=float, default=.995, help="decay of the weights' moving average (default 0.995)")
    run.add_argument("--weight", action="append", default=[], metavar="NAME=X", help="a loss's weight: " + ", ".join(WEIGHTS["fast"]))
    run.add_argument("--warm", type=int, default=0, help="steps of reconstruction alone first, for a fresh network (600 served)")
    run.add_argument("--pool", type=int, default=48, help="fast: windows of each kind kept with their VGG features")
    run.add_argument("--reuse", type=int, default=2, help="fast: how often a window is used, on average (1: no pool is needed; default 2)")
    run.add_argument("--varied", type=float, help="share of the style windows that are turned and recoloured (default: paper 0, fast 0.15)")
    net = p.add_argument_group("ablations")
    net.add_argument("--taps", type=int, choices=(1, 3, 5), default=3, help="Table 3's k")
    net.add_argument("--ablation", choices=TABLE5, help="a row of Table 5")
    net.add_argument("--no-adversarial", action="store_true")
    net.add_argument("--no-remd", action="store_true")
    net.add_argument("--no-kernels", action="store_true", help="no style kernels: the style's bias (fast: and deviation) alone")
    net.add_argument("--no-gate", action="store_true", help="no content-based gating (CGM)")
    net.add_argument("--shuffle", choices=("none", "fixed", "random"), help="grouped shuffling (GS): another order each step, one fixed, or none (default: paper random, fast none)")
    net.add_argument("--widths", help="fast: channels at strides 1, 2, 4, 8, 16 (default 16,32,64,128,128)")
    machine = p.add_argument_group("the machine")
    machine.add_argument("--device", default="cpu", help="cpu or cuda")
    machine.add_argument("--threads", type=int, default=0, help="CPU threads (default: all cores); the same number gives the same bits")
    machine.add_argument("--bf16", action="store_true", help="convolutions in bfloat16 (GPU; CPU with AVX-512 BF16 or AMX)")
    machine.add_argument("--compile", action="store_true", help="fuse the losses' and kernels' passes (needs a C++ compiler; 3.2 to 2.2 s a step on two cores)")
    machine.add_argument("--save-steps", type=int, default=200)
    machine.add_argument("--save-minutes", type=float, default=5)
    machine.add_argument("--log-steps", type=int, default=20)
    return p


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options with the preset's defaults and the ablation's row filled in."""
    o = parser().parse_args(arguments)
    paper = o.preset == "paper"
    o.stages = parse_stages(o.stages or ("256*16" if paper else "192*7@0.15,288*3@0.85"), 8 if paper else 16)
    o.lr = o.lr if o.lr is not None else (1e-4 if paper else 2e-4)
    o.muon = o.muon if o.muon is not None else (0. if paper else 5e-4)
    o.varied = o.varied if o.varied is not None else (0. if paper else .15)
    o.weights = parse_weights(o.preset, o.weight)
    o.constant = o.constant or paper
    if o.minutes is not None and o.steps is not None:
        raise Failure("--steps and --minutes exclude each other: a run is as long as one of them says.")
    for name in ("steps", "minutes", "plan", "side", "pool", "log_steps", "save_steps"):
        value = getattr(o, name)
        if value is not None and value <= 0:
            raise Failure(f"--{name.replace('_', '-')} {value:g}: a number above 0 is expected.")
    if o.minutes is None and o.steps is None:
        o.steps = 160_000 if paper else 20_000
    o.plan = o.plan or o.minutes
    if o.reuse < 1:
        raise Failure(f"--reuse {o.reuse}: a window is used once at least.")
    if o.widths is not None and not are_widths(o.widths.split(",")):
        raise Failure(f"--widths {o.widths}: five numbers are needed, for strides 1, 2, 4, 8 and 16, the last three multiples of 8.")
    if o.ablation and o.shuffle:
        raise Failure("--ablation and --shuffle exclude each other: a row of Table 5 says whether groups are shuffled.")
    o.shuffle = o.shuffle or ("random" if paper else "none")
    if o.ablation:
        row = TABLE5.index(o.ablation)
        o.no_adversarial |= row < 1
        o.no_remd |= row < 2
        o.no_kernels |= row < 3
        o.no_gate |= row < 4
        o.shuffle = "random" if row >= 5 else "none"
        if row >= 1 and not any("adversarial=" in change for change in o.weight):
            o.weights["adversarial"] = o.weights["adversarial"] or 1.  # `fast` is trained without
    if o.no_adversarial:
        o.weights["adversarial"] = 0.
    if o.no_remd:
        o.weights["remd"] = 0.
    return o


def are_widths(words: list[str]) -> bool:
    """Five numbers, of which eight heads and eight groups can share out the last three."""
    return len(words) == 5 and all(w.strip().isdecimal() and int(w) > 0 for w in words) and not any(int(w) % 8 for w in words[2:])
