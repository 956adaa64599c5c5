"""What the evaluation counts, on pictures and clips whose answer is known."""
from __future__ import annotations

import json
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import support
from evaluation import clips, evaluate, many, measures, painters, sheets
from files import goldens, weights_file
from files.failure import Failure
from files.goldens import picture
from files.pictures import to_image, to_tensor
from network.perceptual import LPIPS
from network.stylekernel import Config
from network.vgg import VGG16

REPOSITORY = Path(__file__).resolve().parents[3]


def shipped_lpips() -> LPIPS:
    return LPIPS(REPOSITORY / "Sources/Weights/Resources/lpips-alex.safetensors")


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

    @torch.no_grad()
    def test_lpips_is_the_authors(self):
        """Their two example pairs, by their own package's figures."""
        folder, lpips, seen = REPOSITORY / "Tests/PerceptionTests/Pictures", shipped_lpips(), 0
        for pair in json.loads((folder / "expected.json").read_text())["pairs"]:
            if "a" in pair:
                a, b = (to_tensor(Image.open(folder / pair[side]).convert("RGB")) for side in "ab")
                self.assertAlmostEqual(lpips(a, b).item(), pair["distance"], delta=1e-4)
                seen += 1
        self.assertEqual(seen, 2)

    @torch.no_grad()
    def test_masked_lpips(self):
        """All of a picture weighs as no mask does, and what is masked out does not count."""
        lpips, a, b = shipped_lpips(), picture(96, 128, 1), picture(96, 128, 2)
        x, y = lpips.features(a), lpips.features(b)
        whole = lpips.distance(x, y).item()
        self.assertAlmostEqual(lpips.distance(x, y, torch.ones(1, 1, 96, 128)).item(), whole, places=5)
        left = torch.zeros(1, 1, 96, 128)
        left[..., :32] = 1
        half = torch.cat([a[..., :96], b[..., 96:]], 3)  # differs from a at the right, beyond any window of the left
        self.assertGreater(lpips.distance(x, lpips.features(half)).item(), .02)
        self.assertLess(lpips.distance(x, lpips.features(half), left).item(), .05 * whole)

    def test_steadiness(self):
        lpips, frames = shipped_lpips(), shifted_frames(3, 2)
        cut = frames + [to_image(1 - .6 * picture(96, 160, 9))] * 2
        with torch.no_grad():
            one, two = (lpips(to_tensor(frames[i]), to_tensor(frames[i + 1])).item() for i in (0, 1))
        self.assertGreater(min(one, two), .01)
        self.assertAlmostEqual(clips.temporal(lpips, frames, [(0, 3)]), (one + two) / 2, places=5)
        # The pair across the cut is left out; the two frames after it are one and the same.
        self.assertAlmostEqual(clips.temporal(lpips, cut, clips.scenes(cut)), (one + two) / 3, places=5)
        pairs = {1: clips.motions(frames, 1, 1)}
        itself = clips.steadiness(lpips, frames, frames, pairs)
        self.assertEqual(itself["ratio"], 1)
        still = clips.steadiness(lpips, frames, [frames[0]] * 3, pairs)
        self.assertEqual(still["ratio"], 0)
        # Seen along the motion it is the other way about: what moves with the scene is steady, what stands is not.
        for name in "rmse1", "lpips1":
            self.assertLess(itself[name], .5 * still[name])
        with self.assertRaises(Failure):
            clips.steadiness(lpips, frames, frames[:2], pairs)

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
        from network.blocks import statistics
        return {"z": statistics(z["z"])}


