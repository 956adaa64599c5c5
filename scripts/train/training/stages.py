"""The sizes of a run's windows, and when they change."""
from __future__ import annotations

from dataclasses import dataclass

from files.failure import Failure


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
    """`BATCH[+BATCH...][@SHARE],...` with `SIZE[/STYLE]*PAIRS` for a batch, as in
    256/384*3@0.7,448/512*1+768/512*1@0.3; shares are made to sum to 1."""
    out = []
    for part in text.split(","):
        try:
            batches, share = part.split("@") if "@" in part else (part, "1")
            stage = Stage(tuple(map(parse_batch, batches.split("+"))), float(share))
        except ValueError:
            raise Failure(f"cannot read the stage {part!r}: SIZE/STYLE*PAIRS@SHARE is expected, "
                          "as in 256/384*3@0.7.") from None
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
