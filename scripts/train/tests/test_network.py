"""What a larger `fast` adds: nothing at first, and then what its equations say."""
from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

import support
from files import weights_file
from files.failure import Failure
from files.goldens import SMALL, odd, picture
from network.blocks import statistics
from network.mixing import Filter, StyleMixing
from network.stylekernel import Config, build
from training import start

LARGER = dict(heads=2, **SMALL, deep=24, mixing=6)


class MixingTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(2)
        self.layer = StyleMixing(8, 4, 5)
        for p in self.layer.parameters():
            torch.nn.init.normal_(p, std=.4)

    def numbers(self, name: str) -> np.ndarray:
        return self.layer.get_parameter(name).detach().double().numpy()

    @torch.no_grad()
    def test_a_style_is_its_correlations(self):
        z = torch.randn(2, 5, 6, 7)
        found = self.layer.remember(z)
        for n, f in enumerate(z.double().numpy()):
            f = (f - f.mean((1, 2), keepdims=True)) / np.sqrt(f.var((1, 2), keepdims=True) + 1e-5)
            f = np.einsum("rc,chw->rhw", self.numbers("look.weight")[:, :, 0, 0],
                          f) + self.numbers("look.bias")[:, None, None]
            correlations = np.einsum("ihw,jhw->ij", f, f) / 42 / 4
            head = self.numbers("head.weight") @ correlations.ravel() + self.numbers("head.bias")
            np.testing.assert_allclose(found.matrix[n].numpy(), head[:16].reshape(4, 4) + np.eye(4), atol=2e-4)
            still = np.zeros((4, 3, 3))
            still[:, 1, 1] = 1
            np.testing.assert_allclose(found.kernels[n].numpy(), head[16:].reshape(4, 3, 3) + still, atol=2e-4)

    @torch.no_grad()
    def test_mixing(self):
        """x + E (K * (M C x)), by loops over pixels, each picture by its own style."""
        x, of = torch.randn(2, 8, 5, 6), Filter(torch.randn(2, 4, 4), torch.randn(2, 4, 3, 3))
        found = self.layer(x, of).numpy()
        for n in range(2):
            p, m, k = x[n].double().numpy(), of.matrix[n].double().numpy(), of.kernels[n].double().numpy()
            r = np.einsum("rc,chw->rhw", self.numbers("compress.weight")[:, :, 0, 0], p)
            r = np.einsum("ij,jhw->ihw", m, r + self.numbers("compress.bias")[:, None, None])
            r = np.pad(r, [(0, 0), (1, 1), (1, 1)], mode="reflect")
            drawn = np.array([[[(r[c, y:y + 3, v:v + 3] * k[c]).sum() for v in range(6)] for y in range(5)]
                              for c in range(4)])
            out = np.einsum("cr,rhw->chw", self.numbers("expand.weight")[:, :, 0, 0], drawn)
            np.testing.assert_allclose(found[n], p + out + self.numbers("expand.bias")[:, None, None], atol=1e-4)

    def test_one_style_for_many_pictures(self):
        x, of = torch.randn(3, 8, 5, 6), Filter(torch.randn(1, 4, 4), torch.randn(1, 4, 3, 3))
        together = self.layer(x, of)
        for n in range(3):
            self.assertTrue(torch.allclose(together[n:n + 1], self.layer(x[n:n + 1], of), atol=1e-6))


class LargerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "w.safetensors")

    @torch.no_grad()
    def test_it_begins_as_what_it_grew_from(self):
        """The weights of a network without, put into one with: the same picture. Then what is new is moved: another."""
        small = odd(Config(heads=2, **SMALL))
        weights_file.save(self.path, dict(small.named_parameters()), small.cfg, half=False)
        c, s = picture(48, 64, 1), picture(64, 48, 2)
        before = small.stylise(c, s)
        for deep, mixing in ((24, 0), (0, 6), (24, 6)):
            net = build(Config(heads=2, **SMALL, deep=deep, mixing=mixing)).eval()
            start.fill_grown(net, self.path)
            self.assertTrue(torch.equal(net.stylise(c, s), before), (deep, mixing))
            for name, p in net.named_parameters():
                if name in ("to8.weight", "mixings.m8.expand.weight", "mixings.m2.expand.weight"):
                    torch.nn.init.normal_(p, std=.1)
            self.assertGreater((net.stylise(c, s) - before).abs().mean().item(), 1e-3, (deep, mixing))

    def test_what_a_run_may_not_change(self):
        net = build(Config(heads=2, **SMALL, deep=24))
        weights_file.save(self.path, dict(net.named_parameters()), net.cfg)
        for other in (dict(deep=16), dict(), dict(deep=24, taps=5)):
            with self.assertRaisesRegex(Failure, "cannot start from"):
                start.fill_grown(build(Config(heads=2, **SMALL, **other)), self.path)

    @torch.no_grad()
    def test_a_file_of_the_third_format(self):
        net = odd(Config(**LARGER))
        weights_file.save(self.path, dict(net.named_parameters()), net.cfg, half=False)
        _, values = weights_file.read(self.path)
        self.assertEqual((values["format"], values["deep"], values["mixing"]), ("stylekernel/3", "24", "6"))
        again = weights_file.load_network(self.path)
        self.assertEqual(again.cfg, net.cfg)
        c, s = picture(48, 64, 1), picture(64, 48, 2)
        self.assertTrue(torch.equal(net.stylise(c, s), again.stylise(c, s)))

    def test_a_network_of_the_second_format_stays_one(self):
        values = weights_file.metadata(Config())
        self.assertEqual(values["format"], "stylekernel/2")
        self.assertFalse({"deep", "mixing"} & set(values))
        self.assertEqual(weights_file.configuration(values, "x"), Config())

    @torch.no_grad()
    def test_stages_of_a_larger_network(self):
        net, trace = odd(Config(**LARGER)), {}
        c, s = picture(48, 64, 1), picture(64, 48, 2)
        net(c, net.remember(s), trace=trace)
        self.assertEqual(tuple(trace["m16"].shape), (1, 24, 3, 4))
        self.assertEqual(tuple(trace["f16"].shape), (1, 24 * 7, 3, 4))
        self.assertEqual(trace["zcs"].shape[1], 16 + 2 * 16 + 2 * 8 + 2 * 24)
        held = net.measure(net.encode(c))
        self.assertEqual(set(held), {"z4", "z8", "z16", "d16"})
        own = statistics(trace["d16"])
        self.assertTrue(torch.equal(held["d16"].mean, own.mean))

    def test_every_part_of_it_learns(self):
        net = odd(Config(**LARGER))
        c, s = picture(48, 64, 1), picture(64, 48, 2)
        net(c, net.remember(s)).square().mean().backward()
        still = [n for n, p in net.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
        self.assertEqual(still, [])


if __name__ == "__main__":
    unittest.main()
