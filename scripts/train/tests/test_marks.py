"""Marks, colours, clouds and halos, of pictures that are made so that the answer is known."""
from __future__ import annotations

import math
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import support  # noqa: F401  (puts the scripts on the path)
from evaluation import colours, many, marks, sheets
from files.goldens import picture
from files.pictures import open_picture, to_image, to_tensor
from network.vgg import VGG16

H, W = 192, 256
Y, X = np.meshgrid(np.arange(H), np.arange(W), indexing="ij")


def grey(values: np.ndarray) -> torch.Tensor:
    """H x W as a picture."""
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).expand(1, 3, -1, -1)


def wave(length: float, way: float = 0., amount: float = .2) -> np.ndarray:
    """A cosine of a length in pixels, at an angle."""
    return amount * np.cos(2 * np.pi * (np.cos(way) * X + np.sin(way) * Y) / length)


def noise(seed: int, amount: float = .1) -> np.ndarray:
    return amount * np.random.default_rng(seed).normal(size=(H, W))


class MarksTest(unittest.TestCase):
    def test_detail_is_luma_less_its_box(self):
        values = .5 + noise(1)
        padded = np.pad(values, 4, mode="reflect")
        twin = values - np.mean([padded[y:y + H, x:x + W] for y in range(9) for x in range(9)], 0)
        np.testing.assert_allclose(marks.detail(grey(values)), twin / twin.std(), atol=1e-4)
        self.assertEqual(np.abs(marks.detail(grey(np.full((H, W), .3)))).max(), 0)

    def test_sameness_of_known_mixtures(self):
        """Own details c + n_s: the same c of deviation a in all and noise of deviation b of each correlate a² / (a² +
        b²)."""
        source, common = .5 + noise(1), noise(2, .06)
        for own in (.03, .06, .12):
            paintings = [grey(source + common + noise(10 + s, own)) for s in range(4)]
            self.assertAlmostEqual(marks.sameness(paintings, grey(source)), .06 ** 2 / (.06 ** 2 + own ** 2), delta=.02)

    def test_the_source_is_not_a_mark(self):
        source = .5 + noise(1)
        paintings = [grey(source * .8 + noise(20 + s, .03)) for s in range(3)]
        self.assertAlmostEqual(marks.sameness(paintings, grey(source)), 0, delta=.02)
        self.assertGreater(np.mean(marks.detail(paintings[0]) * marks.detail(paintings[1])), .8)

    def test_nearest_finds_each_pattern(self):
        torch.manual_seed(0)
        vgg = VGG16(8)
        patterns = [wave(6), wave(6, math.pi / 2), wave(14, .8), noise(3)]
        styles = [marks.mark_grams(vgg, grey(.4 + p)) for p in patterns]
        source = wave(60, .3, .15)
        paintings = [marks.mark_grams(vgg, grey(.6 + source + .5 * p)) for p in patterns]
        self.assertEqual(marks.nearest(paintings, styles), 1)
        self.assertEqual(marks.nearest([paintings[i] for i in (1, 0, 2, 3)], styles), .5)
        self.assertEqual(marks.nearest([paintings[i] for i in (1, 2, 3, 0)], styles), 0)

    def test_grey_pictures_have_one_mean_and_deviation(self):
        found = marks.plain_grey(picture(64, 80, 1) * .3)
        self.assertAlmostEqual(found.mean().item(), .5, places=4)
        self.assertAlmostEqual(found.std(correction=0).item(), .2, places=4)
        self.assertTrue(torch.equal(found[:, 0], found[:, 2]))

    def test_width_of_a_wave_is_half_its_length(self):
        for length, way in ((8, 0), (12, math.pi / 2), (16, .7), (24, 2.)):
            self.assertAlmostEqual(marks.width(grey(.5 + wave(length, way))), length / 2, delta=.04 * length)

    def test_width_of_the_painting_and_not_of_the_source(self):
        source = .5 + wave(10, .4)
        painting = grey(source + wave(20, 1.9, .1))
        self.assertAlmostEqual(marks.width(painting, grey(source)), 10, delta=.8)
        self.assertLess(marks.width(painting), 7)

    def test_rank_correlation(self):
        self.assertAlmostEqual(marks.rank_correlation([1, 2, 9, 30], [.1, .2, .3, .4]), 1)
        self.assertAlmostEqual(marks.rank_correlation([4, 3, 2, 1], [1, 2, 3, 4]), -1)
        self.assertAlmostEqual(marks.rank_correlation([1, 2, 3, 4], [1, 2, 4, 3]), .8)
        self.assertEqual(marks.rank_correlation([1, 1, 1], [1, 2, 3]), 0)


