"""Reference of the style-kernel network (Xu, Long, Nie: "Learning Dynamic Style Kernels for Artistic
Style Transfer", CVPR 2023), in PyTorch. It is the meaning of every stage: the program computes the
same, the golden tensors are its outputs, and the trainer trains it.

Tensors are N x C x H x W, float32. Pictures are RGB in [0, 1].

Two networks share every part that gives the paper its name:

  paper  the paper's: VGG-16 relu4_1 on both sides, kernels at stride 8, the decoder of its Table 4.
  fast   ours: one light encoder for both sides, attention at stride 16 that carries the style's own means and
         deviations, and kernels at strides 8 and 4.
"""
from __future__ import annotations
from dataclasses import dataclass, field
from functools import lru_cache
import torch
import torch.nn as nn
import torch.nn.functional as F

VGG_MEAN = (0.485, 0.456, 0.406)
VGG_STD = (0.229, 0.224, 0.225)


# ---------------------------------------------------------------- building blocks

def mirrored(x, rows, columns):
    """Padded by reflection, so many rows above and below, so many columns on either side."""
    return F.pad(x, (columns, columns, rows, rows), mode="reflect")


class Conv(nn.Conv2d):
    """Convolution with reflection padding, so that the frame's border looks like its inside. Starts by He et
    al. (PyTorch's default is a third of that: after ten layers little but the biases was left)."""
    def __init__(self, cin, cout, k=3, stride=1):
        super().__init__(cin, cout, k, stride)
        self.margin = k // 2
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        nn.init.zeros_(self.bias)

    def forward(self, x):
        if self.margin:
            x = mirrored(x, self.margin, self.margin)
        return super().forward(x)


class ResBlock(nn.Module):
    """x' + conv(relu(conv(relu(x)))), with a 1x1 convolution on the way round where the width changes."""
    def __init__(self, cin, cout=None):
        super().__init__()
        cout = cout or cin
        self.conv1, self.conv2 = Conv(cin, cout), Conv(cout, cout)
        self.conv2.weight.data.mul_(.3)
        self.skip = Conv(cin, cout, 1) if cin != cout else None

    def forward(self, x):
        y = self.conv2(F.relu(self.conv1(F.relu(x))))
        return y + (x if self.skip is None else self.skip(x))


