"""Each loss equals a twin in plain NumPy, written from its equation with loops over pictures and layers."""
from __future__ import annotations

import unittest

import numpy as np
import torch

import support  # noqa: F401  (puts the scripts on the path)
from network.perceptual import LPIPS, STYLE_LAYERS
from training import losses
from training.options import PROGRAMS_LPIPS

SHAPES = {"relu1_1": (5, 16, 12), "relu2_1": (6, 8, 6), "relu3_1": (7, 8, 6), "relu4_1": (9, 4, 6),
          "relu5_1": (8, 2, 3)}


def features(seed: int, n: int = 2) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return {l: torch.rand(n, *s, generator=g) * 3 - .5 for l, s in SHAPES.items()}


def moments(f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = f.reshape(f.shape[0], -1).astype(np.float64)
    return rows.mean(1), np.sqrt(rows.var(1) + 1e-5)


def norm(f: np.ndarray) -> np.ndarray:
    mean, std = moments(f)
    return (f - mean[:, None, None]) / std[:, None, None]


def gram(f: np.ndarray) -> np.ndarray:
    rows = f.reshape(f.shape[0], -1).astype(np.float64)
    return rows @ rows.T / rows.shape[1]


def apart(a: np.ndarray, b: np.ndarray) -> float:
    size = (np.square(a).sum() + np.square(b).sum()) / 2
    return float(np.sqrt(np.square(a - b).sum() / (size + 1e-8) + 1e-4))


def gradients(x: np.ndarray) -> float:
    return float(np.abs(np.diff(x, axis=-2)).mean() + np.abs(np.diff(x, axis=-1)).mean())


def convolved(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """C x H x W by O x C x k x k, tap by tap."""
    k = weight.shape[2]
    x = np.pad(x, [(0, 0), (padding, padding), (padding, padding)])
    h, w = ((n - k) // stride + 1 for n in x.shape[1:])
    out = np.zeros((len(weight), h, w)) + bias[:, None, None]
    for i in range(k):
        for j in range(k):
            out += np.einsum("oc,chw->ohw", weight[:, :, i, j],
                             x[:, i:i + stride * h:stride, j:j + stride * w:stride][:, :h, :w])
    return out


def lpips_twin(lpips: LPIPS, a: np.ndarray, b: np.ndarray) -> float:
    """LPIPS of two pictures, C x H x W, from the definition: unit features' squared difference, weighed by channel,
    averaged."""
    def features(rgb: np.ndarray) -> list[np.ndarray]:
        x = (2 * rgb - 1 - np.array([-.030, -.088, -.188])[:, None, None]) / np.array([.458, .448, .450])[:, None, None]
        out = []
        for i, (stride, padding) in enumerate(((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))):
            if i in (1, 2):
                h, w = ((n - 3) // 2 + 1 for n in x.shape[1:])
                x = np.max([x[:, y:y + 2 * h:2, z:z + 2 * w:2][:, :h, :w] for y in range(3) for z in range(3)], 0)
            x = np.maximum(convolved(x, lpips.weights[i].numpy(), lpips.biases[i].numpy(), stride, padding), 0)
            out.append(x / (np.sqrt(np.square(x).sum(0)) + 1e-10))
        return out
    return float(sum((head.numpy().reshape(-1, 1, 1) * np.square(p - q)).sum(0).mean()
                     for head, p, q in zip(lpips.heads, features(a), features(b))))


class LossesTest(unittest.TestCase):
    def setUp(self):
        self.a, self.b = features(1), features(2)
        self.na = {l: f.numpy() for l, f in self.a.items()}
        self.nb = {l: f.numpy() for l, f in self.b.items()}
        g = torch.Generator().manual_seed(5)
        self.x, self.y = (torch.rand(2, 3, 64, 80, generator=g) for _ in range(2))

    def same(self, loss: torch.Tensor, twin: float):
        self.assertGreater(abs(twin), 1e-4, "a loss of nothing proves nothing")
        self.assertAlmostEqual(loss.item() / twin, 1, delta=2e-4)

    def test_content(self):
        twin = sum(np.mean([np.square(norm(p) - norm(q)).mean() for p, q in zip(self.na[l], self.nb[l])])
                   for l in ("relu4_1", "relu5_1"))
        self.same(losses.content(self.a, self.b), twin)

    def test_content_weighted(self):
        weights = {"relu2_1": .3, "relu4_1": 1.}
        targets = {l: losses.normalised(self.b[l]) for l in weights}
        twin = sum(w * np.mean([np.square(norm(p) - norm(q)).mean() for p, q in zip(self.na[l], self.nb[l])])
                   for l, w in weights.items())
        self.same(losses.content_weighted(self.a, targets, weights), twin)

    def test_style(self):
        twin = 0.
        for l in STYLE_LAYERS:
            pairs = [(moments(p), moments(q)) for p, q in zip(self.na[l], self.nb[l])]
            twin += np.mean([np.square(p[0] - q[0]).mean() for p, q in pairs])
            twin += np.mean([np.square(p[1] - q[1]).mean() for p, q in pairs])
        targets = {l: losses.style_target(f) for l, f in self.b.items()}
        self.same(losses.style(self.a, targets), twin)

    def test_style_relative(self):
        def apart_of(l):
            total = 0.
            for p, q in zip(self.na[l], self.nb[l]):
                (mp, sp), (mq, sq) = moments(p), moments(q)
                total += (.35 * (apart(mp, mq) + apart(sp, sq)) + 1.5 * apart(gram(p), gram(q))) / 2 / 5
            return total
        twin, last = sum(map(apart_of, STYLE_LAYERS)), apart_of("relu5_1")
        targets = {l: losses.style_target(f) for l, f in self.b.items()}
        self.same(losses.style_relative(self.a, targets), twin)
        self.same(losses.style_relative(self.a, targets, shares={"relu5_1": 2.}), twin + last)
        self.same(losses.style_relative({l: self.a[l] for l in STYLE_LAYERS[:4]}, targets, shares={"relu5_1": 2.}),
                  twin - last)

    def test_reconstruction(self):
        twin = 20 * np.square(self.x.numpy() - self.y.numpy()).mean()
        twin += .5 * sum(np.square(self.na[l] - self.nb[l]).mean()
                         for l in ("relu2_1", "relu3_1", "relu4_1", "relu5_1"))
        self.same(losses.reconstruction(self.x, self.y, self.a, self.b), twin)

    def test_reconstruction_relative(self):
        layers = ("relu2_1", "relu3_1")
        twin = 3 * np.abs(self.x.numpy() - self.y.numpy()).mean()
        twin += .3 * sum(np.mean([apart(p, q) for p, q in zip(self.na[l], self.nb[l])]) for l in layers)
        a, b = ({l: f[l] for l in layers} for f in (self.a, self.b))
        self.same(losses.reconstruction_relative(self.x, self.y, a, b), twin)

    def remd_twin(self, a: np.ndarray, b: np.ndarray) -> float:
        out = []
        for p, q in zip(a.reshape(2, a.shape[1], -1), b.reshape(2, b.shape[1], -1)):
            p, q = p / np.linalg.norm(p, axis=0), q / np.linalg.norm(q, axis=0)
            distance = np.array([[1 - p[:, i] @ q[:, j] for j in range(q.shape[1])] for i in range(p.shape[1])])
            out.append(max(distance.min(1).mean(), distance.min(0).mean()))
        return float(np.mean(out))

    def test_remd(self):
        unit = torch.nn.functional.normalize(self.b["relu4_1"].flatten(2), dim=1)
        self.same(losses.remd(self.a["relu4_1"], unit), self.remd_twin(self.na["relu4_1"], self.nb["relu4_1"]))
        chosen = torch.tensor([3, 0, 11, 7])
        some = self.na["relu4_1"].reshape(2, 9, -1)[:, :, [3, 0, 11, 7]]
        self.same(losses.remd(self.a["relu4_1"], unit, chosen), self.remd_twin(some, self.nb["relu4_1"]))

    def test_adversarial(self):
        a, b = ([f["relu3_1"], f["relu4_1"]] for f in (self.a, self.b))
        na, nb = ([f["relu3_1"], f["relu4_1"]] for f in (self.na, self.nb))
        self.same(losses.adversarial_painter(a), sum(np.square(s - 1).mean() for s in na))
        self.same(losses.adversarial_critic(a, b),
                  sum(np.square(r - 1).mean() + np.square(p).mean() for r, p in zip(na, nb)) / 2)

    def test_foresight(self):
        small = self.nb["relu3_1"].reshape(2, 7, 4, 2, 3, 2).mean((3, 5))
        prediction = torch.randn(2, 7, 4, 3, generator=torch.Generator().manual_seed(9))
        twin = np.mean([np.square(p - norm(q)).mean() for p, q in zip(prediction.numpy(), small)])
        self.same(losses.foresight(prediction, self.b["relu3_1"]), twin)

    def test_flicker(self):
        d = self.x.numpy() - self.y.numpy()
        half = d.reshape(2, 3, 32, 2, 40, 2).mean((3, 5))
        self.same(losses.flicker(self.x, self.y), np.abs(d).mean() + gradients(d) + gradients(half))

    def test_perceptual(self):
        lpips = LPIPS(PROGRAMS_LPIPS)
        twin = np.mean([lpips_twin(lpips, a, b) for a, b in zip(self.x.numpy(), self.y.numpy())])
        self.same(losses.perceptual(lpips, self.x, self.y), twin)
        near = .9 * self.x + .1 * self.y
        ratios = [lpips_twin(lpips, a, b) / (lpips_twin(lpips, x, y) + .02)
                  for a, b, x, y in zip(self.x.numpy(), self.y.numpy(), self.x.numpy(), near.numpy())]
        self.same(losses.temporal(lpips, self.x, self.y, self.x, near), np.mean(ratios))

    def test_gate_and_drawing(self):
        self.same(losses.gate(self.x.bfloat16()), np.square(self.x.bfloat16().float().numpy()).mean())
        self.same(losses.drawing(self.x, self.y), 10 * np.abs(self.x.numpy() - self.y.numpy()).mean())

    def test_temporal(self):
        """With a plain distance in LPIPS's place (which test_measures.py holds to its authors' figures)."""
        def distance(a, b):
            return (a - b).square().mean((1, 2, 3))
        g = torch.Generator().manual_seed(6)
        p, q = (torch.rand(2, 3, 64, 80, generator=g) for _ in range(2))
        p[1] = q[1] * .9 + p[1] * .1  # two pictures with different ratios: a ratio of means would differ
        twin = np.mean([np.square(a - b).mean() / (np.square(x - y).mean() + .02)
                        for a, b, x, y in zip(self.x.numpy(), self.y.numpy(), p.numpy(), q.numpy())])
        self.same(losses.temporal(distance, self.x, self.y, p, q), twin)

    def test_total_variation(self):
        self.same(losses.total_variation(self.x), gradients(self.x.numpy()))

    @staticmethod
    def locked(x: np.ndarray, period: int) -> np.ndarray:
        """Detail averaged over the repetitions of each phase of a lattice, root mean square: of each tile of each
        picture."""
        def blur(x):
            for axis in (2, 3):
                padded = np.pad(x, [(2, 2) if i == axis else (0, 0) for i in range(4)], mode="reflect")
                x = sum(w / 16 * np.take(padded, range(i, i + x.shape[axis]), axis)
                        for i, w in enumerate((1, 4, 6, 4, 1)))
            return x
        x = x.astype(np.float64)
        repeats = 64 // period
        tile = period * repeats
        detail, out = x - blur(blur(x)), []
        for top in range(0, x.shape[2] - tile + 1, tile):
            for left in range(0, x.shape[3] - tile + 1, tile):
                folded = np.zeros((len(x), 3, period, period))
                for i in range(top, top + tile, period):
                    for j in range(left, left + tile, period):
                        folded += detail[:, :, i:i + period, j:j + period] / repeats ** 2
                out.append(np.sqrt(np.square(folded).mean((1, 2, 3)) + 1e-7))
        return np.array(out)

    def test_lattice(self):
        self.same(losses.lattice(self.x), np.mean(self.locked(self.x.numpy(), 8)))
        tiles = self.tiles()
        self.assertEqual(self.locked(tiles.numpy(), 8).shape, (6, 1))
        self.same(losses.lattice(tiles), np.mean(self.locked(tiles.numpy(), 8)))

    def tiles(self) -> torch.Tensor:
        """A picture of 2 x 3 tiles, each with more texture than the one before."""
        picture = torch.rand(1, 3, 128, 192, generator=torch.Generator().manual_seed(7))
        amounts = torch.linspace(.02, 1, 6).view(2, 3)
        return .5 + (picture - .5) * amounts.repeat_interleave(64, 0).repeat_interleave(64, 1)

    def test_grid(self):
        x = .1 * self.x + .1 * torch.cos(torch.pi * torch.arange(self.x.shape[3]) / 4)
        eights, sevens, nines = (np.log(self.locked(x.numpy(), period) + 1e-3).mean() for period in (8, 7, 9))
        self.same(losses.grid(x), eights - (sevens + nines) / 2)
        self.assertGreater(losses.grid(x).item(), 1)
        tiles = self.tiles() + .05 * torch.cos(torch.pi * torch.arange(192) / 4)
        eights, sevens, nines = (np.log(self.locked(tiles.numpy(), period) + 1e-3).mean() for period in (8, 7, 9))
        self.same(losses.grid(tiles), eights - (sevens + nines) / 2)

    def test_grid_counts_flat_places_as_much(self):
        """A weave in a flat picture, beside one of strong texture: `grid` sees it, `lattice` hardly."""
        strong, flat = torch.rand(1, 3, 64, 64) * .8, torch.rand(1, 3, 64, 64) * .01
        weave = torch.zeros(8, 8)
        weave[::4, ::4] = .05
        texture, woven = torch.cat([strong, flat]), torch.cat([strong, flat + weave.repeat(8, 8)])
        self.assertGreater(losses.grid(woven).item(), losses.grid(texture).item() + .5)
        self.assertLess(losses.lattice(woven).item(), 1.5 * losses.lattice(texture).item())

    def test_lattice_sees_a_grid_and_not_a_texture(self):
        texture = self.x.clone()
        grid = torch.zeros(8, 8)
        grid[::4, ::4] = .2
        self.assertGreater(losses.lattice(texture * .1 + grid.repeat(8, 10)).item(),
                           4 * losses.lattice(texture * .1).item())


if __name__ == "__main__":
    unittest.main()