class ColoursTest(unittest.TestCase):
    def test_directions_cover_the_half_sphere(self):
        u = colours.directions(64)
        np.testing.assert_allclose(np.linalg.norm(u, axis=0), 1)
        # Of unit vectors spread evenly, uuᵀ has the mean 1/3.
        np.testing.assert_allclose(u @ u.T / 64, np.eye(3) / 3, atol=.02)

    def test_colour_distance(self):
        a, b = picture(48, 64, 1), picture(80, 96, 2)
        self.assertAlmostEqual(colours.colour_distance(a, a.flip(3).transpose(2, 3)), 0, places=7)
        u = colours.directions(64)
        for v in ((.1, 0, 0), (.05, -.1, .02)):
            moved = a + torch.tensor(v).view(1, 3, 1, 1)
            self.assertAlmostEqual(colours.colour_distance(moved, a), np.abs(np.array(v) @ u).mean(), places=6)
        def quantile(values, q):
            """By interpolation between sorted values."""
            values, at = np.sort(values), q * (len(values) - 1)
            low = int(at)
            return values[low] + (at - low) * (values[min(low + 1, len(values) - 1)] - values[low])
        total = 0.
        for d in u.T:
            p, s = (np.tensordot(d, x[0].double().numpy(), 1).ravel() for x in (a, b))
            total += np.mean([abs(quantile(p, (i + .5) / 512) - quantile(s, (i + .5) / 512)) for i in range(512)])
        self.assertGreater(total / 64, .01)
        self.assertAlmostEqual(colours.colour_distance(a, b), total / 64, places=6)

    def test_clouds_are_colour_where_the_source_has_none(self):
        tint = torch.tensor([.2, -.1, .05]).view(1, 3, 1, 1)
        flat, half = torch.full((1, 3, 64, 64), .5), (torch.arange(64) >= 32).float().expand(1, 1, 64, 64)
        cloud = flat + half * tint
        # One column of steps among 7 (k = 8) and 3 (k = 16), across but not down.
        step = colours.chroma(tint).abs().mean().item()
        self.assertAlmostEqual(colours.clouds(cloud, flat), 255 * step * (1 / 7 + 1 / 3) / 4, places=3)
        self.assertAlmostEqual(colours.clouds(flat + .3 * half, flat), 0, places=4)
        self.assertLess(colours.clouds(cloud, flat + .3 * half), .01 * colours.clouds(cloud, flat))

    def edge(self, over: float, way: float = 0.) -> torch.Tensor:
        """A step of luma at an angle with a rim of 26 pixels on either side that overshoots by so much."""
        across = np.cos(way) * (X - W / 2) + np.sin(way) * (Y - H / 2) + .5
        rim = np.where(np.abs(across) < 26, np.sign(across) * over, 0)
        return grey(.5 + .2 * np.sign(across) + rim)

    def test_halo_is_the_overshoot(self):
        for way in (0., math.pi / 2, .6, 3.):
            source = self.edge(0, way)
            self.assertAlmostEqual(colours.halo(source, source), 0, delta=1e-3)
            for over in (.1, .03, -.05):
                found = colours.halo(self.edge(over, way), source)
                self.assertAlmostEqual(found, max(0, over), delta=.06 * abs(over) + 1e-3)

    def test_halo_of_no_edges_is_none(self):
        self.assertEqual(colours.halo(self.edge(.1), grey(np.full((H, W), .5))), 0)
        self.assertEqual(colours.halo(self.edge(.1), grey(.5 + noise(1, .2))), 0, "nowhere is the source flat")


class Weaver:
    """A painter whose marks are waves as long as the style's number says; `same`: whatever the style."""

    name = "weaver"

    def __init__(self, same: bool):
        self.same, self.style_size = same, 512

    def picture(self, content: Image.Image, style: Path) -> Image.Image:
        length = 9 if self.same else float(style.stem) * self.style_size / 512
        h, w = content.height, content.width
        return to_image((to_tensor(content) * .7 + grey(.15 + wave(length, .5))[..., :h, :w]).clamp(0, 1))


class ManyTest(unittest.TestCase):
    def test_every_style_on_every_source(self):
        torch.manual_seed(0)
        with tempfile.TemporaryDirectory() as name:
            folder, styles = Path(name), []
            for length in (6, 9, 14):
                styles.append(folder / f"{length}.png")
                to_image(grey(.5 + wave(length, .5))).save(styles[-1])
            contents = [folder / f"content-{i}.png" for i in range(2)]
            for i, path in enumerate(contents):
                to_image(F.interpolate(picture(24, 32, i), (H, W), mode="bicubic")).save(path)
            judge = many.Many(VGG16(8), contents, styles, H, H)
            able = judge.judge(Weaver(False), folder / "able.png")
            self.assertEqual((able["nearest"], able["order"]), (1, 1))
            self.assertLess(able["sameness"], .2)
            self.assertGreater(able["growth"], 2)
            stuck = judge.judge(Weaver(True), folder / "stuck.png")
            self.assertGreater(stuck["sameness"], .99)
            self.assertAlmostEqual(stuck["growth"], 1, places=6)
            self.assertLess(stuck["nearest"], able["nearest"])
            with open_picture(folder / "able.png") as sheet:
                self.assertEqual(sheet.height, (len(styles) + 1) * sheets.ROW)
                self.assertGreater(sheet.width, (len(contents) + 1) * sheets.ROW)


if __name__ == "__main__":
    unittest.main()
