"""What a step of each preset computes: from a draw to its named, weighted losses."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

import torch
import torch.nn as nn
import torch.nn.functional as F

import losses
from data import Windows, disturbed, moving_thing
from discriminator import MultiScaleDiscriminator
from draws import Draw, Pool, draw
from options import Batch, Stage
from perceptual import STYLE_LAYERS
from sources import FAST_CONTENT, MARGIN, REMD_LAYERS, ContentEntry, Source, StyleEntry, channels_last, middle, stack
from stylekernel import Conv, FastNet, PaperNet, normalise

REMD_SAMPLES = 320
"""Positions of each side that REMD compares: a distance of all pairs grows with their product."""


@dataclass
class SecondFrame:
    """picture: another frame of the scene, cut dy, dx pixels further down and right; still: 1 where nothing moved but the camera."""
    picture: torch.Tensor
    dy: int
    dx: int
    still: torch.Tensor

    def beside(self, first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The part of the scene that stands still and that both frames show, of what was made of the first and of this one."""
        h, w = first.shape[2:]
        a = first[:, :, max(0, self.dy):h + min(0, self.dy), max(0, self.dx):w + min(0, self.dx)]
        b, still = (x[:, :, max(0, -self.dy):h + min(0, -self.dy), max(0, -self.dx):w + min(0, -self.dx)] for x in (second, self.still))
        return a * still, b * still


