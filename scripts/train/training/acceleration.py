"""`--compile` and the GPU: the passes over memory between convolutions, fused."""
from __future__ import annotations

import torch

from network import blocks, kernels, vgg
from training import losses


def fuse() -> None:
    """Puts versions made by torch.compile in the place of the losses' and kernels' element-wise functions.

    Shapes are compiled one by one. Two cores with AVX-512 BF16, 3 pairs of 256 pixels, styles of 384: 3.2 s a step
    before, 2.25 after, of which convolutions are half. Compiling takes about 80 s."""
    torch._dynamo.config.cache_size_limit = 64
    def compiled(function):
        return torch.compile(function, dynamic=False)
    losses.layer_moments = compiled(losses.layer_moments)
    losses.style_layer = compiled(losses.style_layer)
    losses.content_layer = compiled(losses.content_layer)
    kernels.apply_kernels = compiled(kernels.apply_kernels)
    kernels.spread = compiled(kernels.spread)
    kernels.KernelHead.forward = compiled(kernels.KernelHead.forward)


def use_gpu() -> None:
    """Puts the GPU's own versions in the place of functions that are passes over memory there."""
    from training import gpu  # needs Triton, which comes with PyTorch for CUDA

    blocks.mirrored = gpu.Mirrored.apply
    vgg.rectified, vgg.pooled = gpu.rectified, gpu.pooled
    losses.layer_moments = gpu.layer_moments
    losses.content_layer = gpu.content_layer
