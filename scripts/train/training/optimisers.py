"""Muon beside PyTorch's own Adam, the learning rate by steps, and the moving average of the weights."""
from __future__ import annotations

import argparse
import math

import torch

from training.objective import Objective


def optimisers_of(own: dict[str, torch.Tensor], objective: Objective,
                  o: argparse.Namespace) -> dict[str, torch.optim.Optimizer]:
    """Adam, Muon where it is given a rate, and the discriminator's own Adam. own: the network's parameters by name."""
    hidden = [p for n, p in own.items() if o.muon and is_hidden(n, p)]
    taken = set(map(id, hidden))
    rest = [p for p in own.values() if id(p) not in taken]
    rest += [p for m in objective.helpers().values() for p in m.parameters()]
    fused = {"fused": True} if o.device.startswith("cuda") else {}
    out = {"adam": torch.optim.Adam(rest, lr=o.lr, betas=(.9, .99 if o.preset == "fast" else .999), **fused)}
    if hidden:
        out["muon"] = Muon(hidden, o.muon, precision=torch.bfloat16 if o.bf16 else torch.float32)
    if objective.critic is not None:
        out["critic"] = torch.optim.Adam(objective.critic.parameters(), lr=o.lr, betas=(.5, .999), **fused)
    return out


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal by five Newton-Schulz steps (Jordan et al., 2024), for the kernels of hidden
    convolutions as matrices out x (in kh kw), scaled to the root mean square of 0.2 that Adam's steps have. On fixed
    pairs the style term fell from 1.09 to 0.97 in 800 steps where 200 of Adam before had gained nothing (no controlled
    comparison)."""

    COEFFICIENTS = (3.4445, -4.7750, 2.0315)

    def __init__(self, parameters, lr: float, momentum: float = .95, precision: torch.dtype = torch.float32):
        """precision: of the Newton-Schulz steps, whose fixed point forgives bfloat16 (111 to 64 ms a step where the CPU
        has it)."""
        super().__init__(parameters, {"lr": lr, "momentum": momentum})
        self.precision = precision

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            alike: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    alike.setdefault(p.shape, []).append(p)
            for parameters in alike.values():
                self.move(parameters, group["lr"], group["momentum"])

    def move(self, alike: list[torch.Tensor], lr: float, momentum: float) -> None:
        """Parameters of one shape, all at once: one by one they were a third of a GPU's kernels."""
        for p in alike:
            if "momentum" not in self.state[p]:
                self.state[p]["momentum"] = torch.zeros_like(p)
        averages, gradients = [self.state[p]["momentum"] for p in alike], [p.grad for p in alike]
        torch._foreach_lerp_(averages, gradients, 1 - momentum)
        x = torch.stack(torch._foreach_lerp(gradients, averages, momentum)).flatten(2)
        tall = x.shape[1] > x.shape[2]
        x = orthogonal(x.mT if tall else x, self.COEFFICIENTS, self.precision).to(alike[0].dtype)
        moves = (x.mT if tall else x).reshape(len(alike), *alike[0].shape)
        torch._foreach_add_(alike, list(moves), alpha=-lr * .2 * max(x.shape[1:]) ** .5)


def orthogonal(x: torch.Tensor, coefficients, precision: torch.dtype) -> torch.Tensor:
    """Singular values brought near 1 by five steps of an odd polynomial, in `precision`; x: matrices with no more rows
    than columns."""
    a, b, c = coefficients
    x = (x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)).to(precision)
    for _ in range(5):
        g = x @ x.mT
        x = a * x + (b * g + c * g @ g) @ x
    return x


def is_hidden(name: str, p: torch.Tensor) -> bool:
    """Whether Muon takes a parameter: kernels with at least 32 rows and columns; the rest is Adam's."""
    return p.dim() == 4 and min(p.shape[0], p[0].numel()) >= 32


def rate(done: float, step: int, warm_up: int = 40, floor: float = .03) -> float:
    """The learning rate's factor: up linearly over `warm_up` steps, down by half a cosine to `floor` at done = 1."""
    rising = min(1., (step + 1) / warm_up) if warm_up else 1.
    return rising * (floor + (1 - floor) * (.5 + .5 * math.cos(math.pi * min(1., done))))


class Average:
    """Exponential moving average of parameters, quick at the start: the decay is at most (n + 1) / (n + 10)."""

    def __init__(self, parameters: dict[str, torch.Tensor], decay: float):
        self.decay, self.count = decay, 0
        self.values = {name: p.detach().clone() for name, p in parameters.items()}

    @torch.no_grad()
    def add(self, parameters: dict[str, torch.Tensor]) -> None:
        self.count += 1
        share = 1 - min(self.decay, (self.count + 1) / (self.count + 10))
        names = list(self.values)
        torch._foreach_lerp_([self.values[n] for n in names], [parameters[n].detach() for n in names], share)
