"""What a step of `paper` computes: section 3.3 as it stands."""
from __future__ import annotations

import torch
import torch.nn.functional as F

from network.perceptual import STYLE_LAYERS
from network.stylekernel import PaperNet
from training import losses
from training.draws import Draw, draw
from training.objective import Objective, of_turn
from training.sources import MARGIN, Source, channels_last, middle
from training.stages import Batch, Stage


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
        terms["reconstruction"] = sum(self.reconstruction(picture, seen, order)
                                      for picture, seen in ((content, content_seen), (style, style_seen)))
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