def of_turn(numbers: Iterable[int], turn: int) -> list[int]:
    """The numbers of windows for a batch that comes `turn`-th in its stage: far from the others', whose windows would else be of the
    same pictures at the same places."""
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
        """The same scene, moved by whole pixels or (45 %) held still; in 40 % a part of it moves by itself; all of it disturbed."""
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

    def weighted(self, terms: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {name: self.weights[name] * term for name, term in terms.items() if self.weights[name]}


class FastObjective(Objective):
    """Scale-free terms on pools of windows; relu5_1 in every second step (and twice then), a second frame in the steps between,
    reconstruction in every sixth; each batch of a stage counts its own."""

    def __init__(self, net: FastNet, source: Source, weights, shuffle: str, seed: int, capacity: int, reuse: int):
        super().__init__(net, source, weights, shuffle, seed)
        self.foresight = Conv(net.cfg.widths[-1], 512, 1).to(source.device)
        self.capacity, self.reuse = capacity, reuse
        self.stage: Stage | None = None
        self.pools: list[tuple[Pool[ContentEntry], Pool[StyleEntry]]] = []

    def helpers(self):
        return {"foresight": self.foresight}

    def enter(self, stage: Stage) -> None:
        if stage != self.stage:
            self.stage = stage
            self.pools.clear()  # the last stage's: on a GPU of 80 GB there is room for one
            self.pools = [self.pools_of(batch, turn) for turn, batch in enumerate(stage.batches)]

    def pools_of(self, batch: Batch, turn: int) -> tuple[Pool[ContentEntry], Pool[StyleEntry]]:
        capacity, fresh = max(self.capacity, batch.pairs), batch.pairs / self.reuse
        return (Pool(lambda numbers: self.source.entries_of_contents(of_turn(numbers, turn), batch.size), capacity, fresh),
                Pool(lambda numbers: self.source.entries_of_styles(of_turn(numbers, turn), batch.style), capacity, fresh))

    def __call__(self, step: int, stage: Stage, warm: bool = False) -> dict[str, torch.Tensor]:
        """The weighted losses of step number `step`, by name."""
        self.enter(stage)
        turn, number = stage.turn(step)
        batch = stage.batches[turn]
        for pool in self.pools[turn]:
            pool.move_to(number)
        chance = draw(self.seed, "step", step, self.source.device)
        contents, styles = (pool.sample(chance.rng, batch.pairs) for pool in self.pools[turn])
        if warm:
            return self.drawing_lesson(contents, batch)
        return self.weighted(self.terms(number, batch, contents, styles, chance))

    def terms(self, number: int, batch: Batch, contents: list[ContentEntry], styles: list[StyleEntry], chance: Draw):
        windows = channels_last([c.window for c in contents])
        style = channels_last([s.picture for s in styles])
        content = middle(windows, batch.size)
        order = self.order(chance)
        with self.source.autocast():
            tokens = self.net.remember(style)
            z = self.net.encode(content)
            stats = self.net.measure(z)
            painted = self.net.paint(z, tokens, stats, order).float()
            seen = self.source.vgg(painted, STYLE_LAYERS if number % 2 == 0 else STYLE_LAYERS[:4])
            foreseen = self.foresight(normalise(z["z16"], stats["z16"]))
        targets = stack([s.targets for s in styles])
        wanted = {l: torch.cat([c.features[l] for c in contents]) for l in FAST_CONTENT}
        chosen = {l: chance.positions(seen[l][0, 0].numel(), REMD_SAMPLES) for l in REMD_LAYERS}
        drawn = {l: chance.positions(targets[l].vectors.shape[2], REMD_SAMPLES) for l in REMD_LAYERS}
        out = {
            "content": losses.content_weighted(seen, wanted, FAST_CONTENT),
            "style": losses.style_relative(seen, targets, shares={"relu5_1": 2.}),
            "remd": sum(losses.remd(seen[l], targets[l].vectors[:, :, drawn[l]], chosen[l]) for l in REMD_LAYERS),
            "foresight": losses.foresight(foreseen, wanted["relu4_1"]),
            "lattice": losses.lattice(painted),
            "gate": self.gate_term(painted),
            "variation": losses.total_variation(painted),
        }
        if self.weights["grid"]:
            out["grid"] = losses.grid(painted)
        if self.weights["lpips"]:
            out["lpips"] = losses.perceptual(self.source.lpips, painted, content)
        if number % 2 and (self.weights["flicker"] or self.weights["temporal"]):
            out |= self.steadiness(windows, content, painted, tokens, stats, order, chance)
        if number % 6 == 0:
            picture = contents[0].window if chance.rng.random() < .5 else styles[0].picture
            out["reconstruction"] = self.reconstruction(picture[:, :, :batch.size, :batch.size], order)
        return out | self.painter_terms(painted, style[:, :, :batch.size, :batch.size])

    @torch.no_grad()
    def held_out(self, places: list[Windows], batch: Batch) -> float:
        """The weighted style term on windows of two places, as the log gives it."""
        terms, (contents, styles) = [], places
        count = min(len(contents.pictures), len(styles.pictures))
        for n in range(2 * count):
            content = contents(n, batch.size).contiguous(memory_format=torch.channels_last)
            style = styles(n, batch.style).contiguous(memory_format=torch.channels_last)
            targets = {l: losses.style_target(f) for l, f in self.source.features(style, STYLE_LAYERS).items()}
            with self.source.autocast():
                painted = self.net(content, self.net.remember(style)).float()
            terms.append(losses.style_relative(self.source.features(painted, STYLE_LAYERS), targets))
        return self.weights["style"] * sum(torch.stack(terms).tolist()) / (2 * count)

    def steadiness(self, windows, content, painted, tokens, stats, order, chance: Draw) -> dict[str, torch.Tensor]:
        """What a second frame of the scene shows: twice its weight, for it comes in every second step."""
        frame = self.second_frame(windows, painted.shape[2], chance)
        with self.source.autocast():
            again = self.net(frame.picture, tokens, stats, order).float()
        out = {"flicker": 2 * losses.flicker(*frame.beside(painted, again))}
        if self.weights["temporal"]:
            out["temporal"] = 2 * losses.temporal(self.source.lpips, painted, again, content, frame.picture)
        return out

    def reconstruction(self, picture: torch.Tensor, order: list[int]) -> torch.Tensor:
        """A picture painted in the manner of itself is itself."""
        picture = picture.contiguous(memory_format=torch.channels_last)
        layers = STYLE_LAYERS[1:4]
        with self.source.autocast():
            again = self.net(picture, self.net.remember(picture), order=order).float()
            seen = self.source.vgg(again, layers)
        return losses.reconstruction_relative(again, picture, seen, self.source.features(picture, layers))

    def drawing_lesson(self, contents: list[ContentEntry], batch: Batch):
        """For a fresh network: to see and to draw before it learns to paint."""
        picture = middle(channels_last([c.window for c in contents]), batch.size)
        with self.source.autocast():
            z = self.net.encode(picture)
            again = self.net(picture, self.net.tokens(z)).float()
            foreseen = self.foresight(normalise(z["z16"], self.net.measure(z)["z16"]))
        wanted = torch.cat([c.features["relu4_1"] for c in contents])
        return {"reconstruction": losses.drawing(again, picture), "foresight": losses.foresight(foreseen, wanted)}


class PaperObjective(Objective):
    """Section 3.3 as it stands: every window once, every term in every step."""

    def __init__(self, net: PaperNet, source: Source, weights, shuffle: str, seed: int):
        super().__init__(net, source, weights, shuffle, seed)

    def __call__(self, step: int, stage: Stage, warm: bool = False) -> dict[str, torch.Tensor]:
        chance = draw(self.seed, "step", step, self.source.device)
        turn, number = stage.turn(step)
        batch = stage.batches[turn]
        numbers = of_turn(range(number * batch.pairs, (number + 1) * batch.pairs), turn)
        windows = channels_last([self.source.window("content", n, batch.size + MARGIN) for n in numbers])
        style = channels_last([self.source.window("style", n, batch.style) for n in numbers])
        content = middle(windows, batch.size)
        content_seen = self.source.features(content, STYLE_LAYERS)
        style_seen = self.source.features(style, STYLE_LAYERS)
        order = self.order(chance)
        terms = {} if warm else self.painting(windows, content, style, content_seen, style_seen, batch, order, chance)
        terms["reconstruction"] = self.reconstruction(content, content_seen, order) + self.reconstruction(style, style_seen, order)
        return self.weighted(terms)

    def painting(self, windows, content, style, content_seen, style_seen, batch: Batch, order: list[int], chance: Draw):
        with self.source.autocast():
            # What VGG has seen of both pictures is what the network encodes them to.
            tokens = self.net.tokens({"z8": style_seen["relu4_1"]})
            z = {"z8": content_seen["relu4_1"]}
            stats = self.net.measure(z)
            painted = self.net.paint(z, tokens, stats, order).float()
            seen = self.source.vgg(painted, STYLE_LAYERS)
        unit = F.normalize(style_seen["relu4_1"].float().flatten(2), dim=1)
        out = {
            "content": losses.content(seen, content_seen),
            "style": losses.style(seen, {l: losses.style_target(f, products=False) for l, f in style_seen.items()}),
            "remd": losses.remd(seen["relu4_1"], unit),
            "gate": self.gate_term(painted),
        }
        if self.weights["flicker"]:
            frame = self.second_frame(windows, batch.size, chance)
            with self.source.autocast():
                again = self.net(frame.picture, tokens, stats, order).float()
            out["flicker"] = losses.flicker(*frame.beside(painted, again))
        return out | self.painter_terms(painted, style)

    def reconstruction(self, picture: torch.Tensor, seen: dict[str, torch.Tensor], order: list[int]) -> torch.Tensor:
        """Eq. 8's half for one picture. The picture's own features feed the network too: they are relu4_1."""
        with self.source.autocast():
            z = {"z8": seen["relu4_1"]}
            again = self.net.paint(z, self.net.tokens(z), self.net.measure(z), order).float()
            again_seen = self.source.vgg(again, losses.RECONSTRUCTION_LAYERS)
        return losses.reconstruction(again, picture, again_seen, seen)
