"""The safetensors file that the program reads: tensors under the reference's names, settings as strings in the
metadata."""
from __future__ import annotations

import hashlib
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from files.failure import Failure
from network.stylekernel import Config, StyleKernelNet, build
from network.vgg import VGG16

FORMATS = ("stylekernel/2", "stylekernel/3")
"""The second names two settings more: `deep` and `mixing`. A network without either is written as the first."""
UNUSED = ("vgg.mean", "vgg.std") + tuple(f"vgg.convs.{i}." for i in range(8, 13))
"""What `paper` holds but does not read: VGG-16's normalisation and what lies behind relu4_1."""


def metadata(cfg: Config) -> dict[str, str]:
    """The settings a reader needs, as strings."""
    larger = {"deep": cfg.deep, "mixing": cfg.mixing} if cfg.deep or cfg.mixing else {}
    values = {
        "format": FORMATS[bool(larger)], "preset": cfg.preset, "heads": cfg.heads, "taps": cfg.taps, "alpha": cfg.alpha,
        "gated": str(cfg.gated).lower(), "gate_width": cfg.gate_width, "groups": cfg.groups,
        "order": ",".join(map(str, cfg.order)), "widths": ",".join(map(str, cfg.widths)),
        "vgg_divisor": cfg.vgg_divisor,
    }
    return {key: str(value) for key, value in (values | larger).items()}


def configuration(values: dict[str, str], path: str | Path) -> Config:
    """The inverse of `metadata`."""
    if values.get("format") not in FORMATS:
        raise Failure(f"cannot use {path} as weights: its format is {values.get('format')!r}, "
                      f"{FORMATS[0]!r} or {FORMATS[1]!r} is expected.")
    def numbers(text):
        return [int(n) for n in text.split(",")]
    try:
        return Config(
            preset=values["preset"], heads=int(values["heads"]), taps=int(values["taps"]), alpha=float(values["alpha"]),
            gated=values["gated"] == "true", gate_width=int(values["gate_width"]), groups=int(values["groups"]),
            order=numbers(values["order"]), widths=numbers(values["widths"]), vgg_divisor=int(values["vgg_divisor"]),
            deep=int(values.get("deep", 0)), mixing=int(values.get("mixing", 0)))
    except (KeyError, ValueError) as error:
        raise Failure(f"cannot use {path} as weights: bad or missing metadata, {error}.") from None


def read(path: str | Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors in float32, and the metadata."""
    try:
        with safe_open(str(path), "pt") as file:
            return {name: file.get_tensor(name).float() for name in file.keys()}, file.metadata() or {}
    except FileNotFoundError:
        raise Failure(f"cannot open the weights {path}: no such file.") from None
    except (SafetensorError, OSError) as error:
        raise Failure(f"cannot read the weights {path}: {error}.") from None


def load_network(path: str | Path) -> StyleKernelNet:
    """The network of a weights file, ready to paint. A `paper` file brings its own VGG-16."""
    tensors, values = read(path)
    cfg = configuration(values, path)
    net = build(cfg, VGG16(cfg.vgg_divisor) if cfg.preset == "paper" else None)
    fill(net, tensors, path)
    return net.eval()


def fill(net: StyleKernelNet, tensors: dict[str, torch.Tensor], path: str | Path, vgg: bool = True) -> None:
    """Every parameter that the network reads must be there, and nothing else. vgg: with `paper`'s VGG-16; without it
    the network keeps its own."""
    try:
        missing, unknown = net.load_state_dict({n: t for n, t in tensors.items() if vgg or not n.startswith("vgg.")},
                                               strict=False)
    except RuntimeError as error:
        raise Failure(f"{path} does not fit this network: {error}.") from None
    missing = [name for name in missing if not name.startswith(UNUSED if vgg else "vgg.")]
    if missing or unknown:
        raise Failure(f"{path} does not fit this network: missing {missing[:3]}, unknown {list(unknown)[:3]}.")


def save(path: str | Path, tensors: dict[str, torch.Tensor], cfg: Config, notes: dict[str, str] | None = None,
         half: bool = True) -> None:
    """Writes beside the target and renames: a reader never meets half a file."""
    kept = {name: (t.half() if half else t.float()).detach().cpu().contiguous() for name, t in tensors.items()
            if not name.startswith(UNUSED)}
    temporary = f"{path}.partial"
    save_file(kept, temporary, metadata(cfg) | (notes or {}))
    os.chmod(temporary, 0o644)  # the library writes files that only their owner may read
    os.replace(temporary, path)


def sha256(path: str | Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
