"""What a run starts with: threads and devices, its network, its pictures."""
from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import torch

from files import weights_file
from files.failure import Failure
from network.perceptual import LPIPS
from network.stylekernel import Config, StyleKernelNet, build
from network.vgg import VGG16
from training import acceleration
from training.ablations import configuration, without_kernels
from training.data import Windows, fingerprint, load_pictures
from training.runlog import say
from training.sources import Source

SHOWN = 8
"""Pictures of each kind kept out of training, for the contact sheet."""
LOWS = (.28, .5)
"""The least share of a picture's shorter side that a window of content and of style takes."""
DETAILS = (.28, .9)
"""The least size of a window of content and of style before it is brought to the size asked for. Frames of 1080 lines
are soft where small photographs are sharp: a network that only knows sharp ones leaves it to the content to be
detailed."""


def set_up(o: argparse.Namespace) -> None:
    """Threads, devices, fused passes; on the CPU only what gives the same bits again."""
    if o.threads:
        torch.set_num_threads(o.threads)
    if o.device.startswith("cuda"):
        if not torch.cuda.is_available():
            raise Failure("cannot train on cuda: PyTorch sees no GPU here. Leave --device away to train on the CPU.")
        acceleration.use_gpu()
        torch.backends.cudnn.benchmark = True
        # Not in products of matrices: those outside autocast are the attention's moments, where a square less a square
        # cancels.
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = True, False
    elif o.minutes is None:
        torch.use_deterministic_algorithms(True)
        # Everything is written before it is read; filling was 7 % of a step.
        torch.utils.deterministic.fill_uninitialized_memory = False
    if o.compile:
        acceleration.fuse()


def network(o: argparse.Namespace, vgg: VGG16) -> StyleKernelNet:
    """Fresh, or with the weights of --init; on the run's device. vgg: `paper`'s encoder."""
    net = build(configuration(o), vgg if o.preset == "paper" else None)
    if o.init:
        initialise(net, o)
    elif o.preset == "paper":
        # At He's size two fifths of a fresh network's points lie where the output's tanh is flat: 320 steps (4 pairs of
        # 128 pixels) took the style term from 38 to 37, and at a tenth 300 (2 pairs) from 19 to 12. Here and not in
        # PaperNet: small goldens are made of fresh networks, and at a tenth would not reach tanh's bend.
        with torch.no_grad():
            net.out.weight.mul_(.1)
    net = net.to(o.device, memory_format=torch.channels_last)
    if o.no_kernels:
        without_kernels(net)
    return net


def initialise(net: StyleKernelNet, o: argparse.Namespace) -> None:
    """The weights of --init. Not its VGG-16, which is in half precision there: the losses look through the same one,
    and a resumed run has --vgg's."""
    tensors, values = weights_file.read(o.init)
    cfg = weights_file.configuration(values, o.init)
    refuse_other_network(cfg, net.cfg, o.init)
    weights_file.fill(net, tensors, o.init, vgg=False)
    if o.shuffle != "fixed" or cfg.order != sorted(cfg.order):
        net.cfg.order = cfg.order


def refuse_other_network(there: Config, here: Config, path: str) -> None:
    """A run trains the settings that its options name, and those that none names (heads, α, groups) as they stand in
    `Config`."""
    given, wanted = weights_file.metadata(there), weights_file.metadata(here)
    other = [name for name in wanted if name != "order" and given[name] != wanted[name]]
    if other:
        def listed(values):
            return ", ".join(f"{'k' if name == 'taps' else name} = {values[name]}" for name in other)
        raise Failure(f"cannot start from {path}: {listed(given)} there, {listed(wanted)} in this run.")


@dataclass
class Material:
    """source: all that is trained on; shown: pictures of contents and of styles kept out of it; held: windows of
    those."""
    source: Source
    shown: list[list[torch.Tensor]]
    held: list[Windows]


def material(o: argparse.Namespace, vgg: VGG16) -> Material:
    """All pictures in memory; the first of each kind are kept for the contact sheet. Notes on `o` which they were."""
    began, device = time.monotonic(), torch.device(o.device)
    groups = decoded(o, device)
    o.pictures = [[f"{len(pictures)} ({fingerprint(pictures)})" for pictures in group] for group in groups]
    count = min(SHOWN, *(len(group[0]) // 4 for group in groups))
    shown = [group[0][:count] for group in groups]
    held = [Windows(p, o.seed, low, detail) for p, low, detail in zip(shown, LOWS, DETAILS)]
    for group in groups:
        group[0] = group[0][count:]
    places = [windows_of(o, kind, group) for kind, group in enumerate(groups)]
    total = [sum(len(w.pictures) for w in place) for place in places]
    say(f"{total[0]} contents, {total[1]} styles decoded in {time.monotonic() - began:.0f} s")
    lpips = lpips_of(o, device)
    o.networks = fingerprint([p for network in (vgg, lpips) if network is not None for p in network.parameters()])
    return Material(Source(*places, vgg, o.seed, device, o.bf16, lpips), shown, held)


def decoded(o: argparse.Namespace, device: torch.device) -> list[list[list[torch.Tensor]]]:
    """The pictures of each place of contents, and of each place of styles."""
    smallest = min(136, min(min(b.size, b.style) for s in o.stages for b in s.batches))
    exact = o.preset == "paper"
    return [[load_pictures([place], o.side, smallest, device, exact) for place in kind]
            for kind in (o.content, o.style)]


def windows_of(o: argparse.Namespace, kind: int, group: list[list[torch.Tensor]]) -> list[Windows]:
    """Of each place of a kind (0: contents, 1: styles)."""
    varied, exact = o.varied if kind == 1 else 0., o.preset == "paper"
    return [Windows(p, o.seed * 10_000 + kind * 1000 + i, LOWS[kind], DETAILS[kind], varied, exact)
            for i, p in enumerate(group)]


def lpips_of(o: argparse.Namespace, device: torch.device) -> LPIPS | None:
    """AlexNet, where a loss looks through it."""
    if not (o.weights.get("lpips") or o.weights.get("temporal")):
        return None
    return LPIPS(o.alexnet).to(device, memory_format=torch.channels_last)