class EvaluationTest(unittest.TestCase):
    def test_every_style_has_its_turn(self):
        names = [Path(f"{i:02}") for i in range(24)]
        for count in (1, 5, 7, 12, 14, 24):
            met = [style for _, style in evaluate.pairs_of(names[:count], names[:count], 1)]
            self.assertEqual(sorted(met), names[:count])
        self.assertEqual(evaluate.pairs_of(names, names, 10),
                         [(names[0], names[0]), (names[10], names[22]), (names[20], names[20])])

    def test_a_whole_evaluation(self):
        """Two pairs, two sizes and a clip: what must be so of the source itself and of the style itself, whatever the
        networks see."""
        torch.manual_seed(2)
        vgg, net = VGG16(16), goldens.odd(Config(heads=2, **goldens.SMALL))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for kind, seed in (("content", 1), ("style", 11), ("clips", 0)):
                (folder / kind).mkdir()
                for i in range(2 if seed else 0):
                    to_image(picture(80, 96 + 16 * i, seed + i)).save(folder / kind / f"{i}.png")
            support.make_clip(shifted_frames(12, 2), folder / "clips" / "moving.mp4")
            weights_file.save(folder / "small.safetensors", dict(net.named_parameters()), net.cfg)
            words = ["evaluate", *(word for kind in ("content", "style", "clips", "out")
                                   for word in (f"--{kind}", str(folder / kind))),
                     "--painter", "torch", "--weights", str(folder / "small.safetensors"), "--sizes", "64,96",
                     "--style-size", "64", "--frames", "12",
                     "--clip-height", "96", "--marks", *(str(folder / "style" / f"{i}.png") for i in range(2)),
                     "--networks", str(folder)]
            with unittest.mock.patch("sys.argv", words), \
                    unittest.mock.patch("evaluation.evaluate.load_vgg16", lambda path: vgg), \
                    unittest.mock.patch("evaluation.evaluate.LPIPS", lambda path: shipped_lpips()):
                evaluate.main()
            scores = json.loads((folder / "out" / "scores.json").read_text())
            table = (folder / "out" / "table.md").read_text()
            rows = ["pytorch, small", "source untouched", "style itself"]
            self.assertEqual((list(scores["pictures"]), list(scores["clips"]), scores["pairs"]), (rows, rows, 2))
            for size in ("64", "96"):
                ours, source, style = (scores["pictures"][row][size] for row in rows)
                self.assertEqual((source["lpips"], source["edges"]), (0, 1))
                self.assertLess(style["gram"], .5 * min(source["gram"], ours["gram"]))
                self.assertEqual((source["luma"], set(ours)), (0, set(evaluate.PICTURE_COLUMNS)))
                self.assertLess(style["colour"], .5 * min(source["colour"], ours["colour"]))
                self.assertGreater(ours["clouds"], 0)
                self.assertGreater(min(ours["gram"], ours["lpips"], style["lpips"]), .05)
                self.assertIn(f"| pytorch, small | {ours['gram']:.3f} | {ours['lpips']:.3f} |", table)
                with Image.open(folder / "out" / f"sheet-{size}.png") as sheet:
                    self.assertEqual(sheet.height, 2 * sheets.ROW)
            self.assertEqual({row: set(of["64"]) for row, of in scores["many"].items()}, {rows[0]: set(many.COLUMNS)})
            with Image.open(folder / "out" / "marks-1.png") as sheet:
                self.assertEqual(sheet.height, 3 * sheets.ROW)
            ours, source, style = (scores["clips"][row]["moving"] for row in rows)
            self.assertEqual((source["ratio"], style["temporal"]), (1, 0))
            self.assertGreater(ours["temporal"], 0)
            self.assertAlmostEqual(ours["ratio"], ours["temporal"] / source["temporal"], places=6)
            self.assertEqual(set(ours), set(evaluate.CLIP_COLUMNS))

    def test_wrong_words_are_refused_before_the_work(self):
        self.assertEqual(evaluate.sizes("512,1080"), [512, 1080])
        for words in ("512,x", "", "8"):
            with self.assertRaisesRegex(Failure, "cannot read --sizes"):
                evaluate.sizes(words)
        with tempfile.TemporaryDirectory() as folder:
            for there in (folder, folder + "/none"):
                with self.assertRaisesRegex(Failure, "found no clips"):
                    evaluate.clips_in(there)
            Path(folder, "b.MP4").touch()
            Path(folder, "a.mkv").touch()
            with unittest.mock.patch("shutil.which", lambda tool: "/bin/" + tool):
                self.assertEqual([p.name for p in evaluate.clips_in(folder)], ["a.mkv", "b.MP4"])
            with unittest.mock.patch("shutil.which", lambda tool: None if tool == "ffprobe" else tool):
                with self.assertRaisesRegex(Failure, "ffprobe is missing"):
                    evaluate.clips_in(folder)


if __name__ == "__main__":
    unittest.main()
