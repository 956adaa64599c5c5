"""What a run starts with: threads and devices, its network, its pictures."""
from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from files import weights_file
from files.failure import Failure
from network.perceptual import LPIPS
from network.stylekernel import Config, StyleKernelNet, build
from network.vgg import VGG16
from training import acceleration
from training.ablations import configuration, without_kernels
from training.data import FramePairs, Windows, fingerprint, load_pairs, load_pictures
from training.runlog import say
from training.sources import Source

GROWN = ("lift16.", "head16.", "dec16.", "to8.", "mixings.")
"""What a run may add to the weights that it starts with: the network paints as before until it is trained."""
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
        cfg = fill_grown(net, o.init)
        if o.shuffle != "fixed" or cfg.order != sorted(cfg.order):
            net.cfg.order = cfg.order
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


def fill_grown(net: StyleKernelNet, path: str | Path) -> Config:
    """Fills a network with a file's weights, and says the file's settings. What the file's network has none of stays
    fresh. Not its VGG-16, which is in half precision there: the losses look through the same one, and a resumed run has
    --vgg's."""
    tensors, values = weights_file.read(path)
    cfg = weights_file.configuration(values, path)
    refuse_other_network(cfg, net.cfg, path)
    grown = weights_file.metadata(cfg) != weights_file.metadata(net.cfg)
    fresh = {n: t for n, t in net.state_dict().items() if n.startswith(GROWN)} if grown else {}
    weights_file.fill(net, fresh | tensors, path, vgg=False)
    return cfg


def refuse_other_network(there: Config, here: Config, path: str | Path) -> None:
    """A run trains the settings that its options name, and those that none names (heads, α, groups) as they stand in
    `Config`. It may add what begins as nothing to a network that has none of it."""
    there = replace(there, deep=there.deep or here.deep, mixing=there.mixing or here.mixing)
    given, wanted = (weights_file.metadata(cfg) for cfg in (there, here))
    other = [name for name in given | wanted if name != "order" and given.get(name) != wanted.get(name)]
    if other:
        def listed(values):
            return ", ".join(f"{'k' if name == 'taps' else name} = {values.get(name, 0)}" for name in other)
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
    pairs = load_pairs(o.pairs, device) if o.pairs else []
    o.pictures = [[f"{len(pictures)} ({fingerprint(pictures)})" for pictures in group]
                  for group in (*groups, *([pairs] if pairs else ()))]
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
    frames = FramePairs(pairs, o.seed) if pairs else None
    return Material(Source(*places, vgg, o.seed, device, o.bf16, lpips, frames), shown, held)


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
    if not any(o.weights.get(name) for name in ("lpips", "luma", "temporal")):
        return None
    return LPIPS(o.alexnet).to(device, memory_format=torch.channels_last)
