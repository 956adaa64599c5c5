"""Style alignment encoding (section 3.1): attention from the content to the style, gated by the content."""
from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from network.blocks import Conv, normalise, statistics
from network.mixing import Filter


@dataclass
class StyleTokens:
    """What the network remembers of a style picture: keys and values of every head."""
    keys: torch.Tensor    # N x G x Ns x d, unit length along d
    values: torch.Tensor  # N x G x Ns x d
    filters: dict[str, Filter] | None = None  # of the style as a whole, where the network mixes channels


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
        mean: unbounded above, training drives it past all attention; unbounded below, to nothing. N x G x (H W) x 1
        each."""
        n, c, h, w = psi.shape
        g = 1 / 8 + 3 / 8 * torch.sigmoid(psi.view(n, 2, c // 2, h * w, 1))
        return g[:, 0], g[:, 1]
