"""The loop: steps, checkpoints, log, contact sheet. On the CPU and by steps a run is the same bits however often it was
stopped and resumed, with the same number of threads."""
from __future__ import annotations

import argparse
import math
import os
import time
from pathlib import Path

import torch

import acceleration
import pieces
import weights_file
from ablations import configuration, without_kernels
from data import Windows, fingerprint, load_pictures
from failure import Failure
from objectives import FastObjective, PaperObjective
from optimisers import Average, Muon, is_hidden, rate
from options import stage_at
from perceptual import LPIPS, load_vgg16
from runlog import Log
from sheets import contact_sheet
from sources import Source
from stylekernel import Config, build

SHOWN = 8
"""Pictures of each kind kept out of training, for the contact sheet."""
LOWS = (.28, .5)
"""The least share of a picture's shorter side that a window of content and of style takes."""
DETAILS = (.28, .9)
"""The least size of a window of content and of style before it is brought to the size asked for. Frames of 1080 lines are soft
where small photographs are sharp: a network that only knows sharp ones leaves it to the content to be detailed."""
CRITIC_EVERY = 2
"""The discriminator is updated once in so many steps of the painter (paper, 4.1)."""
UNCHANGEABLE = ("preset", "seed", "taps", "no_gate", "no_kernels", "shuffle", "widths", "muon", "pool", "reuse", "varied", "bf16")
"""Options that a resumed run must share with the run it goes on from."""
OF_STEPS = ("steps", "stages", "weights", "lr", "warm", "average", "constant", "side", "compile", "pictures", "networks")
"""And those that a run by steps must share besides, to be the run that was never stopped. By minutes they may change."""


