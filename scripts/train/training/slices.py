"""Entry of scripts/train/run-gpu: trains in slices of minutes on a rented GPU. Starts, resumes, brings back."""
from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from files.failure import Failure, run
from training import options
from training.deadline import started

STAGES = {"fast": "288*32+512*10@0.4,512*10+768/512*5@0.6", "paper": "256*16"}
"""In turn: 39 GB of a GPU's memory."""
SIDES = {"fast": 1080, "paper": 512}
"""Photographs of 1080 lines stay so: cut down to 512, every window of 512 and 768 pixels would be enlarged, and the
network would know none that is sharp."""


def parser() -> argparse.ArgumentParser:
    """`run`'s options with other defaults, and the folder of tars."""
    p = options.parser("scripts/train/run-gpu", """\
Trains in slices of minutes on a rented GPU: start, resume, bring back.

--data holds content*.tar and style*.tar (uncompressed, JPEG), at any depth. Pictures are decoded once, into the GPU's
memory. --minutes are those of this call, everything included: start, decoding, the last checkpoint. Learning rate and
stages follow --plan, the minutes of all slices together. A later call with the same --out goes on from its state.pt.

--pieces (default: OUT/pieces) gets every checkpoint, one a minute, in pieces of at most 16 MB. Where --out has no
state.pt, the run goes on from the pieces there. For paper, whose checkpoint is 412 MB, PIECES/weights gets
weights.safetensors in pieces too: go on from them with `python -m files.pieces join` and --init.

At the end the GPU's mean utilisation is printed, from its first work on: under 80 % more pairs a step (--stages) are
worth a try. It is the share of time in which anything runs there, so look at the power drawn as well.""", """\
examples:
  scripts/train/run-gpu --data DIR --vgg FILE --out DIR --minutes 8 --plan 26
  scripts/train/run-gpu --data DIR --vgg FILE --out DIR --minutes 18 --plan 26""", places=False)
    p.add_argument("--data", metavar="DIR", help="holds content*.tar and style*.tar")
    p.set_defaults(device="cuda", bf16=True, average=.999, pool=192, side=None)
    p.set_defaults(log_steps=100, save_steps=1_000_000, save_minutes=1)
    return p


def fill_in(o: argparse.Namespace) -> None:
    """Checks what a slice needs and fills in what it brings by itself."""
    for name in ("data", "out", "minutes"):
        if getattr(o, name) is None:
            raise Failure(f"--{name} is missing: see run-gpu --help")
    o.content += tars(o.data, "content")
    o.style += tars(o.data, "style")
    if not o.content or not o.style:
        raise Failure(f"{o.data} holds {len(o.content)} content*.tar and {len(o.style)} style*.tar: "
                      "at least one of each is needed")
    o.stages = o.stages or STAGES[o.preset]
    o.side = o.side or SIDES[o.preset]
    o.pieces = o.pieces or str(Path(o.out, "pieces"))


def tars(folder: str, kind: str) -> list[str]:
    return sorted(str(path) for path in Path(folder).rglob(f"{kind}*.tar"))


def go_on(o: argparse.Namespace) -> None:
    """From the checkpoint of an earlier slice, or from its pieces where the disk is new. Such a run has its weights:
    --init is for the first slice."""
    from files import pieces

    state = Path(o.out, "state.pt")
    if not state.exists() and Path(o.pieces, "manifest.json").exists():
        pieces.join(Path(o.pieces), state)
    o.resume = state.exists()
    if o.resume:
        o.init = None


@contextmanager
def watched(path: Path):
    """nvidia-smi writes utilisation, memory and power each second, where there is one."""
    if not shutil.which("nvidia-smi"):
        yield
        return
    command = ["nvidia-smi", "--query-gpu=utilization.gpu,memory.used,power.draw", "--format=csv,noheader,nounits",
               "-l", "1"]
    with open(path, "w") as file:
        monitor = subprocess.Popen(command, stdout=file, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            monitor.send_signal(signal.SIGTERM)
            monitor.wait()
    print(utilisation(path.read_text()), flush=True)


def utilisation(rows: str) -> str:
    """Means of nvidia-smi's rows (percent, MiB, watts) from the first on in which the GPU did anything."""
    found = [row.split(",") for row in rows.splitlines() if row.split(",")[0].strip().isdecimal()]
    first = next((i for i, row in enumerate(found) if int(row[0]) > 0), None)
    if first is None:
        return "GPU: nvidia-smi gives no utilisation here"
    found = found[first:]
    busy, power = (sum(number(row[i]) for row in found) / len(found) for i in (0, 2))
    most = max(number(row[1]) for row in found)
    return f"GPU busy {busy:.0f} % of the time at {power:.0f} W, memory at most {most:.0f} MiB"


def number(text: str) -> float:
    """0 where nvidia-smi says `[N/A]`."""
    try:
        return float(text)
    except ValueError:
        return 0.


def main() -> None:
    began = started()
    o = parser().parse_args()
    fill_in(o)
    options.complete(o)
    Path(o.out).mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    from training import train  # PyTorch reads that variable when it is first imported; and --help needs none

    go_on(o)
    with watched(Path(o.out, "gpu.csv")):
        train.start(o, began)


if __name__ == "__main__":
    run(main)
