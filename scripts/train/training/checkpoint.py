"""A run's checkpoint, `state.pt`: what it holds, and how a run goes on from it."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from files import weights_file
from files.failure import Failure

if TYPE_CHECKING:
    from training.trainer import Trainer

UNCHANGEABLE = ("preset", "seed", "taps", "no_gate", "no_kernels", "shuffle", "widths", "muon", "pool", "reuse",
                "varied", "bf16", "deep", "mixing")
"""Options that a resumed run must share with the run it goes on from."""
OF_STEPS = ("steps", "stages", "weights", "lr", "warm", "average", "constant", "side", "compile", "pictures",
            "networks", "flowing")
"""And those that a run by steps must share besides, to be the run that was never stopped. By minutes they may
change."""


def state(run: Trainer) -> dict:
    """Everything that the steps to come depend on."""
    critic, small = run.objective.critic, run.o.minutes is not None
    return {
        "options": {name: getattr(run.o, name) for name in UNCHANGEABLE} | schedule(run),
        "metadata": weights_file.metadata(run.net.cfg),
        "net": {n: p.detach() for n, p in run.own.items()},
        "helpers": {n: m.state_dict() for n, m in run.objective.helpers().items()},
        "critic": critic.state_dict() if critic is not None else None,
        "optimisers": {n: narrowed(opt.state_dict(), small) for n, opt in run.optimisers.items()},
        "average": run.average.values, "averaged": run.average.count,
        "step": run.step, "seconds": run.seconds, "losses": run.log.sums,
    }


def schedule(run: Trainer) -> dict[str, str]:
    """What the course of a run by steps depends on, as text; nothing of a run by minutes."""
    return {} if run.o.minutes is not None else {name: str(getattr(run.o, name)) for name in OF_STEPS}


def resume(run: Trainer, path: Path) -> None:
    """Goes on from a checkpoint file."""
    try:
        s = torch.load(path, map_location=run.device, weights_only=True)
    except FileNotFoundError:
        raise Failure(f"cannot resume: {path} does not exist. Leave --resume away to start a run.") from None
    except Exception as error:  # torch raises a dozen kinds for a damaged file
        raise Failure(f"cannot resume from {path}: {error}. "
                      "Start again with --init and the last weights.safetensors.") from None
    restore(run, s, path)


def restore(run: Trainer, s: dict, path: Path) -> None:
    """Takes over everything that `state` gave; path: for messages."""
    refuse_other_run(run, s["options"], path)
    run.net.cfg.order = weights_file.configuration(s["metadata"], path).order
    with torch.no_grad():
        for name, p in run.own.items():
            p.copy_(s["net"][name])
    for name, module in run.objective.helpers().items():
        module.load_state_dict(s["helpers"][name])
    if run.objective.critic is not None and s["critic"] is not None:  # a later slice may add it
        run.objective.critic.load_state_dict(s["critic"])
    for name, optimiser in run.optimisers.items():
        if name in s["optimisers"]:
            optimiser.load_state_dict(widened(s["optimisers"][name]))
    for name, value in run.average.values.items():
        value.copy_(s["average"][name])
    run.average.count, run.step, run.seconds = s["averaged"], s["step"], s["seconds"]
    run.log.sums = dict(s.get("losses", {}))


def refuse_other_run(run: Trainer, there: dict, path: Path) -> None:
    there = {"deep": 0, "mixing": 0} | there  # of a checkpoint from before there were such networks
    now = {n: getattr(run.o, n) for n in UNCHANGEABLE} | {n: v for n, v in schedule(run).items() if n in there}
    other = [f"{n.replace('_', '-')} {there[n]} there, {v} now" for n, v in now.items() if there[n] != v]
    if other:
        raise Failure(f"cannot resume from {path}: {'; '.join(other)}.")


def narrowed(state: dict, really: bool) -> dict:
    """An optimizer's moments in bfloat16, where a run is measured in minutes and its checkpoint has to travel: half the
    size."""
    if not really:
        return state
    return state | {"state": {i: {k: v.bfloat16() if torch.is_tensor(v) and v.dim() else v for k, v in m.items()}
                              for i, m in state["state"].items()}}


def widened(state: dict) -> dict:
    return state | {"state": {i: {k: v.float() if torch.is_tensor(v) and v.dtype == torch.bfloat16 else v
                                  for k, v in m.items()}
                              for i, m in state["state"].items()}}
