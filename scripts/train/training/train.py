"""Entry of scripts/train/run: see its --help."""
from __future__ import annotations

import argparse
from pathlib import Path

from files.failure import Failure, run
from training import checkpoint
from training.deadline import started
from training.options import parse
from training.trainer import Trainer


def start(o: argparse.Namespace, began: float) -> None:
    """A run, or the rest of one. began: of the call, on time.monotonic()'s clock."""
    o.started = began
    if o.resume and o.init:
        raise Failure("--resume and --init exclude each other: a resumed run has its weights in its checkpoint.")
    if not o.resume and Path(o.out, "state.pt").exists():
        raise Failure(f"{o.out} holds a run: --resume goes on with it, and another --out begins a new one.")
    trainer = Trainer(o)
    if o.resume:
        checkpoint.resume(trainer, trainer.out / "state.pt")
    trainer.train()


def main() -> None:
    began = started()
    start(parse(), began)


if __name__ == "__main__":
    run(main)
