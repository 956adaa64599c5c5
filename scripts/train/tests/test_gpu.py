"""The GPU's own versions against the plain ones, kernels by Triton's interpreter, which needs no GPU."""
from __future__ import annotations

import os
import unittest

import torch
import torch.nn.functional as F

import support  # noqa: F401  (puts the scripts on the path)

from files.failure import Failure
from network import blocks, stylekernel, vgg
from training import acceleration, losses

os.environ["TRITON_INTERPRET"] = "1"  # before Triton is first imported
from training import gpu  # noqa: E402


class GPUTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)

    def both(self, own, plain, x: torch.Tensor, least: float = 1e-3) -> None:
        """Same values and the same derivative, neither of them all zeros; channels last in both."""
        a, b = (x.contiguous(memory_format=torch.channels_last).clone().requires_grad_() for _ in range(2))
        outs, expected = own(a), plain(b)
        total = [0., 0.]
        for mine, theirs in zip(outs, expected, strict=True):
            self.assertEqual(mine.shape, theirs.shape)
            self.assertGreater(theirs.abs().max().item(), least)
            self.assertLess((mine - theirs).abs().max().item(), 2e-6 * max(1, theirs.abs().max().item()))
            weight = torch.randn_like(theirs)
            total[0], total[1] = total[0] + (weight * mine).sum(), total[1] + (weight * theirs).sum()
        total[0].backward()
        total[1].backward()
        self.assertGreater(b.grad.abs().max().item(), least)
        self.assertLess((a.grad - b.grad).abs().max().item(), 1e-5 * max(1, b.grad.abs().max().item()))

    def test_mirrored(self):
        for shape in ((2, 16, 5, 7), (1, 3, 3, 300), (1, 64, 5, 4)):
            for margins in ((1, 1), (1, 0), (0, 2), (2, 2)):
                with self.subTest(shape=shape, margins=margins):
                    self.both(lambda x: [gpu.Mirrored.apply(x, *margins)], lambda x: [blocks.mirrored(x, *margins)],
                              torch.randn(shape))
        out = gpu.Mirrored.apply(torch.randn(2, 5, 7, 6), 1, 1)
        self.assertTrue(out.is_contiguous(memory_format=torch.channels_last))

    def test_what_32_bits_cannot_count_is_refused(self):
        x = torch.zeros(1).expand(129, 64, 512, 512)
        with self.assertRaisesRegex(Failure, "129 x 64 x 512 x 512 is too large"):
            gpu.check_size(x)
        gpu.check_size(x[:127])

    def test_rectified(self):
        conv = torch.nn.Conv2d(8, 16, 3, padding=1).requires_grad_(False)
        self.both(lambda x: [gpu.rectified(conv, x)], lambda x: [vgg.rectified(conv, x)], torch.randn(2, 8, 9, 13))

    def test_pooled(self):
        for shape in ((2, 16, 4, 6), (1, 3, 2, 700), (1, 8, 7, 6)):
            with self.subTest(shape=shape):
                x = torch.randn(shape).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
                self.both(lambda x: [gpu.pooled(x)], lambda x: [vgg.pooled(x)], x)

    def test_pooled_ties_have_one_winner(self):
        x = torch.ones(1, 8, 2, 2).contiguous(memory_format=torch.channels_last).requires_grad_()
        gpu.pooled(x).sum().backward()
        self.assertTrue(torch.equal(x.grad.sum((2, 3)), torch.ones(1, 8)))

    def features(self) -> torch.Tensor:
        """As VGG's: none negative, channels of every size, one that is off everywhere."""
        f = F.relu(torch.randn(3, 32, 24, 20) * torch.rand(1, 32, 1, 1) * 3 + torch.randn(1, 32, 1, 1))
        f[:, 3] = 0
        return f

    def test_moments(self):
        live = [i for i in range(32) if i != 3]  # where a deviation is 0, rounding decides its derivative
        def of(moments):
            def chosen(x):
                mean, std, gram = moments(x)
                return mean[:, live], std[:, live], gram
            return chosen
        self.both(of(gpu.layer_moments), of(losses.layer_moments), self.features())
        self.assertIsNone(gpu.layer_moments(self.features(), products=False)[2])

    def test_content(self):
        target = losses.normalised(self.features().flip(3)).bfloat16()
        self.both(lambda x: [gpu.content_layer(x, target)], lambda x: [losses.content_layer(x, target)],
                  self.features(), 1e-5)

    def test_a_network_and_its_losses(self):
        """All of them in their places: the same painting, and the same derivatives of VGG's losses by the network's
        weights."""
        net, eye = stylekernel.FastNet(stylekernel.Config(widths=[8, 8, 16, 16, 16])), vgg.VGG16(divisor=8)
        content, style = torch.rand(1, 3, 32, 48), torch.rand(1, 3, 32, 32)
        layers = ("relu1_1", "relu2_1", "relu3_1")
        def derivatives():
            net.zero_grad()
            painted = net(content, net.remember(style))
            targets = {l: losses.style_target(f) for l, f in eye(style, layers).items()}
            seen = eye(painted, layers)
            wanted = {"relu2_1": losses.normalised(eye(content, ("relu2_1",))["relu2_1"])}
            (losses.style_relative(seen, targets, layers=layers) +
             losses.content_weighted(seen, wanted, {"relu2_1": 1.})).backward()
            return painted.detach(), {n: p.grad.clone() for n, p in net.named_parameters() if p.grad is not None}
        painted, plain = derivatives()
        places = ((blocks, "mirrored"), (vgg, "rectified"), (vgg, "pooled"), (losses, "layer_moments"),
                  (losses, "content_layer"))
        before = [getattr(module, name) for module, name in places]
        try:
            acceleration.use_gpu()
            self.assertTrue(all(getattr(module, name) is not old for (module, name), old in zip(places, before)))
            again, own = derivatives()
        finally:
            for (module, name), old in zip(places, before):
                setattr(module, name, old)
        self.assertLess((again - painted).abs().max().item(), 1e-5)
        self.assertGreater(len(plain), 30)
        for name, gradient in plain.items():
            self.assertLess((own[name] - gradient).norm().item(), 1e-3 * gradient.norm().item() + 1e-7, name)


if __name__ == "__main__":
    unittest.main()
