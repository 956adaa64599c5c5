"""What both presets' objectives share: the group order, the discriminator, the second frame of a scene."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

import torch
import torch.nn as nn

from training import losses
from training.discriminator import MultiScaleDiscriminator
from training.draws import Draw
from training.frames import disturbed, moved, moving_thing, smooth_flow
from training.sources import MARGIN, Source


@dataclass
class SecondFrame:
    """picture: another frame of the scene, cut dy, dx pixels further down and right; still: 1 where nothing moved but
    the camera."""
    picture: torch.Tensor
    dy: int
    dx: int
    still: torch.Tensor

    def take(self, i: int, picture: torch.Tensor) -> None:
        """A clip's own second frame in the place of picture i. Where things have moved in it is not known: nothing of
        it is compared with the first, place by place."""
        self.picture[i:i + 1] = picture
        self.still = self.still.repeat(self.picture.shape[0] // self.still.shape[0], 1, 1, 1)
        self.still[i] = 0

    def beside(self, first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The part of the scene that stands still and that both frames show, of what was made of the first and of this
        one."""
        h, w = first.shape[2:]
        a = first[:, :, max(0, self.dy):h + min(0, self.dy), max(0, self.dx):w + min(0, self.dx)]
        b, still = (x[:, :, max(0, -self.dy):h + min(0, -self.dy), max(0, -self.dx):w + min(0, -self.dx)]
                    for x in (second, self.still))
        return a * still, b * still


@dataclass
class FlowingFrame:
    """picture: another frame of the scene, N x 3 x S x S; places: where its pixels lie in the first, N x S x S x 2 (x,
    y); known: 1 where that is so, N x 1 x 1 x 1."""
    picture: torch.Tensor
    places: torch.Tensor
    known: torch.Tensor

    def take(self, i: int, picture: torch.Tensor) -> None:
        """A clip's own second frame in the place of picture i, whose flow is not known."""
        self.picture[i:i + 1] = picture
        self.known[i] = 0

    def beside(self, first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What was made of the first frame, moved like the scene, and of this one; less the border, which is
        mirrored."""
        inner = (..., slice(EDGE, -EDGE), slice(EDGE, -EDGE))
        return (moved(first, self.places) * self.known)[inner], (second * self.known)[inner]


EDGE = 8


def of_turn(numbers: Iterable[int], turn: int) -> list[int]:
    """The numbers of windows for a batch that comes `turn`-th in its stage: far from the others', whose windows would
    else be of the same pictures at the same places."""
    return [n + turn * 10 ** 9 for n in numbers]


class Objective:
    """Common to both presets: the group order, the discriminator, the second frame of a scene."""

    def __init__(self, net, source: Source, weights: dict[str, float], shuffle: str, seed: int):
        self.net, self.source, self.weights, self.shuffle, self.seed = net, source, weights, shuffle, seed
        self.critic = MultiScaleDiscriminator().to(source.device) if weights.get("adversarial") else None
        self.last: tuple[torch.Tensor, torch.Tensor] | None = None

    def helpers(self) -> dict[str, nn.Module]:
        """Modules trained beside the network, which the program never sees."""
        return {}

    def order(self, chance: Draw) -> list[int]:
        """Grouped shuffling (Eq. 10): `random` draws another order each step, else the network's own."""
        order = list(self.net.cfg.order)
        if self.shuffle == "random":
            chance.rng.shuffle(order)
        return order

    def gate_term(self, painted: torch.Tensor) -> torch.Tensor:
        """Of what has just been painted; 0 where no gate is."""
        return losses.gate(self.net.align.psi) if self.net.align.gated else painted.new_zeros(())

    def painter_terms(self, painted: torch.Tensor, styles: torch.Tensor) -> dict[str, torch.Tensor]:
        """The adversarial term; keeps the pictures for the discriminator's own update."""
        if self.critic is None:
            return {}
        self.last = painted.detach(), styles
        for p in self.critic.parameters():
            p.requires_grad_(False)
        with self.source.autocast():
            scores = self.critic(painted)
        return {"adversarial": losses.adversarial_painter(scores)}

    def critic_loss(self) -> torch.Tensor:
        """The discriminator's loss on the last step's pictures: style pictures are real, paintings are not."""
        painted, styles = self.last
        for p in self.critic.parameters():
            p.requires_grad_(True)
        with self.source.autocast():
            return losses.adversarial_critic(self.critic(styles), self.critic(painted))

    def second_frame(self, windows: torch.Tensor, size: int, chance: Draw) -> SecondFrame:
        """The same scene, moved by whole pixels or (45 %) held still; in 40 % a part of it moves by itself; all of it
        disturbed."""
        def cut(y: int, x: int) -> torch.Tensor:
            return windows[:, :, y:y + size, x:x + size]
        def anywhere() -> tuple[int, int]:
            return chance.rng.randint(0, MARGIN), chance.rng.randint(0, MARGIN)
        half = MARGIN // 2
        y, x = (half, half) if chance.rng.random() < .45 else anywhere()
        frame, still = cut(y, x), windows.new_ones(1, 1, size, size)
        if chance.rng.random() < .4:
            still = 1 - moving_thing(size, chance.rng, windows.device)
            frame = still * frame + (1 - still) * cut(*anywhere())
        frame = disturbed(frame, chance.rng, chance.generator).contiguous(memory_format=torch.channels_last)
        return SecondFrame(frame, y - half, x - half, still)

    def flowing_frame(self, content: torch.Tensor, chance: Draw) -> FlowingFrame:
        """The same scene, bent by a smooth flow and disturbed."""
        n, _, h, w = content.shape
        places = smooth_flow(n, h, w, chance.rng, chance.generator)
        with torch.no_grad():
            frame = disturbed(moved(content, places).clamp(0, 1), chance.rng, chance.generator)
        frame = frame.contiguous(memory_format=torch.channels_last)
        return FlowingFrame(frame, places, content.new_ones(n, 1, 1, 1))

    def weighted(self, terms: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {name: self.weights[name] * term for name, term in terms.items() if self.weights[name]}