class Trainer:
    """Everything one run holds. `state()` and `restore()` are its checkpoint."""

    def __init__(self, o: argparse.Namespace):
        self.o, self.out = o, Path(o.out)
        self.device = torch.device(o.device)
        set_up(o)
        self.out.mkdir(parents=True, exist_ok=True)
        self.step, self.seconds = 0, 0.
        torch.manual_seed(o.seed)
        self.vgg = load_vgg16(o.vgg).to(self.device, memory_format=torch.channels_last)
        self.net = self.network()
        self.source = self.pictures()
        fast = o.preset == "fast"
        self.objective = FastObjective(self.net, self.source, o.weights, o.shuffle, o.seed, o.pool, o.reuse) if fast else \
            PaperObjective(self.net, self.source, o.weights, o.shuffle, o.seed)
        self.own = {n: p for n, p in self.net.named_parameters() if p.requires_grad}
        self.average = Average(self.own, o.average)
        self.optimisers = self.make_optimisers()
        self.log = Log(list(o.weights))

    def network(self):
        net = build(configuration(self.o), self.vgg if self.o.preset == "paper" else None)
        if self.o.init:
            tensors, values = weights_file.read(self.o.init)
            cfg = weights_file.configuration(values, self.o.init)
            refuse_other_network(cfg, net.cfg, self.o.init)
            # Not a file's VGG-16, in half precision there: the losses look through the same one, and a resumed run has --vgg's.
            weights_file.fill(net, tensors, self.o.init, vgg=False)
            if self.o.shuffle != "fixed" or cfg.order != sorted(cfg.order):
                net.cfg.order = cfg.order
        elif self.o.preset == "paper":
            # At He's size two fifths of a fresh network's points lie where the output's tanh is flat: 320 steps (4 pairs of 128
            # pixels) took the style term from 38 to 37, and at a tenth 300 (2 pairs) from 19 to 12.
            # Here and not in PaperNet: small goldens are made of fresh networks, and at a tenth would not reach tanh's bend.
            with torch.no_grad():
                net.out.weight.mul_(.1)
        net = net.to(self.device, memory_format=torch.channels_last)
        if self.o.no_kernels:
            without_kernels(net)
        return net

    def pictures(self) -> Source:
        """All pictures in memory; the first of each kind are kept for the contact sheet."""
        o, began = self.o, time.monotonic()
        smallest = min(136, min(min(b.size, b.style) for s in o.stages for b in s.batches))
        exact = o.preset == "paper"
        groups = [[load_pictures([place], o.side, smallest, self.device, exact) for place in kind] for kind in (o.content, o.style)]
        o.pictures = [[f"{len(pictures)} ({fingerprint(pictures)})" for pictures in group] for group in groups]
        count = min(SHOWN, *(len(group[0]) // 4 for group in groups))
        self.shown = [group[0][:count] for group in groups]
        self.held = [Windows(p, o.seed, low, detail) for p, low, detail in zip(self.shown, LOWS, DETAILS)]
        places = []
        for kind, (group, low, detail) in enumerate(zip(groups, LOWS, DETAILS)):
            group[0] = group[0][count:]
            varied = o.varied if kind == 1 else 0.
            places.append([Windows(p, o.seed * 10_000 + kind * 1000 + i, low, detail, varied, exact) for i, p in enumerate(group)])
        total = [sum(len(w.pictures) for w in place) for place in places]
        say(f"{total[0]} contents, {total[1]} styles decoded in {time.monotonic() - began:.0f} s")
        lpips = self.lpips()
        o.networks = fingerprint([p for network in (self.vgg, lpips) if network is not None for p in network.parameters()])
        return Source(*places, self.vgg, o.seed, self.device, o.bf16, lpips)

    def lpips(self) -> LPIPS | None:
        """AlexNet, where a loss looks through it."""
        if not (self.o.weights.get("lpips") or self.o.weights.get("temporal")):
            return None
        return LPIPS(self.o.alexnet).to(self.device, memory_format=torch.channels_last)

    def make_optimisers(self) -> dict[str, torch.optim.Optimizer]:
        o = self.o
        hidden = [p for n, p in self.own.items() if o.muon and is_hidden(n, p)]
        taken = set(map(id, hidden))
        rest = [p for p in self.own.values() if id(p) not in taken]
        rest += [p for m in self.objective.helpers().values() for p in m.parameters()]
        fused = {"fused": True} if self.device.type == "cuda" else {}
        out = {"adam": torch.optim.Adam(rest, lr=o.lr, betas=(.9, .99 if o.preset == "fast" else .999), **fused)}
        if hidden:
            out["muon"] = Muon(hidden, o.muon, precision=torch.bfloat16 if o.bf16 else torch.float32)
        if self.objective.critic is not None:
            out["critic"] = torch.optim.Adam(self.objective.critic.parameters(), lr=o.lr, betas=(.5, .999), **fused)
        return out

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
        self.update([p for n, opt in self.optimisers.items() if n != "critic" for g in opt.param_groups for p in g["params"]],
                    [opt for n, opt in self.optimisers.items() if n != "critic"])
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
        """Steps until the run's end, or until this call's minutes (its start and its last checkpoint included) are over."""
        began, ended = time.monotonic(), False
        o, tick, saving = self.o, began, 0.
        saved, looked, before, timed = began, began, self.seconds, self.step
        # The first of a slice by minutes comes early, however short it is: only then is known how long the last will take.
        first_save = math.inf if o.minutes is None else began + 15 * o.minutes
        if self.o.minutes is None and self.step >= self.o.steps:
            say(f"{self.out / 'state.pt'} is at step {self.step} of {self.o.steps}: nothing is left to do")
            return
        self.log.open(self.out / "log.csv", self.step)
        if self.step == 0 and self.shown[0]:
            self.look()  # where the run starts from
        now = time.monotonic()
        while not ended:
            self.log.add(self.advance())
            now, before_step = time.monotonic(), now
            self.seconds = before + now - began
            # Another step, and the last checkpoint, have to fit.
            ended = self.step >= o.steps if o.minutes is None else now + (now - before_step) + saving >= o.started + 60 * o.minutes
            if self.step % o.log_steps == 0:
                kept = self.net.align.kept.tolist() if self.net.align.gated and self.step > o.warm else []
                pace = (now - tick) / (self.step - timed)
                say(self.log.write(self.step, self.seconds, pace, self.optimisers["adam"].param_groups[0]["lr"], kept))
                tick, timed = now, self.step
            if self.step % o.save_steps == 0 or now - saved > 60 * o.save_minutes or not saving and now > first_save or ended:
                look = ended or now - looked > 60
                self.save(look)
                saved = time.monotonic()
                looked = saved if look else looked
                saving = max(saving, saved - now)
                now = saved
        say(f"stopped at step {self.step} after {self.seconds / 60:.1f} minutes in all; {self.out / 'weights.safetensors'}")

    # ------------------------------------------------------------ checkpoints

    def state(self) -> dict:
        return {
            "options": {name: getattr(self.o, name) for name in UNCHANGEABLE} | self.schedule(),
            "metadata": weights_file.metadata(self.net.cfg),
            "net": {n: p.detach() for n, p in self.own.items()},
            "helpers": {n: m.state_dict() for n, m in self.objective.helpers().items()},
            "critic": self.objective.critic.state_dict() if self.objective.critic is not None else None,
            "optimisers": {n: narrowed(opt.state_dict(), self.o.minutes is not None) for n, opt in self.optimisers.items()},
            "average": self.average.values, "averaged": self.average.count,
            "step": self.step, "seconds": self.seconds, "losses": self.log.sums,
        }

    def schedule(self) -> dict[str, str]:
        """What the course of a run by steps depends on, as text; nothing of a run by minutes."""
        return {} if self.o.minutes is not None else {name: str(getattr(self.o, name)) for name in OF_STEPS}

    def resume(self, path: Path) -> None:
        """Goes on from a checkpoint file."""
        try:
            s = torch.load(path, map_location=self.device, weights_only=True)
        except FileNotFoundError:
            raise Failure(f"cannot resume: {path} does not exist. Leave --resume away to start a run.") from None
        except Exception as error:  # torch raises a dozen kinds for a damaged file
            raise Failure(f"cannot resume from {path}: {error}. Start again with --init and the last weights.safetensors.") from None
        self.restore(s, path)

    def restore(self, s: dict, path: Path) -> None:
        """Takes over everything that `state` gave; path: for messages."""
        there, schedule = s["options"], self.schedule()
        now = {n: getattr(self.o, n) for n in UNCHANGEABLE} | {n: v for n, v in schedule.items() if n in there}
        other = [f"{n.replace('_', '-')} {there[n]} there, {v} now" for n, v in now.items() if there[n] != v]
        if other:
            raise Failure(f"cannot resume from {path}: {'; '.join(other)}.")
        self.net.cfg.order = weights_file.configuration(s["metadata"], path).order
        with torch.no_grad():
            for name, p in self.own.items():
                p.copy_(s["net"][name])
        for name, module in self.objective.helpers().items():
            module.load_state_dict(s["helpers"][name])
        if self.objective.critic is not None and s["critic"] is not None:  # a later slice may add it
            self.objective.critic.load_state_dict(s["critic"])
        for name, optimiser in self.optimisers.items():
            if name in s["optimisers"]:
                optimiser.load_state_dict(widened(s["optimisers"][name]))
        for name, value in self.average.values.items():
            value.copy_(s["average"][name])
        self.average.count, self.step, self.seconds = s["averaged"], s["step"], s["seconds"]
        self.log.sums = dict(s.get("losses", {}))
        o, trained = self.o, self.seconds / 60
        if o.minutes is not None and trained + o.minutes > 1.05 * o.plan and not o.constant:
            say(f"{trained:.0f} minutes trained and {o.minutes:g} to come are beyond --plan {o.plan:g}: what is beyond it trains at the least rate")

    def save(self, with_sheet: bool) -> None:
        """state.pt, the averaged and the last weights, and now and then the contact sheet."""
        temporary = self.out / "state.pt.partial"
        torch.save(self.state(), temporary)
        os.replace(temporary, self.out / "state.pt")
        note = {"training": f"{self.step} steps, {self.seconds / 60:.0f} minutes"}
        for name, tensors in (("weights", self.average.values), ("last", self.own)):
            weights_file.save(self.out / f"{name}.safetensors", self.complete(tensors), self.net.cfg, note)
        if self.o.pieces:
            folder, weights = Path(self.o.pieces), self.out / "weights.safetensors"
            pieces.split(self.out / "state.pt", folder)
            if weights.stat().st_size > pieces.SIZE:  # of `paper`
                pieces.split(weights, folder / "weights")
        if with_sheet and self.shown[0]:
            self.with_average(self.look)

    def look(self) -> None:
        """The contact sheet and, of `fast`, the style term on its pairs: where it stays behind while the log's falls, the run is
        learning its paintings by heart."""
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


def refuse_other_network(there: Config, here: Config, path: str) -> None:
    """A run trains the settings that its options name, and those that none names (heads, α, groups) as they stand in `Config`."""
    given, wanted = weights_file.metadata(there), weights_file.metadata(here)
    other = [name for name in wanted if name != "order" and given[name] != wanted[name]]
    if other:
        def listed(values):
            return ", ".join(f"{'k' if name == 'taps' else name} = {values[name]}" for name in other)
        raise Failure(f"cannot start from {path}: {listed(given)} there, {listed(wanted)} in this run.")


def narrowed(state: dict, really: bool) -> dict:
    """An optimizer's moments in bfloat16, where a run is measured in minutes and its checkpoint has to travel: half the size."""
    if not really:
        return state
    return state | {"state": {i: {k: v.bfloat16() if torch.is_tensor(v) and v.dim() else v for k, v in m.items()}
                              for i, m in state["state"].items()}}


def widened(state: dict) -> dict:
    return state | {"state": {i: {k: v.float() if torch.is_tensor(v) and v.dtype == torch.bfloat16 else v for k, v in m.items()}
                              for i, m in state["state"].items()}}


def set_up(o: argparse.Namespace) -> None:
    """Threads, devices, fused passes; on the CPU only what gives the same bits again."""
    if o.threads:
        torch.set_num_threads(o.threads)
    if o.device.startswith("cuda"):
        if not torch.cuda.is_available():
            raise Failure("cannot train on cuda: PyTorch sees no GPU here. Leave --device away to train on the CPU.")
        acceleration.use_gpu()
        torch.backends.cudnn.benchmark = True
        # Not in products of matrices: those outside autocast are the attention's moments, where a square less a square cancels.
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = True, False
    elif o.minutes is None:
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # everything is written before it is read; filling was 7 % of a step
    if o.compile:
        acceleration.fuse()


def say(text: str) -> None:
    print(text, flush=True)
