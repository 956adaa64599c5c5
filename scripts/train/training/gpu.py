"""What a GPU is better given by hand than by PyTorch: reflection padding and VGG's convolutions that keep channels
last, and the moments of VGG's features with their derivatives in one product. Of a step of 32 pairs at 288 pixels on an
H100 (157 ms) a fifth was convolutions; the rest were passes over memory, half of them across the order of the
values."""
from __future__ import annotations

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

from files.failure import Failure
from network.blocks import EPSILON

BLOCK = 1024
"""Values that a program of a kernel looks after. Sizes are `do_not_specialize`: compiled anew for each kind of them,
kernels took the first minute of a run."""


def nhwc(x: torch.Tensor) -> torch.Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def check_size(x: torch.Tensor) -> None:
    """Kernels count values in 32 bits: 2³¹ of them are 128 pairs of 512 pixels after VGG's first convolution."""
    if x.numel() >= 1 << 31:
        raise Failure(f"a step's layer of {' x '.join(map(str, x.shape))} is too large: give the stage fewer pairs.")


def launch(kernel, rows: int, width: int, first: torch.Tensor, *rest) -> None:
    """A kernel of `block_of`: a program for each row and each block of BLOCK values of it."""
    for x in (first, *rest):
        if torch.is_tensor(x):
            check_size(x)
    channels = triton.next_power_of_2(first.shape[1])
    pixels = max(1, BLOCK // channels)
    kernel[rows, triton.cdiv(width, pixels)](first, *rest, C=first.shape[1], PIXELS=pixels, CHANNELS=channels)


# ---------------------------------------------------------------- reflection padding

@triton.jit
def mirrored_at(at, size):
    """Where a padded row or column, counted from the first unpadded one, is mirrored from."""
    at = tl.abs(at)
    return tl.where(at >= size, 2 * (size - 1) - at, at)


@triton.jit
def copy_of(at, size, margin, WHICH: tl.constexpr):
    """Where a row or column lies among the padded ones, and whether it does: as itself, mirrored before the first,
    behind the last."""
    if WHICH == 0:
        place, there = at + margin, at >= 0
    elif WHICH == 1:
        place, there = margin - at, (at >= 1) & (at <= margin)
    else:
        place, there = 2 * (size - 1) - at + margin, (at <= size - 2) & (at >= size - 1 - margin)
    return place, there


@triton.jit
def block_of(W, C: tl.constexpr, PIXELS: tl.constexpr, CHANNELS: tl.constexpr):
    """The columns and channels that a program of axis 1 looks after, and which of them there are."""
    x = tl.program_id(1) * PIXELS + tl.arange(0, PIXELS)[:, None]
    channel = tl.arange(0, CHANNELS)[None]
    return x, channel, (x < W) & (channel < C)


@triton.jit(do_not_specialize=["h", "w", "rows", "columns"])
def mirror_forward(source, out, h, w, rows, columns, C: tl.constexpr, PIXELS: tl.constexpr, CHANNELS: tl.constexpr):
    """One row of `out` (N x H + 2 rows x W + 2 columns x C) for each program of axis 0."""
    row = tl.program_id(0)
    n, y = row // (h + 2 * rows), mirrored_at(row % (h + 2 * rows) - rows, h)
    x, channel, inside = block_of(w + 2 * columns, C, PIXELS, CHANNELS)
    values = tl.load(source + ((n * h + y) * w + mirrored_at(x - columns, w)) * C + channel, mask=inside)
    tl.store(out + (row * (w + 2 * columns) + x) * C + channel, values, mask=inside)


@triton.jit(do_not_specialize=["h", "w", "rows", "columns"])
def mirror_backward(grad, out, h, w, rows, columns, C: tl.constexpr, PIXELS: tl.constexpr, CHANNELS: tl.constexpr):
    """The other way: a value's gradient is the sum of those of the (up to nine) places that were made of it."""
    row = tl.program_id(0)
    n, y = row // h, row % h
    x, channel, inside = block_of(w, C, PIXELS, CHANNELS)
    total = tl.zeros([PIXELS, CHANNELS], tl.float32)
    for i in tl.static_range(3):
        gy, seen = copy_of(y, h, rows, i)
        if seen:
            for j in tl.static_range(3):
                gx, there = copy_of(x, w, columns, j)
                place = (n * (h + 2 * rows) + gy) * (w + 2 * columns) + gx
                total += tl.load(grad + place * C + channel, mask=there & inside, other=0.).to(tl.float32)
    tl.store(out + (row * w + x) * C + channel, total.to(out.dtype.element_ty), mask=inside)


class Mirrored(torch.autograd.Function):
    """`stylekernel.mirrored`. PyTorch's own gives and takes rows of pixels whatever the order it is given."""

    @staticmethod
    def forward(ctx, x, rows, columns):
        n, c, h, w = x.shape
        ctx.shape, ctx.margins = x.shape, (rows, columns)
        out = torch.empty((n, c, h + 2 * rows, w + 2 * columns), dtype=x.dtype, device=x.device,
                          memory_format=torch.channels_last)
        launch(mirror_forward, n * out.shape[2], out.shape[3], nhwc(x), out, h, w, rows, columns)
        return out

    @staticmethod
    def backward(ctx, grad):
        n, c, h, w = ctx.shape
        out = torch.empty(ctx.shape, dtype=grad.dtype, device=grad.device, memory_format=torch.channels_last)
        launch(mirror_backward, n * h, w, nhwc(grad), out, h, w, *ctx.margins)
        return out, None, None


# ---------------------------------------------------------------- VGG-16

@triton.jit(do_not_specialize=["count"])
def add_and_rectify(values, bias, count, C: tl.constexpr, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    value = tl.load(values + at, mask=inside, other=0.).to(tl.float32) + tl.load(bias + at % C, mask=inside, other=0.)
    tl.store(values + at, tl.maximum(value, 0.).to(values.dtype.element_ty), mask=inside)


class Rectified(torch.autograd.Function):
    """relu(x + bias) of N x C x H x W in its own place; the bias is fixed."""

    @staticmethod
    def forward(ctx, x, bias):
        check_size(x)
        add_and_rectify[triton.cdiv(x.numel(), BLOCK),](x, bias, x.numel(), C=x.shape[1], BLOCK=BLOCK)
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return torch.ops.aten.threshold_backward(nhwc(grad), x, 0), None


def rectified(conv: torch.nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
    """relu(conv(x)) of a convolution whose weights are fixed."""
    return Rectified.apply(nhwc(F.conv2d(nhwc(x), conv.weight, None, conv.stride, conv.padding)), conv.bias)


@triton.jit
def four_of(row, x, channel, h, w, C: tl.constexpr):
    """The first of the 2 x 2 values that a pooled one is made of."""
    return ((row // (h // 2) * h + row % (h // 2) * 2) * w + 2 * x) * C + channel


@triton.jit
def greatest(source, corner, w, inside, C: tl.constexpr):
    most = tl.load(source + corner, mask=inside)
    for i in tl.static_range(1, 4):
        most = tl.maximum(most, tl.load(source + corner + ((i // 2) * w + i % 2) * C, mask=inside))
    return most


@triton.jit(do_not_specialize=["h", "w"])
def pool_forward(source, out, h, w, C: tl.constexpr, PIXELS: tl.constexpr, CHANNELS: tl.constexpr):
    """The greatest of 2 x 2; h and w are `source`'s, and even."""
    row = tl.program_id(0)
    x, channel, inside = block_of(w // 2, C, PIXELS, CHANNELS)
    most = greatest(source, four_of(row, x, channel, h, w, C), w, inside, C)
    tl.store(out + (row * (w // 2) + x) * C + channel, most, mask=inside)


@triton.jit(do_not_specialize=["h", "w"])
def pool_backward(grad, source, out, h, w, C: tl.constexpr, PIXELS: tl.constexpr, CHANNELS: tl.constexpr):
    """The gradient goes to the first of the greatest."""
    row = tl.program_id(0)
    x, channel, inside = block_of(w // 2, C, PIXELS, CHANNELS)
    corner = four_of(row, x, channel, h, w, C)
    of_most = tl.load(grad + (row * (w // 2) + x) * C + channel, mask=inside, other=0.)
    most = greatest(source, corner, w, inside, C)
    free = inside
    for i in tl.static_range(4):
        at = corner + ((i // 2) * w + i % 2) * C
        here = free & (tl.load(source + at, mask=inside) == most)
        tl.store(out + at, tl.where(here, of_most, 0.).to(out.dtype.element_ty), mask=inside)
        free = free & (here == 0)


class Pooled(torch.autograd.Function):
    """2 x 2 max pooling of even sides."""

    @staticmethod
    def forward(ctx, x):
        n, c, h, w = x.shape
        ctx.save_for_backward(x)
        out = torch.empty((n, c, h // 2, w // 2), dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
        launch(pool_forward, n * (h // 2), w // 2, x, out, h, w)
        return out

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        n, _, h, w = x.shape
        out = torch.empty_like(x)
        launch(pool_backward, n * (h // 2), w // 2, nhwc(grad), x, out, h, w)
        return out


def pooled(x: torch.Tensor) -> torch.Tensor:
    """2 x 2 max pooling; of odd sides PyTorch's."""
    return F.max_pool2d(x, 2) if x.shape[2] % 2 or x.shape[3] % 2 else Pooled.apply(nhwc(x))


# ---------------------------------------------------------------- moments of features

def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """a @ b of matrices in float32, whatever they are in."""
    return torch.bmm(a, b) if a.dtype == torch.float32 else torch.bmm(a, b, out_dtype=torch.float32)


def rows(f: torch.Tensor) -> torch.Tensor:
    """N x C x H x W as N x HW x C, without a copy where channels are last."""
    return f.permute(0, 2, 3, 1).reshape(f.shape[0], -1, f.shape[1])


class Moments(torch.autograd.Function):
    """μ and σ (N x C x 1 x 1) and G (N x C x C) of N x C x H x W. All three are sums of products of two features, so
    that df = f (dG + dGᵀ + diag(dσ / σ)) / HW + (dμ - μ dσ / σ) / HW."""

    @staticmethod
    def forward(ctx, f):
        r = rows(f)
        count = r.shape[1]
        gram = product(r.mT, r) / count
        mean = product(torch.ones_like(r[:, :, :1]).mT, r)[:, 0] / count
        std = ((gram.diagonal(dim1=1, dim2=2) - mean.square()).clamp_min(0) + EPSILON).sqrt()
        ctx.save_for_backward(f, mean, std)
        return mean[:, :, None, None], std[:, :, None, None], gram

    @staticmethod
    def backward(ctx, of_mean, of_std, of_gram):
        f, mean, std = ctx.saved_tensors
        r = rows(f)
        of_std = of_std[:, :, 0, 0] / std
        by = (of_gram + of_gram.mT + torch.diag_embed(of_std)) / r.shape[1]
        plus = (of_mean[:, :, 0, 0] - mean * of_std) / r.shape[1]
        grad = torch.baddbmm(plus[:, None].to(r.dtype), r, by.to(r.dtype))
        return grad.reshape(f.shape[0], *f.shape[2:], f.shape[1]).permute(0, 3, 1, 2)


def layer_moments(f: torch.Tensor, products: bool = True):
    """`losses.layer_moments`."""
    mean, std, gram = Moments.apply(nhwc(f))
    return mean, std, gram if products else None


class Alike(torch.autograd.Function):
    """mean(f t) over the positions, N x C x 1 x 1."""

    @staticmethod
    def forward(ctx, f, t):
        ctx.save_for_backward(f, t)
        return (f * t).sum((2, 3), keepdim=True, dtype=torch.float32) / f[0, 0].numel()

    @staticmethod
    def backward(ctx, grad):
        f, t = ctx.saved_tensors
        return t * (grad / t[0, 0].numel()).to(f.dtype), None


def content_layer(f: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """`losses.content_layer`: with ν = norm(φ), |ν - t|² = mean ν² - 2 mean(ν t) + mean t², each of which is had from
    f's moments and mean(f t)."""
    f, target = nhwc(f), nhwc(target)
    mean, std, _ = Moments.apply(f)
    with torch.no_grad():
        own = torch.linalg.vector_norm(target, dim=(2, 3), keepdim=True,
                                       dtype=torch.float32).square() / target[0, 0].numel()
        mean_of_target = target.mean((2, 3), keepdim=True, dtype=torch.float32)
    alike = (Alike.apply(f, target) - mean * mean_of_target) / std
    return (1 - EPSILON / std.square() - 2 * alike + own).mean()
