"""Entry of scripts/train/run: see its --help."""
from __future__ import annotations

import time

from failure import Failure, run
from options import parse
from trainer import Trainer


def main() -> None:
    started = time.monotonic()
    o = parse()
    o.started = started
    if o.resume and o.init:
        raise Failure("--resume and --init exclude each other: a resumed run has its weights in its checkpoint.")
    trainer = Trainer(o)
    if o.resume:
        trainer.resume(trainer.out / "state.pt")
    trainer.train()


if __name__ == "__main__":
    run(main)
