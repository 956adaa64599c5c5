"""Each loss of what people see equals a twin in plain NumPy, written from its equation."""
from __future__ import annotations

import random
import unittest

import numpy as np
import torch
import torch.nn.functional as F

import support  # noqa: F401  (puts the scripts on the path)
from files.goldens import picture
from network.perceptual import LPIPS
from test_losses import lpips_twin, norm
from training import appearance, losses
from training.draws import Draw, draw
from training.frames import moved, smooth_flow
from training.options import PROGRAMS_LPIPS

CPU = torch.device("cpu")


def chance(number: int = 1) -> Draw:
    return draw(3, "test", number, CPU)


class AppearanceTest(unittest.TestCase):
    def setUp(self):
        self.x, self.y = torch.cat([picture(64, 80, 1), picture(64, 80, 2)]), torch.cat([picture(64, 80, 3),
                                                                                         picture(64, 80, 4)])

    def same(self, loss: torch.Tensor, twin: float):
        self.assertGreater(abs(twin), 1e-4, "a loss of nothing proves nothing")
        self.assertAlmostEqual(loss.item() / twin, 1, delta=2e-4)

    def grey(self, x: np.ndarray) -> np.ndarray:
        return np.repeat((.299 * x[0] + .587 * x[1] + .114 * x[2])[None], 3, 0)

    def test_luma(self):
        lpips = LPIPS(PROGRAMS_LPIPS)
        twin = np.mean([lpips_twin(lpips, self.grey(a), self.grey(b)) for a, b in zip(self.x.numpy(), self.y.numpy())])
        self.same(appearance.luma(lpips, self.x, self.y), twin)
        tint = torch.tensor([.1, -.299 / .587 * .1, 0.]).view(1, 3, 1, 1)  # of luma 0
        inside = self.x * .5 + .25
        self.assertLess(appearance.luma(lpips, inside + tint, inside).item(), 1e-4 * twin)

    def test_colour(self):
        u = np.random.default_rng(1).normal(size=(3, 5))
        twin = np.mean([np.abs(np.sort(a.reshape(3, -1).T @ u, 0) - np.sort(b.reshape(3, -1).T @ u, 0)).mean()
                        for a, b in zip(self.x.numpy(), self.y.numpy())])
        a, b = self.x.flatten(2), self.y.flatten(2)
        self.same(appearance.sorted_apart(a, b, torch.from_numpy(u).float()), twin)

    def test_colour_takes_as_many_of_both(self):
        """Of pictures of other sizes; a shift by v counts mean |u v|, a half of |v| over even directions."""
        v = torch.tensor([.1, .1, .05]).view(1, 3, 1, 1)
        value = appearance.colour(self.x, self.x + v, chance(), 4096, 99_999).item()
        self.assertAlmostEqual(value, v.norm().item() / 2, delta=.01 * v.norm().item())
        small = appearance.colour(self.x, self.y[:, :, :32, :48], chance(), 64)
        self.assertGreater(small.item(), .01)

    def test_coherence(self):
        """By loops over anchors and neighbours, with the head's weights."""
        f, g = torch.randn(2, 6, 7, 9), torch.randn(2, 6, 7, 9)
        head = appearance.CoherenceHead(6, 5, 4)
        weights = [p.detach().numpy().astype(np.float64) for p in head.parameters()]
        def through(d):
            d = np.maximum(weights[0] @ d + weights[1], 0)
            d = weights[2] @ d + weights[3]
            return d / np.linalg.norm(d)
        at = chance().positions(5 * 7, 4).tolist()
        places = [(i // 7 + 1, i % 7 + 1) for i in at]
        total = 0.
        for p, q in zip(f.numpy(), g.numpy()):
            p = norm(p)
            us, vs = ([through(z[:, y, x] - z[:, y + dy, x + dx]) for y, x in places
                       for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx] for z in (p, q))
            for i, u in enumerate(us):
                likeness = np.array([np.exp(u @ v / .07) for v in vs])
                total -= np.log(likeness[i] / likeness.sum()) / len(us) / 2
        self.same(appearance.coherence(f, g, head, chance(), 4), total)

    def test_coherence_knows_its_own(self):
        f = torch.randn(1, 6, 12, 12)
        head = appearance.CoherenceHead(6)
        own = appearance.coherence(f, losses.normalised(f), head, chance()).item()
        other = appearance.coherence(f, losses.normalised(f.flip(3)), head, chance()).item()
        self.assertLess(own, .5 * other)

    def test_regions(self):
        def pooled(x, k):
            return x.reshape(2, 3, 64 // k, k, 80 // k, k).mean((3, 5))
        twin = 0.
        for k in (8, 16):
            p, s = pooled(self.x.numpy(), k), pooled(self.y.numpy(), k)
            for axis in (2, 3):
                calm = np.exp(-np.abs(np.diff(s, axis=axis)).mean(1, keepdims=True) / .04)
                twin += (calm * np.abs(np.diff(p, axis=axis))).mean()
        self.same(appearance.regions(self.x, self.y), twin)

    def step(self, over: float) -> torch.Tensor:
        """A vertical step of luma with a rim of 26 pixels on either side that overshoots by so much."""
        across = torch.arange(160.) - 79.5
        line = .5 + .2 * across.sign() + torch.where(across.abs() < 26, across.sign() * over, 0.)
        return line.expand(2, 3, 96, 160).contiguous()

    def test_halo_is_the_overshoot(self):
        source = self.step(0)
        for over, value in ((.1, .1), (.03, .03), (0., 0.), (-.05, 0.)):
            # .0125: the two columns at the step, whose 24 pixels end in the rim and whose 28 begin behind it.
            found = appearance.halo(self.step(over), source, chance(), strong=.0125)
            self.assertAlmostEqual(found.item(), value, delta=1e-4)

    def test_halo(self):
        """By loops over the places drawn and both sides, on a picture that is flat only here and there."""
        source = F.interpolate(picture(3, 4, 8), (96, 128), mode="nearest") * .9 + .05 * picture(96, 128, 5)
        painted = picture(96, 128, 9)
        at, normal = appearance.edge_places(appearance.grey(source)[:, :1], chance(), 64, .03)
        s, p = (self.grey(x[0].numpy())[0] for x in (source, painted))
        def value(image, x, y):
            x0, y0 = min(int(x), 126), min(int(y), 94)
            fx, fy = x - x0, y - y0
            top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
            return top * (1 - fy) + (image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx) * fy
        total, count = 0., 0
        for (x, y), (nx, ny) in zip(at[0].tolist(), normal[0].tolist()):
            for sign in (1, -1):
                steps = appearance.NEAR + appearance.FAR
                places = [(x + sign * t * nx, y + sign * t * ny) for t in steps]
                if not all(0 <= px <= 127 and 0 <= py <= 95 for px, py in places):
                    continue
                if np.std([value(s, *place) for place in places]) >= .06:
                    continue
                line = [value(p, *place) for place in places]
                total += max(0., sign * (np.mean(line[:len(appearance.NEAR)]) - np.mean(line[len(appearance.NEAR):])))
                count += 1
        self.assertGreater(count, 10)
        self.same(appearance.halo(painted, source, chance(), 64), total / count)

    def test_halo_pulls_the_rim_back(self):
        painted = self.step(.1).requires_grad_()
        appearance.halo(painted, self.step(0), chance()).backward()
        gradient = painted.grad.sum((0, 1))
        self.assertGreater(gradient[:, 84:104].min().item(), -1e-9)
        self.assertGreater(gradient[:, 84:104].sum().item(), .1)
        self.assertLess(gradient[:, 56:76].sum().item(), -.1)

    def test_places_of_edges_point_to_the_light(self):
        at, normal = appearance.edge_places(self.step(0)[:, :1], chance(), 32, .03)
        self.assertLess((at[..., 0] - 79.5).abs().max().item(), 4)
        self.assertTrue(torch.allclose(normal, torch.tensor([1., 0.]).expand_as(normal), atol=1e-5))
        self.assertGreater(len(set(at[0, :, 1].tolist())), 10)


class FlowTest(unittest.TestCase):
    def test_a_smooth_flow(self):
        sizes = []
        for seed in range(30):
            g = torch.Generator().manual_seed(seed)
            places = smooth_flow(1, 64, 80, random.Random(seed), g)
            y, x = torch.meshgrid(torch.arange(64.), torch.arange(80.), indexing="ij")
            flow = places[0] - torch.stack([x, y], -1)
            sizes.append(flow.std().item())
            self.assertLess(flow.diff(dim=1).abs().max().item(), .16 * flow.abs().max().item() + .01)
        self.assertGreater(max(sizes), 4 * min(sizes))
        self.assertTrue(.3 < min(sizes) and max(sizes) < 14)
        ramp = torch.stack(torch.meshgrid(torch.arange(64.), torch.arange(80.), indexing="ij"))[None].flip(1) / 80
        inner = (slice(None), slice(20, -20), slice(20, -20))
        found = moved(ramp, places).permute(0, 2, 3, 1) * 80
        self.assertLess((found - places)[inner].abs().max().item(), .02 + 1e-3 * places.abs().max().item())


if __name__ == "__main__":
    unittest.main()
