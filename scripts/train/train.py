"""Entry of scripts/train/run: see its --help."""
from __future__ import annotations

import os
import time
from pathlib import Path

from failure import Failure, run
from options import parse
from trainer import Trainer


def started() -> float:
    """When this call began, on time.monotonic()'s clock: STYLEVIDEO_STARTED (seconds of the epoch) may say an earlier moment."""
    said = os.environ.get("STYLEVIDEO_STARTED")
    return time.monotonic() - (max(0., time.time() - float(said)) if said else 0.)


def main() -> None:
    began = started()
    o = parse()
    o.started = began
    if o.resume and o.init:
        raise Failure("--resume and --init exclude each other: a resumed run has its weights in its checkpoint.")
    if not o.resume and Path(o.out, "state.pt").exists():
        raise Failure(f"{o.out} holds a run: --resume goes on with it, and another --out begins a new one.")
    trainer = Trainer(o)
    if o.resume:
        trainer.resume(trainer.out / "state.pt")
    trainer.train()


if __name__ == "__main__":
    run(main)
