"""The loop: steps, checkpoints, log, contact sheet. On the CPU and by steps a run is the same bits however often it was
stopped and resumed, with the same number of threads."""
from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import torch

from files import pieces, weights_file
from network.perceptual import load_vgg16
from training import checkpoint, start
from training.deadline import Deadline
from training.fast import FastObjective
from training.optimisers import Average, optimisers_of, rate
from training.paper import PaperObjective
from training.runlog import Log, say
from training.sheets import contact_sheet
from training.stages import stage_at

CRITIC_EVERY = 2
"""The discriminator is updated once in so many steps of the painter (paper, 4.1)."""


class Trainer:
    """Everything one run holds. `checkpoint` saves and restores it."""

    def __init__(self, o: argparse.Namespace):
        self.o, self.out = o, Path(o.out)
        self.device = torch.device(o.device)
        start.set_up(o)
        self.out.mkdir(parents=True, exist_ok=True)
        self.step, self.seconds = 0, 0.
        torch.manual_seed(o.seed)
        self.vgg = load_vgg16(o.vgg).to(self.device, memory_format=torch.channels_last)
        self.net = start.network(o, self.vgg)
        found = start.material(o, self.vgg)
        self.source, self.shown, self.held = found.source, found.shown, found.held
        common = self.net, self.source, o.weights, o.shuffle, o.seed
        self.objective = FastObjective(*common, o.pool, o.reuse,
                                       o.flowing) if o.preset == "fast" else PaperObjective(*common)
        self.own = {n: p for n, p in self.net.named_parameters() if p.requires_grad}
        self.average = Average(self.own, o.average)
        self.optimisers = optimisers_of(self.own, self.objective, o)
        self.log = Log(list(o.weights))

    # ------------------------------------------------------------ a step

    def done(self) -> float:
        """The share of the run that is over, by steps or by minutes."""
        return self.step / self.o.steps if self.o.minutes is None else self.seconds / (60 * self.o.plan)

    def set_rates(self) -> None:
        factor = 1. if self.o.constant else rate(self.done(), self.step)
        for name, optimiser in self.optimisers.items():
            base = self.o.muon if name == "muon" else self.o.lr
            for group in optimiser.param_groups:
                group["lr"] = base * factor

    def advance(self) -> dict[str, torch.Tensor]:
        """One step; returns the weighted losses, not yet brought to the CPU."""
        self.set_rates()
        terms = self.objective(self.step, stage_at(self.o.stages, self.done()), self.step < self.o.warm)
        for optimiser in self.optimisers.values():
            optimiser.zero_grad(set_to_none=True)
        sum(terms.values()).backward()
        painters = [optimiser for name, optimiser in self.optimisers.items() if name != "critic"]
        self.update([p for optimiser in painters for g in optimiser.param_groups for p in g["params"]], painters)
        if "critic" in self.optimisers and self.step >= self.o.warm and self.step % CRITIC_EVERY == 0:
            terms["critic"] = self.update_critic()
        self.average.add(self.own)
        self.step += 1
        return terms

    def update(self, parameters: list[torch.Tensor], optimisers) -> None:
        """What is not finite drops out, so that one bad batch cannot end a night's run."""
        for p in parameters:
            if p.grad is not None:
                p.grad.nan_to_num_(0, 0, 0)
        torch.nn.utils.clip_grad_norm_(parameters, 5.)
        for optimiser in optimisers:
            optimiser.step()

    def update_critic(self) -> torch.Tensor:
        optimiser = self.optimisers["critic"]
        optimiser.zero_grad(set_to_none=True)
        loss = self.objective.critic_loss()
        loss.backward()
        self.update(list(self.objective.critic.parameters()), [optimiser])
        return loss

    # ------------------------------------------------------------ the run

    def train(self) -> None:
        """Steps until the run's end, or until this call's minutes (its start and its last checkpoint included) are
        over."""
        if self.o.minutes is None and self.step >= self.o.steps:
            say(f"{self.out / 'state.pt'} is at step {self.step} of {self.o.steps}: nothing is left to do")
            return
        self.warn_of_plan()
        Loop(self).run()
        say(f"stopped at step {self.step} after {self.seconds / 60:.1f} minutes in all; "
            f"{self.out / 'weights.safetensors'}")

    def warn_of_plan(self) -> None:
        o, trained = self.o, self.seconds / 60
        if self.step and o.minutes is not None and trained + o.minutes > 1.05 * o.plan and not o.constant:
            say(f"{trained:.0f} minutes trained and {o.minutes:g} to come are beyond --plan {o.plan:g}: "
                "what is beyond it trains at the least rate")

    def report(self, pace: float) -> None:
        """A row of the log, and the same to read."""
        kept = self.net.align.kept.tolist() if self.net.align.gated and self.step > self.o.warm else []
        say(self.log.write(self.step, self.seconds, pace, self.optimisers["adam"].param_groups[0]["lr"], kept))

    def save(self, with_sheet: bool) -> None:
        """state.pt, the averaged and the last weights, and now and then the contact sheet."""
        temporary = self.out / "state.pt.partial"
        torch.save(checkpoint.state(self), temporary)
        os.replace(temporary, self.out / "state.pt")
        note = {"training": f"{self.step} steps, {self.seconds / 60:.0f} minutes"}
        for name, tensors in (("weights", self.average.values), ("last", self.own)):
            weights_file.save(self.out / f"{name}.safetensors", self.complete(tensors), self.net.cfg, note)
        if self.o.pieces:
            self.save_pieces(Path(self.o.pieces))
        if with_sheet and self.shown[0]:
            self.with_average(self.look)

    def save_pieces(self, folder: Path) -> None:
        weights = self.out / "weights.safetensors"
        pieces.split(self.out / "state.pt", folder)
        if weights.stat().st_size > pieces.SIZE:  # of `paper`
            pieces.split(weights, folder / "weights")

    def look(self) -> None:
        """The contact sheet and, of `fast`, the style term on its pairs: where it stays behind while the log's falls,
        the run is learning its paintings by heart."""
        contact_sheet(self.net, *self.shown, self.out / "sheet.png")
        if self.o.preset == "fast":
            batch = stage_at(self.o.stages, self.done()).batches[0]
            say(f"{self.step}: style on pictures held out {self.objective.held_out(self.held, batch):.4f}")

    def complete(self, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """`paper` files carry their VGG-16."""
        vgg = self.vgg.state_dict() if self.o.preset == "paper" else {}
        return dict(tensors) | {f"vgg.{n}": t for n, t in vgg.items()}

    @torch.no_grad()
    def with_average(self, action) -> None:
        last = {n: p.detach().clone() for n, p in self.own.items()}
        for n, p in self.own.items():
            p.copy_(self.average.values[n])
        action()
        for n, p in self.own.items():
            p.copy_(last[n])


class Loop:
    """One call's steps: when it reports, when it saves, when it ends."""

    def __init__(self, trainer: Trainer):
        self.trainer, self.o = trainer, trainer.o
        self.began = time.monotonic()
        self.deadline = Deadline(self.o.started, self.o.minutes)
        self.reported, self.reported_step = self.began, trainer.step
        self.saved = self.looked = self.began

    def run(self) -> None:
        t = self.trainer
        t.log.open(t.out / "log.csv", t.step)
        if t.step == 0 and t.shown[0]:
            t.look()  # where the run starts from
        before, now, ended = t.seconds, time.monotonic(), False
        while not ended:
            t.log.add(t.advance())
            now, last = time.monotonic(), now
            self.deadline.stepped(now - last)
            t.seconds = before + now - self.began
            ended = self.ended(now)
            if t.step % self.o.log_steps == 0:
                self.report(now)
            if ended or self.save_is_due(now):
                now = self.save(now, ended)
                ended = ended or self.ended(now)  # the first checkpoint may have taken what was left

    def ended(self, now: float) -> bool:
        return self.trainer.step >= self.o.steps if self.o.minutes is None else self.deadline.passed(now)

    def report(self, now: float) -> None:
        self.trainer.report((now - self.reported) / (self.trainer.step - self.reported_step))
        self.reported, self.reported_step = now, self.trainer.step

    def save_is_due(self, now: float) -> bool:
        late = now - self.saved > 60 * self.o.save_minutes
        return late or self.trainer.step % self.o.save_steps == 0 or self.first(now)

    def first(self, now: float) -> bool:
        """Whether the early checkpoint of a call by minutes is due: like the last one with its sheet, whose time it
        foretells."""
        return self.o.minutes is not None and not self.deadline.saving and now > self.deadline.first_save

    def save(self, now: float, ended: bool) -> float:
        """Returns the moment after it."""
        look = ended or self.first(now) or now - self.looked > 60
        self.trainer.save(look)
        self.saved = time.monotonic()
        self.looked = self.saved if look else self.looked
        self.deadline.saved(self.saved - now)
        return self.saved
