"""What a step of `fast` computes: from a draw to its named, weighted losses."""
from __future__ import annotations

import torch
import torch.nn as nn

from network.blocks import Conv, normalise
from network.perceptual import STYLE_LAYERS
from network.stylekernel import FastNet
from training import appearance, losses
from training.appearance import CoherenceHead
from training.data import Windows
from training.draws import Draw, Pool, draw
from training.objective import FlowingFrame, Objective, SecondFrame, of_turn
from training.sources import FAST_CONTENT, REMD_LAYERS, ContentEntry, Source, StyleEntry, channels_last, middle, stack
from training.stages import Batch, Stage

WIDTHS = {"relu2_1": 128, "relu3_1": 256, "relu4_1": 512}
"""Channels of VGG-16's layers that coherence looks at."""
REMD_SAMPLES = 320
"""Positions of each side that REMD compares: a distance of all pairs grows with their product."""


class FastObjective(Objective):
    """Scale-free terms on pools of windows; relu5_1 in every second step (and twice then), a second frame in the steps
    between, reconstruction in every sixth; each batch of a stage counts its own."""

    def __init__(self, net: FastNet, source: Source, weights, shuffle: str, seed: int, capacity: int, reuse: int,
                 flowing: float = 0.):
        super().__init__(net, source, weights, shuffle, seed)
        self.flowing = flowing
        self.foresight = Conv(net.cfg.widths[-1], 512, 1).to(source.device)
        self.heads = nn.ModuleDict({l: CoherenceHead(WIDTHS[l]) for l in FAST_CONTENT} if weights["coherence"] else {})
        self.heads.to(source.device)
        self.capacity, self.reuse = capacity, reuse
        self.stage: Stage | None = None
        self.pools: list[tuple[Pool[ContentEntry], Pool[StyleEntry]]] = []

    def helpers(self):
        return {"foresight": self.foresight} | ({"coherence": self.heads} if self.heads else {})

    def enter(self, stage: Stage) -> None:
        if stage != self.stage:
            self.stage = stage
            self.pools.clear()  # the last stage's: on a GPU of 80 GB there is room for one
            self.pools = [self.pools_of(batch, turn) for turn, batch in enumerate(stage.batches)]

    def pools_of(self, batch: Batch, turn: int) -> tuple[Pool[ContentEntry], Pool[StyleEntry]]:
        capacity, fresh = max(self.capacity, batch.pairs), batch.pairs / self.reuse
        def contents(numbers: list[int]) -> list[ContentEntry]:
            return self.source.entries_of_contents(of_turn(numbers, turn), batch.size)
        def styles(numbers: list[int]) -> list[StyleEntry]:
            return self.source.entries_of_styles(of_turn(numbers, turn), batch.style)
        return Pool(contents, capacity, fresh), Pool(styles, capacity, fresh)

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
        out |= self.appearance(painted, content, style, seen, wanted, chance)
        if number % 2 and (self.weights["flicker"] or self.weights["temporal"]):
            frame = self.next_frame(contents, windows, content, chance)
            out |= self.steadiness(frame, content, painted, tokens, stats, order)
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

    def appearance(self, painted, content, style, seen, wanted, chance: Draw) -> dict[str, torch.Tensor]:
        """What people see: those of `appearance` that have a weight."""
        terms = {
            "luma": lambda: appearance.luma(self.source.lpips, painted, content),
            "colour": lambda: appearance.colour(painted, style, chance),
            "coherence": lambda: sum(appearance.coherence(seen[l], wanted[l], self.heads[l], chance)
                                     for l in self.heads),
            "regions": lambda: appearance.regions(painted, content),
            "halo": lambda: appearance.halo(painted, content, chance),
        }
        return {name: term() for name, term in terms.items() if self.weights[name]}

    def next_frame(self, contents: list[ContentEntry], windows, content, chance: Draw) -> SecondFrame | FlowingFrame:
        """A second frame: made of the first, moved by whole pixels or by a smooth flow; a clip's own where there is
        one."""
        if self.flowing and chance.rng.random() < self.flowing:
            frame = self.flowing_frame(content, chance)
        else:
            frame = self.second_frame(windows, content.shape[2], chance)
        for i, entry in enumerate(contents):
            if entry.second is not None:
                frame.take(i, entry.second)
        return frame

    def steadiness(self, frame, content, painted, tokens, stats, order) -> dict[str, torch.Tensor]:
        """What a second frame of the scene shows: twice its weight, for it comes in every second step."""
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
