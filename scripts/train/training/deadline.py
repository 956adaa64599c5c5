"""When a call that is measured in minutes has to stop."""
from __future__ import annotations

import math
import os
import time
from statistics import median_low

RECENT = 5
"""Steps whose median is taken for the next one's length: a slow one among them (a new size, another's work) ends no
call."""


def started() -> float:
    """When this call began, on time.monotonic()'s clock: STYLEVIDEO_STARTED (seconds of the epoch) may say an earlier
    moment."""
    said = os.environ.get("STYLEVIDEO_STARTED")
    return time.monotonic() - (max(0., time.time() - float(said)) if said else 0.)


class Deadline:
    """A moment, and what still has to fit before it: a step and the last checkpoint.

    The first step compiles and fills pools: 30 to 60 s on a GPU whose steps take 0.1 s. It says nothing about the
    next."""

    def __init__(self, began: float, minutes: float | None):
        """began: of the call, on any clock that counts seconds; minutes: of the call, None where nothing is
        measured."""
        self.began, self.minutes = began, minutes
        self.end = math.inf if minutes is None else began + 60 * minutes
        self.steps: list[float] = []
        self.saving = 0.

    @property
    def first_save(self) -> float:
        """A checkpoint is due by then, however short the call: only then is known how long the last will take."""
        return self.end if self.minutes is None else self.began + 15 * self.minutes

    def stepped(self, seconds: float) -> None:
        self.steps.append(seconds)

    def saved(self, seconds: float) -> None:
        self.saving = max(self.saving, seconds)

    def expected(self) -> float:
        """The next step's seconds; 0 while only the first is known."""
        later = self.steps[1:]
        return median_low(later[-RECENT:]) if later else 0.

    def passed(self, now: float) -> bool:
        """Whether another step and the last checkpoint would end too late."""
        return now + self.expected() + self.saving >= self.end