def up2(x):
    """Bilinear, half-pixel centres (align_corners false): 2H x 2W."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


@dataclass
class Statistics:
    """Mean and standard deviation of each channel of one tensor: N x C x 1 x 1 each."""
    mean: torch.Tensor
    std: torch.Tensor


EPSILON = 1e-5
"""Added to a variance before its root is taken."""


def statistics(x, eps=EPSILON):
    """Population variance over the positions; std = sqrt(var + eps)."""
    var, mean = torch.var_mean(x.float(), dim=(2, 3), keepdim=True, correction=0)
    return Statistics(mean, (var + eps).sqrt())


def normalise(x, s):
    return (x - s.mean) / s.std


def placed(numbers, device):
    """A small tensor of numbers. On its way to a GPU it lies in pinned memory: a copy from ordinary memory waits until the GPU has
    done all that it was given."""
    numbers = torch.tensor(numbers)
    return numbers.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else numbers


def constant(numbers, device):
    """The same for a tuple of numbers, which a GPU is given once."""
    return on_gpu(numbers, device) if device.type == "cuda" else torch.tensor(numbers)


@lru_cache(64)
def on_gpu(numbers, device):
    with torch.inference_mode(False):  # it may be used in training later
        return placed(numbers, device)


def shuffle_groups(x, order):
    """Grouped shuffling (Eq. 10): channel groups put together again in another order."""
    n, c, h, w = x.shape
    g = len(order)
    if list(order) == list(range(g)):
        return x
    return x.reshape(n, g, c // g, h, w).index_select(1, constant(tuple(order), x.device)).reshape(n, c, h, w)


# ---------------------------------------------------------------- VGG-16 (fixed)

def rectified(conv, x):
    return F.relu(conv(x))


def pooled(x):
    return F.max_pool2d(x, 2)


class VGG16(nn.Module):
    """VGG-16's convolutions with zero padding, as trained; stops after the last layer asked for."""
    PLAN = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512]

    def __init__(self, divisor=1):
        """divisor: widths divided by it, for small stand-ins in tests (1 is VGG-16)."""
        super().__init__()
        cin, convs, self.steps = 3, [], []
        block, index = 1, 1
        for width in self.PLAN:
            if width == "M":
                self.steps.append(("pool", None))
                block, index = block + 1, 1
            else:
                width //= divisor
                self.steps.append((f"relu{block}_{index}", len(convs)))
                convs.append(nn.Conv2d(cin, width, 3, padding=1))
                cin, index = width, index + 1
        self.convs = nn.ModuleList(convs)
        self.register_buffer("mean", torch.tensor(VGG_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(VGG_STD).view(1, 3, 1, 1))
        self.requires_grad_(False)

    def forward(self, rgb, layers):
        x, out, left = (rgb - self.mean) / self.std, {}, set(layers)
        for name, i in self.steps:
            x = pooled(x) if i is None else rectified(self.convs[i], x)
            if name in left:
                out[name] = x
                left.discard(name)
                if not left:
                    return out
        raise ValueError(f"no such layers: {sorted(left)}")


# ---------------------------------------------------------------- style alignment encoding (3.1)

@dataclass
class StyleTokens:
    """What the network remembers of a style picture: keys and values of every head."""
    keys: torch.Tensor    # N x G x Ns x d, unit length along d
    values: torch.Tensor  # N x G x Ns x d


class Gate(torch.autograd.Function):
    """1 where attention exceeds its threshold, else 0 (Eq. 5). In training the threshold's derivative is that
    of a sigmoid of the difference measured in row means."""
    @staticmethod
    def forward(ctx, attention, threshold, tokens):
        ctx.save_for_backward(attention, threshold)
        ctx.tokens = tokens
        return (attention > threshold).to(attention.dtype)

    @staticmethod
    def backward(ctx, grad):
        attention, threshold = ctx.saved_tensors
        s = torch.sigmoid(4 * ctx.tokens * (attention - threshold))
        d = grad * s * (1 - s) * 4 * ctx.tokens
        return None, -d.sum(-1, keepdim=True), None


class StyleAlignment(nn.Module):
    """Attention from content positions to style positions, gated by the content (Eq. 1 to 5)."""
    def __init__(self, channels, width, heads, alpha, gated=True, gate_width=64):
        super().__init__()
        self.heads, self.alpha, self.gated = heads, alpha, gated
        self.query, self.key = Conv(channels, width), Conv(channels, width)
        if gated:  # psi: three 3x3 convolutions to a scale and a bias for each head
            self.gate = nn.Sequential(Conv(channels, gate_width), nn.ReLU(), Conv(gate_width, gate_width),
                                      nn.ReLU(), Conv(gate_width, 2 * heads))
            nn.init.zeros_(self.gate[-1].weight)
            nn.init.zeros_(self.gate[-1].bias)  # starts by dropping what is under 5/8 of the mean

    def split(self, x):
        """N x (G d) x H x W -> N x G x (H W) x d"""
        n, c, h, w = x.shape
        return x.reshape(n, self.heads, c // self.heads, h * w).transpose(2, 3)

    def tokens(self, z, values):
        """z: the style's features; values: tensors of the same H x W, whose channels the heads share out."""
        k = self.split(self.key(normalise(z, statistics(z)))).float()
        return StyleTokens(F.normalize(k, dim=-1, eps=1e-6), torch.cat([self.split(v).float() for v in values], -1))

    def forward(self, z, tokens, stats, widths):
        """z: N x C x H x W. Returns the aligned values, one N x width x H x W for each of `widths`."""
        n, _, h, w = z.shape
        zn = normalise(z, stats)
        query, psi = self.split(self.query(zn)), self.gate(zn) if self.gated else None
        with torch.autocast(z.device.type, enabled=False):  # moments cancel: nothing under 32 bits here
            out = self.attend(query.float(), tokens, None if psi is None else psi.float())
        out = out.split([c // self.heads for c in widths], -1)
        return [o.permute(0, 2, 1, 3).reshape(n, h, w, -1).permute(0, 3, 1, 2) for o in out]  # channels last

    def attend(self, query, tokens, psi):
        """query: N x G x (H W) x d; psi: N x 2G x H x W or None. Returns Z_cs by head: N x G x (H W) x values."""
        query = F.normalize(query, dim=-1, eps=1e-6)
        attention = torch.softmax(self.alpha * query @ tokens.keys.transpose(2, 3), dim=-1)
        if psi is not None:
            ns = tokens.keys.shape[2]
            self.psi = psi                                         # training keeps it small: a sigmoid far out is dead
            scale, bias = self.split_gate(psi)
            row_mean = attention.mean(-1, keepdim=True)            # Eq. 3: always 1 / Ns
            threshold = scale * row_mean + bias / ns               # Eq. 4
            open_ = Gate.apply(attention, threshold, ns)
            open_ = torch.where(open_.sum(-1, keepdim=True) > 0, open_, 1.)   # all equal, and rounding shut it
            attention = attention * open_
            kept = attention.sum(-1, keepdim=True)
            self.kept = kept.detach().mean((0, 2, 3))              # by head, to watch in training
            attention = attention / kept
        return attention @ tokens.values                           # Eq. 2

    def split_gate(self, psi):
        """lambda and beta, each from 1/8 to 1/2, so that a threshold lies between a quarter of its row's mean and the
        mean: unbounded above, training drives it past all attention; unbounded below, to nothing. N x G x (H W) x 1 each."""
        n, c, h, w = psi.shape
        g = 1 / 8 + 3 / 8 * torch.sigmoid(psi.view(n, 2, c // 2, h * w, 1))
        return g[:, 0], g[:, 1]


# ---------------------------------------------------------------- style kernels (3.2)

class KernelHead(nn.Module):
    """The last convolution of phi and the kernels it predicts: for every position and channel a column of
    k taps, a row of k taps and a bias. `size` 1 or 3 is that convolution's. It corrects kernels that are one
    point: gain and bias, where given, are those of the aligned style."""
    def __init__(self, cin, channels, taps, size):
        super().__init__()
        self.channels, self.taps = channels, taps
        self.conv = Conv(cin, channels * (2 * taps + 1), size)
        nn.init.normal_(self.conv.weight, std=1e-3)

    def forward(self, x, gain=None, bias=None):
        """gain, bias: N x C x H x W. Returns F1 (N x k x C x H x W), F2 (the same) and B (N x C x H x W)."""
        n, _, h, w = x.shape
        f = self.conv(x).view(n, 2 * self.taps + 1, self.channels, h, w)
        point = constant(tuple(float(i == self.taps // 2) for i in range(self.taps)), x.device).view(-1, 1, 1, 1)
        f1, f2, b = f.split([self.taps, self.taps, 1], 1)
        f1, f2, b = f1 + point, f2 + point, b.squeeze(1)
        return (f1 if gain is None else f1 * gain[:, None]), f2, (b if bias is None else b + bias)


def apply_kernels(z, f1, f2, bias):
    """Eq. 6: z * F1 * F2 + B. F1 runs down the columns, then F2 along the rows of the result, each
    position with its own taps; z and the intermediate are padded by reflection."""
    k = f1.shape[1]
    m = k // 2
    h, w = z.shape[2:]
    if m:
        zp = mirrored(z, m, 0)
        z = sum(f * zp[:, :, i:i + h] for i, f in enumerate(f1.unbind(1)))
        zp = mirrored(z, 0, m)
        z = sum(f * zp[:, :, :, i:i + w] for i, f in enumerate(f2.unbind(1)))
    else:
        z = f2[:, 0] * (f1[:, 0] * z)
    return z + bias


# ---------------------------------------------------------------- the two networks

@dataclass
class Config:
    preset: str = "fast"
    heads: int = 8                      # G
    taps: int = 3                       # k
    alpha: float = 10.0                 # sharpness of the softmax
    gated: bool = True                  # CGM
    gate_width: int = 64                # of psi's hidden layers
    groups: int = 8                     # grouped shuffling
    order: list = field(default_factory=lambda: list(range(8)))
    widths: list = field(default_factory=lambda: [16, 32, 64, 128, 128])  # fast: strides 1, 2, 4, 8, 16
    vgg_divisor: int = 1                # narrower stand-in for tests (1 is the real VGG-16)


class StyleKernelNet(nn.Module):
    """Common face of both presets. A frame's way: encode, statistics, then paint: align, kernels, modulate, decode."""

    def forward(self, content, tokens, stats=None, order=None, trace=None):
        """content: N x 3 x H x W in [0, 1], sides multiples of the preset's stride. Returns the same shape."""
        z = self.encode(content)
        return self.paint(z, tokens, stats or self.measure(z), self.cfg.order if order is None else order, trace)

    @torch.no_grad()
    def stylise(self, content, style, stats=None, trace=None):
        return self.forward(content, self.remember(style), stats, None, trace)


class FastNet(StyleKernelNet):
    def __init__(self, cfg: Config, vgg=None):
        super().__init__()
        self.cfg = cfg
        c1, c2, c4, c8, c16 = cfg.widths
        # one encoder for both sides, as the paper has one VGG for both
        self.stem = Conv(3, c1)
        self.down2, self.down4 = Conv(c1, c2, 3, 2), Conv(c2, c4, 3, 2)
        self.res4 = ResBlock(c4)
        self.down8, self.res8 = Conv(c4, c8, 3, 2), ResBlock(c8)
        self.down16, self.res16 = Conv(c8, c16, 3, 2), ResBlock(c16)
        # style alignment at stride 16
        self.align = StyleAlignment(c16, c16, cfg.heads, cfg.alpha, cfg.gated, cfg.gate_width)
        self.value = Conv(c16, c16)
        self.aligned = [c16, c8, c8, c4, c4]
        # phi: a trunk down the strides, a head for each scale
        self.phi16, self.phi8, self.phi4 = Conv(sum(self.aligned), c16), Conv(c16, c8), Conv(c8, c4)
        self.head8, self.head4 = KernelHead(c8, c8, cfg.taps, 1), KernelHead(c4, c4, cfg.taps, 1)
        # decoder
        self.dec8, self.to4 = ResBlock(c8), Conv(c8, c4)
        self.dec4, self.to2 = ResBlock(c4), Conv(c4, c2)
        self.dec2, self.to1 = ResBlock(c2), Conv(c2, c1)
        self.out = Conv(c1, 3)

    def encode(self, rgb):
        x = F.relu(self.stem(rgb * 2 - 1))
        x = F.relu(self.down2(x))
        z4 = self.res4(F.relu(self.down4(x)))
        z8 = self.res8(F.relu(self.down8(F.relu(z4))))
        z16 = self.res16(F.relu(self.down16(F.relu(z8))))
        return {"z4": z4, "z8": z8, "z16": z16}

    def measure(self, z):
        """The statistics that a scene holds still."""
        return {name: statistics(t) for name, t in z.items()}

    def remember(self, style):
        return self.tokens(self.encode(style))

    def tokens(self, z):
        """Values of a style position: its own feature, and mean and mean square of z8 and z4 under it."""
        z8, z4 = z["z8"].float(), z["z4"].float()
        moments = [F.avg_pool2d(t, s) for t, s in ((z8, 2), (z8.square(), 2), (z4, 4), (z4.square(), 4))]
        return self.align.tokens(z["z16"], [self.value(z["z16"]), *moments])

    def kernels(self, aligned):
        deep, mean8, square8, mean4, square4 = aligned
        std8, std4 = spread(mean8, square8), spread(mean4, square4)
        p16 = F.relu(self.phi16(torch.cat([deep, mean8, std8, mean4, std4], 1)))
        p8 = F.relu(self.phi8(up2(p16)))
        p4 = F.relu(self.phi4(p8))
        return (self.head8(p8, up2(std8), up2(mean8)),
                self.head4(up2(p4), up2(up2(std4)), up2(up2(mean4))))

    def paint(self, z, tokens, stats, order, trace=None):
        aligned = self.align(z["z16"], tokens, stats["z16"], self.aligned)
        f8, f4 = self.kernels(aligned)
        m8 = apply_kernels(shuffle_groups(normalise(z["z8"], stats["z8"]), order), *f8)
        m4 = apply_kernels(shuffle_groups(normalise(z["z4"], stats["z4"]), order), *f4)
        x = up2(self.to4(F.relu(self.dec8(m8)))) + m4
        x = up2(self.to2(F.relu(self.dec4(x))))
        x = up2(self.to1(F.relu(self.dec2(x))))
        y = (torch.tanh(self.out(F.relu(x))) + 1) / 2
        if trace is not None:
            trace.update(z, zcs=torch.cat(aligned, 1), f8=join(*f8), f4=join(*f4), m8=m8, m4=m4, out=y)
        return y


def spread(mean, square, eps=EPSILON):
    """Standard deviation from aligned first and second moments."""
    return (F.relu(square - mean.square()) + eps).sqrt()


def join(f1, f2, b):
    """Kernels as one tensor, tap-major: N x C(2k + 1) x H x W."""
    return torch.cat([f1.flatten(1, 2), f2.flatten(1, 2), b], 1)


class PaperNet(StyleKernelNet):
    def __init__(self, cfg: Config, vgg: VGG16 | None = None):
        super().__init__()
        self.cfg, self.vgg, c = cfg, vgg, 512 // cfg.vgg_divisor
        self.align = StyleAlignment(c, c, cfg.heads, cfg.alpha, cfg.gated, cfg.gate_width)
        self.value = Conv(c, c)
        self.phi = Conv(c, c)
        self.head = KernelHead(c, c, cfg.taps, 3)
        self.dec8, self.dec4, self.dec2 = ResBlock(c, c // 2), ResBlock(c // 2, c // 4), ResBlock(c // 4, c // 8)
        self.out = Conv(c // 8, 3)

    def encode(self, rgb):
        return {"z8": self.vgg(rgb, ("relu4_1",))["relu4_1"]}

    def measure(self, z):
        return {"z8": statistics(z["z8"])}

    def remember(self, style):
        return self.tokens(self.encode(style))

    def tokens(self, z):
        return self.align.tokens(z["z8"], [self.value(z["z8"])])

    def paint(self, z, tokens, stats, order, trace=None):
        zcs, = self.align(z["z8"], tokens, stats["z8"], [z["z8"].shape[1]])
        f = self.head(F.relu(self.phi(zcs)))
        m8 = apply_kernels(shuffle_groups(normalise(z["z8"], stats["z8"]), order), *f)
        x = up2(self.dec8(m8))
        x = up2(self.dec4(x))
        x = up2(self.dec2(x))
        y = (torch.tanh(self.out(F.relu(x))) + 1) / 2
        if trace is not None:
            trace.update(z, zcs=zcs, f8=join(*f), m8=m8, out=y)
        return y


def build(cfg: Config, vgg=None):
    return FastNet(cfg, vgg) if cfg.preset == "fast" else PaperNet(cfg, vgg)
