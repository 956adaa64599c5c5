"""Golden tensors: inputs, weights where small, every stage and the picture, for `fast` with its shipped weights and for
odd small networks of both presets. Entry of scripts/train/golden; see its --help."""
from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from files import weights_file
from files.failure import Failure, run
from network.blocks import normalise
from network.stylekernel import Config, StyleKernelNet, build
from network.vgg import VGG16

SMALL = dict(widths=[4, 8, 8, 16, 16], gate_width=8, groups=4, order=[1, 3, 0, 2])
ODD = {
    "fast-one-head-k1": (Config(heads=1, taps=1, **SMALL), (48, 64), (32, 48)),
    "fast-two-heads-k5": (Config(heads=2, taps=5, **SMALL), (64, 48), (48, 32)),
    "fast-no-gate": (Config(heads=4, gated=False, **SMALL), (32, 48), (32, 32)),
    "paper-small": (Config(preset="paper", vgg_divisor=16, gate_width=8, order=[2, 5, 0, 7, 4, 1, 6, 3]),
                    (40, 56), (48, 40)),
    "paper-small-k5": (Config(preset="paper", vgg_divisor=16, gate_width=8, taps=5, heads=4), (48, 40), (40, 40)),
}
"""Settings, size of the content and of the style (height, width): one head, k = 1 and 5, no gate, other orders."""
CLEAR = 2e-5
"""The least distance of an attention from its threshold, in row means, that inputs are looked for with."""


def picture(h: int, w: int, seed: int) -> torch.Tensor:
    """1 x 3 x h x w: a smooth random picture with edges, which needs no file."""
    g = torch.Generator().manual_seed(seed)
    parts = ((32, "bilinear", .5), (9, "nearest", .35), (2, "bilinear", .15))
    x = sum(F.interpolate(torch.rand(1, 3, math.ceil(h / s), math.ceil(w / s), generator=g), (h, w), mode=m) * a
            for s, m, a in parts)
    return x.clamp(0, 1)


def gate_distance(net: StyleKernelNet, z: torch.Tensor, tokens, stats) -> torch.Tensor:
    """For each head and position the smallest distance of an attention from its threshold, in row means: N x G x HW."""
    align, zn = net.align, normalise(z, stats)
    queries = F.normalize(align.split(align.query(zn)), dim=-1, eps=1e-6)
    attention = torch.softmax(align.alpha * queries @ tokens.keys.transpose(2, 3), dim=-1)
    ns = tokens.keys.shape[2]
    scale, bias = align.split_gate(align.gate(zn))
    return ((attention - (scale + bias) / ns).abs() * ns).amin(-1)


def inputs_with_clear_gate(name: str, net: StyleKernelNet, size, style_size):
    """The first generated pair whose every attention lies clearly on one side of its threshold, with what was found of
    it."""
    deep = "z16" if net.cfg.preset == "fast" else "z8"
    for seed in range(50):
        content, style = picture(*size, 100 + seed), picture(*style_size, 200 + seed)
        tokens, z = net.remember(style), net.encode(content)
        stats = net.measure(z)
        distance = gate_distance(net, z[deep], tokens, stats[deep]) if net.cfg.gated else None
        if distance is None or distance.min() > CLEAR:
            return content, style, tokens, stats, distance
    raise Failure(f"golden {name}: among 50 generated pairs none has a clear gate (all of {CLEAR} row means apart).")


@torch.no_grad()
def make(name: str, net: StyleKernelNet, size, style_size, out: Path, with_weights: bool,
         notes: dict[str, str]) -> None:
    """Writes OUT/NAME.safetensors."""
    content, style, tokens, stats, distance = inputs_with_clear_gate(name, net, size, style_size)
    trace: dict[str, torch.Tensor] = {}
    net(content, tokens, trace=trace)
    tensors = {"content": content, "style": style, "tokens.keys": tokens.keys, "tokens.values": tokens.values, **trace}
    if distance is not None:
        tensors["gate_distance"] = distance
    for stage, s in stats.items():
        tensors |= {f"stats.{stage}.mean": s.mean, f"stats.{stage}.std": s.std}
    if with_weights:
        tensors |= {f"weights.{k}": v for k, v in net.state_dict().items() if not k.startswith(weights_file.UNUSED)}
    path = out / f"{name}.safetensors"
    save_file({k: v.contiguous().float() for k, v in tensors.items()}, path, weights_file.metadata(net.cfg) | notes)
    path.chmod(0o644)
    print(f"{path}: {', '.join(trace)}")


def odd(cfg: Config) -> StyleKernelNet:
    """A random network livelier than a fresh one: every tap and gate does something."""
    torch.manual_seed(7)
    net = build(cfg, VGG16(cfg.vgg_divisor) if cfg.preset == "paper" else None).eval()
    for p in net.parameters():
        if p.dim() == 4:
            torch.nn.init.normal_(p, std=1.2 / math.sqrt(p[0].numel()))
        else:
            p.data += .1 * torch.randn_like(p)
    return net


def main() -> None:
    p = argparse.ArgumentParser(prog="scripts/train/golden", description="Makes the golden tensors of the Swift tests.")
    p.add_argument("--fast", metavar="FILE",
                   help="the shipped weights: makes fast.safetensors, which names their SHA-256")
    p.add_argument("--odd", action="store_true",
                   help="also the small random networks, which do not change with the weights")
    p.add_argument("--out", required=True, metavar="DIR")
    o = p.parse_args()
    if not (o.fast or o.odd):
        raise Failure("nothing to make: give --fast FILE, --odd or both.")
    out = Path(o.out)
    out.mkdir(parents=True, exist_ok=True)
    if o.fast:
        net = weights_file.load_network(o.fast)
        make("fast", net, (64, 80), (80, 96), out, False, {"weights_sha256": weights_file.sha256(o.fast)})
    for name, (cfg, size, style_size) in ODD.items() if o.odd else ():
        make(name, odd(cfg), size, style_size, out, True, {})


if __name__ == "__main__":
    run(main)
