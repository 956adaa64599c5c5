"""Everything random in a step comes from its number: a run that resumes draws what the uninterrupted one would have
drawn."""
from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import Callable, Generic, TypeVar

import torch

Entry = TypeVar("Entry")


@dataclass
class Draw:
    """A step's two sources of chance: `rng` for choices, `generator` for tensors on the device."""
    rng: random.Random
    generator: torch.Generator

    def positions(self, count: int, limit: int) -> torch.Tensor:
        """At most `limit` of `count` positions, without repetition, in random order."""
        return torch.randperm(count, generator=self.generator, device=self.generator.device)[:limit]


def draw(seed: int, purpose: str, number: int, device: torch.device) -> Draw:
    rng = random.Random(f"{seed}/{purpose}/{number}")
    return Draw(rng, torch.Generator(device).manual_seed(rng.getrandbits(62)))


class Pool(Generic[Entry]):
    """Windows with the VGG features they were worked out for, each used several times. At step t it holds entries
    number ⌊t · fresh⌋ to ⌊t · fresh⌋ + capacity - 1, whatever came before. VGG's pass over contents and styles was a
    third of a step on the CPU; with 48 entries, one new in every second step, it is a tenth."""

    def __init__(self, make: Callable[[list[int]], list[Entry]], capacity: int, fresh: float):
        self.make, self.capacity, self.fresh = make, capacity, fresh
        self.first = 0
        self.entries: deque[Entry] = deque()

    def move_to(self, step: int) -> None:
        first = int(step * self.fresh)
        if first >= self.first + len(self.entries) or first < self.first:
            self.entries.clear()
            self.first = first
        while self.first < first:
            self.entries.popleft()
            self.first += 1
        missing = range(self.first + len(self.entries), self.first + self.capacity)
        if missing:
            self.entries.extend(self.make(list(missing)))

    def sample(self, rng: random.Random, count: int) -> list[Entry]:
        return rng.sample(list(self.entries), count)
