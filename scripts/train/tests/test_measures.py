"""What the evaluation counts, on pictures and clips whose answer is known."""
from __future__ import annotations

import unittest

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import support  # noqa: F401  (puts the scripts on the path)
import clips
import measures
import painters
from goldens import picture
from pictures import to_image
from stylekernel import VGG16


def shifted_frames(count: int, by: int) -> list[Image.Image]:
    """A scene that moves `by` pixels to the left each frame."""
    wide = picture(96, 160 + by * count, 5)
    return [to_image(wide[:, :, :, by * i:by * i + 160]) for i in range(count)]


class MeasuresTest(unittest.TestCase):
    def test_gram_error(self):
        torch.manual_seed(0)
        vgg = VGG16(16)
        a, b = measures.grams(vgg, picture(64, 64, 1)), measures.grams(vgg, picture(64, 64, 2))
        self.assertEqual(measures.gram_error(a, a), 0)
        self.assertAlmostEqual(measures.gram_error([2 * g for g in a], a), 1, places=5)
        twin = np.mean([np.linalg.norm(p.numpy() - q.numpy()) / np.linalg.norm(q.numpy()) for p, q in zip(a, b)])
        self.assertAlmostEqual(measures.gram_error(a, b), twin, places=5)

    def test_edges(self):
        x = torch.zeros(1, 3, 64, 64)
        x[..., 20:44, 20:44] = 1
        self.assertEqual(measures.edge_share(x, x), 1)
        self.assertEqual(measures.edge_share(x, x.roll(2, 3)), 1)
        self.assertLess(measures.edge_share(x, x.roll(9, 3)), .75)
        self.assertEqual(measures.edge_share(x, torch.zeros_like(x)), 0)
        self.assertEqual(measures.edge_share(torch.zeros_like(x), x), 1)

    def test_grid(self):
        torch.manual_seed(1)
        texture = torch.rand(1, 3, 288, 288)
        self.assertAlmostEqual(measures.grid_excess(texture), 1, delta=.15)
        grid = torch.zeros(4, 4)
        grid[0, 0] = 1
        self.assertGreater(measures.grid_excess(.8 * texture + .2 * grid.repeat(72, 72)), 1.5)

    def test_gradient_energy(self):
        ramp = (torch.arange(8.) / 8).view(1, 1, 1, 8).expand(1, 3, 8, 8)
        self.assertAlmostEqual(measures.gradient_energy(ramp), 255 / 8, places=3)

    def test_flow_and_visibility(self):
        frames = shifted_frames(4, 3)
        pairs = clips.motions(frames, 2, 1)
        self.assertEqual([(m.first, m.second) for m in pairs], [(0, 2), (1, 3)])
        inner = pairs[0].flow[20:-20, 30:-30]
        self.assertAlmostEqual(float(np.median(inner[..., 0])), -6, delta=.3)
        self.assertFalse(pairs[0].mask[:, :2].any(), "what has left the frame is not visible")
        self.assertGreater(pairs[0].mask.mean(), .7)
        a, b = (np.asarray(frames[i], np.float32) for i in (0, 2))
        error = np.abs(a - clips.warp(b, pairs[0].flow))[pairs[0].mask].mean()
        self.assertLess(error, .3 * np.abs(a - b)[pairs[0].mask].mean())

    def test_scenes(self):
        frames = shifted_frames(3, 2) + [to_image(1 - .6 * picture(96, 160, 9))] * 2
        self.assertEqual(clips.scenes(frames), [(0, 3), (3, 5)])

    def test_reference_pads_by_reflection(self):
        x = torch.arange(5.).view(1, 1, 1, 5).expand(1, 3, 2, 5)
        padded = painters.pad(x, 16)
        self.assertEqual(tuple(padded.shape), (1, 3, 48, 48))
        expected = [4 - abs(4 - i % 8) for i in range(48)]  # period 2 (n - 1)
        self.assertEqual(padded[0, 0, 0].tolist(), expected)
        self.assertEqual(painters.pad(x[..., :1, :1], 16).unique().tolist(), [0])

    def test_scene_statistics(self):
        """Two frames' statistics together are those of both side by side."""
        painter = painters.Reference.__new__(painters.Reference)
        painter.multiple, painter.net = 16, Identity()
        one, two = picture(48, 48, 1), picture(48, 48, 2) * .5
        both = painter.scene_statistics([to_image(one), to_image(two)])["z"]
        joined = torch.cat([one, two], 3)
        self.assertTrue(torch.allclose(both.mean.flatten(), joined.mean((0, 2, 3)), atol=3e-3))
        self.assertTrue(torch.allclose(both.std.flatten(), joined.std((0, 2, 3), correction=0), atol=3e-3))


class Identity:
    """Stands in for a network whose features are the picture."""

    def encode(self, rgb):
        return {"z": rgb}

    def measure(self, z):
        from stylekernel import statistics
        return {"z": statistics(z["z"])}


if __name__ == "__main__":
    unittest.main()
