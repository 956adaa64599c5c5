"""Pictures and windows: the same from folders and tars, by number, and from any point of a run; options and pieces."""
from __future__ import annotations

import io
import random
import tarfile
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import torch
from PIL import Image

import support
from files.failure import Failure
from files.goldens import picture
from files.pictures import open_picture, prepare_style, to_image
from files.pieces import join, split
from training.data import FramePairs, Windows, decode, load_pairs, load_pictures, recoloured
from training.draws import Pool
from training.frames import disturbed, moving_thing, through_codec
from training.sources import Source
from training.stages import Batch, parse_stages, stage_at

CPU = torch.device("cpu")


class DataTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        (self.path / "a").mkdir()
        for i in range(4):
            to_image(picture(60, 90, i)).save(self.path / "a" / f"{i}.png")

    def tearDown(self):
        self.folder.cleanup()

    def test_folder_and_tar_give_the_same(self):
        with tarfile.open(self.path / "a.tar", "w") as tar:
            for i in (2, 0, 3, 1):
                tar.add(self.path / "a" / f"{i}.png", f"{i}.png")
        one = load_pictures([str(self.path / "a")], 48, 16, CPU)
        two = load_pictures([str(self.path / "a.tar")], 48, 16, CPU)
        self.assertEqual([tuple(p.shape) for p in one], [(3, 48, 72)] * 4)
        self.assertTrue(all(torch.equal(p, q) for p, q in zip(one, two)))

    def test_bad_places(self):
        for place, words in ((self.path / "none", "neither a folder nor"), (self.path / "empty", "no pictures")):
            (self.path / "empty").mkdir(exist_ok=True)
            with self.assertRaisesRegex(Failure, words):
                load_pictures([str(place)], 48, 16, CPU)
        (self.path / "a" / "9.png").write_bytes(b"not a picture")
        self.assertEqual(len(load_pictures([str(self.path / "a")], 48, 16, CPU)), 4)
        with self.assertRaisesRegex(Failure, "no picture of at least 300"):
            load_pictures([str(self.path / "a")], 48, 300, CPU)

    def test_windows_go_by_number(self):
        windows = Windows(load_pictures([str(self.path / "a")], 60, 16, CPU), 7, .5)
        self.assertTrue(torch.equal(windows(5, 32), windows(5, 32)))
        self.assertFalse(torch.equal(windows(5, 32), windows(6, 32)))
        self.assertEqual(tuple(windows(3, 48).shape), (1, 3, 48, 48))

    def test_windows_leave_small_pictures_alone(self):
        white, black = torch.full((3, 64, 64), 255, dtype=torch.uint8), torch.zeros(3, 30, 30, dtype=torch.uint8)
        windows = Windows([white, black], 7, .5)
        self.assertEqual({windows(n, 64).mean().item() for n in range(12)}, {1.})
        self.assertEqual({windows(n, 24).mean().item() for n in range(12)}, {0., 1.})
        self.assertEqual(tuple(Windows([black], 7, .5)(0, 64).shape), (1, 3, 64, 64))

    def test_exact_windows_are_cut_out(self):
        ramp = torch.arange(60, dtype=torch.uint8).expand(3, 40, 60)
        window = (Windows([ramp], 3, .5, exact=True)(0, 32) * 255).round()
        self.assertEqual(window.shape[2:], (32, 32))
        self.assertTrue(((window[..., 1:] - window[..., :-1]).abs() == 1).all())
        blob = io.BytesIO()
        to_image(picture(50, 70, 1)).save(blob, "png")
        self.assertEqual([decode(blob.getvalue(), 100, 48, exact).shape[1:] for exact in (False, True)],
                         [(50, 70), (100, 140)])
        self.assertIsNone(decode(blob.getvalue(), 100, 51, True), "a small picture is not made a large one")

    def test_every_place_of_contents_meets_every_place_of_styles(self):
        def places(count, seed):
            return [Windows([torch.full((3, 32, 32), i, dtype=torch.uint8)], seed + i, 1.) for i in range(count)]
        for counts in ((4, 4), (4, 2), (6, 4), (3, 4), (1, 3)):
            source = Source(places(counts[0], 1), places(counts[1], 50), None, 1, CPU, False)
            seen = [tuple(round(source.window(kind, n, 16).mean().item() * 255) for kind in ("content", "style"))
                    for n in range(24)]
            self.assertEqual(len(set(seen)), counts[0] * counts[1], counts)
            for kind in (0, 1):  # each equally often
                times = [sum(pair[kind] == i for pair in seen) for i in range(counts[kind])]
                self.assertEqual(set(times), {24 // counts[kind]}, counts)

    def test_varied_windows_are_other_paintings(self):
        pictures = load_pictures([str(self.path / "a")], 60, 16, CPU)
        plain, varied = Windows(pictures, 7, .5), Windows(pictures, 7, .5, varied=1.)
        for n in range(6):
            window = varied(n, 48)
            self.assertTrue(torch.equal(window, varied(n, 48)))
            self.assertEqual(tuple(window.shape), (1, 3, 48, 48))
            self.assertTrue(0 <= window.min() and window.max() <= 1)
            self.assertGreater((window - plain(n, 48)).abs().mean().item(), .02)
        outside = torch.full((1, 3, 8, 8), 1 + 1e-6)
        outside[..., 4:] = -1e-6
        self.assertTrue(all(torch.isfinite(recoloured(outside, random.Random(n))).all() for n in range(20)))

    def test_places_of_small_pictures_are_passed_over(self):
        white, black = torch.full((3, 64, 64), 255, dtype=torch.uint8), torch.zeros(3, 30, 30, dtype=torch.uint8)
        source = Source([Windows([black], 7, .5), Windows([white], 8, .5)], [], None, 1, CPU, False)
        self.assertEqual([source.window("content", n, 64).mean().item() for n in range(4)], [1.] * 4)
        self.assertEqual([source.window("content", n, 24).mean().item() for n in range(4)], [0., 1., 0., 1.])
        source = Source([Windows([black], 7, .5)], [], None, 1, CPU, False)
        self.assertEqual(tuple(source.window("content", 0, 64).shape), (1, 3, 64, 64))

    def frames(self):
        """Two places: one of three frames whose letters are their brightness, one of two; one frame is alone."""
        (self.path / "pairs").mkdir()
        for name, level in (("x-a", 10), ("x-b", 20), ("x-c", 30), ("y-y-a", 110), ("y-y-b", 120), ("z-a", 200)):
            Image.new("RGB", (80, 60), (level, 0, 0)).save(self.path / "pairs" / f"{name}.png")
        return load_pairs([str(self.path / "pairs")], CPU)

    def test_pairs_of_frames(self):
        places = self.frames()
        self.assertEqual([[f[0, 0, 0].item() for f in place] for place in places], [[10, 20, 30], [110, 120]])
        pairs, seen = FramePairs(places, 3), set()
        for number in range(80):
            first, second = pairs(number, 48)
            self.assertEqual((tuple(first.shape), tuple(second.shape)), ((1, 3, 48, 48),) * 2)
            seen.add(tuple(round(255 * w[0, 0, 0, 0].item()) for w in (first, second)))
        self.assertEqual(seen, {(10, 20), (20, 10), (10, 30), (30, 10), (110, 120), (120, 110)})
        self.assertTrue(pairs.fits(80))
        self.assertFalse(pairs.fits(96))
        with self.assertRaisesRegex(Failure, "no pairs of frames"):
            load_pairs([str(self.path / "a")], CPU)

    def test_both_frames_are_cut_at_one_place(self):
        frame = (picture(60, 80, 5)[0] * 255).byte()
        pairs = FramePairs([[frame, frame]], 3)
        self.assertTrue(all(torch.equal(*pairs(number, 48)) for number in range(8)))
        self.assertFalse(torch.equal(pairs(0, 48)[0], pairs(1, 48)[0]))

    def test_every_third_content_is_of_a_pair(self):
        white = torch.full((3, 80, 80), 255, dtype=torch.uint8)
        source = Source([Windows([white], 1, 1.)], [], None, 1, CPU, False, pairs=FramePairs(self.frames(), 3))
        found = [source.content(n, 64) for n in range(6)]
        self.assertEqual([second is not None for _, second in found], [True, False, False] * 2)
        self.assertEqual([first.mean().item() == 1 for first, _ in found], [False, True, True] * 2)
        self.assertEqual(tuple(found[0][1].shape), (1, 3, 48, 48))
        self.assertIsNone(source.content(0, 200)[1], "frames are not enlarged so far")

    def test_pool_forgets_nothing_that_counts(self):
        pool = Pool(lambda numbers: numbers, 4, .5)
        pool.move_to(0)
        for step in range(1, 9):
            pool.move_to(step)
        fresh = Pool(lambda numbers: numbers, 4, .5)
        fresh.move_to(8)
        self.assertEqual(list(pool.entries), list(fresh.entries))
        self.assertEqual(list(pool.entries), [4, 5, 6, 7])

    def test_codec_blocks_and_errs_little(self):
        rgb = torch.cat([picture(41, 50, 1), picture(41, 50, 2)])
        fine, coarse = (through_codec(rgb, s) for s in (1 / 512, 1 / 8))
        self.assertLess((fine - rgb).abs().max().item(), .02)
        self.assertGreater((coarse - rgb).abs().mean().item(), 4 * (fine - rgb).abs().mean().item())
        each = torch.tensor([1 / 512, 1 / 8]).view(2, 1, 1, 1)
        self.assertTrue(torch.equal(through_codec(rgb, each), torch.cat([fine[:1], coarse[1:]])))

    def test_other_frames_differ_a_little(self):
        """By noise, light and blocks, now and then not at all; and blocks of 16 pixels that a codec left alone are the
        first frame's."""
        rgb, shares = picture(48, 80, 1), []
        for seed in range(60):
            frame = disturbed(rgb, random.Random(seed), torch.Generator().manual_seed(seed))
            again = disturbed(rgb, random.Random(seed), torch.Generator().manual_seed(seed))
            self.assertTrue(torch.equal(frame, again))
            self.assertTrue(0 <= frame.min() and frame.max() <= 1)
            self.assertLess((frame - rgb).abs().mean().item(), .1)
            changed = (frame != rgb).any(1).float()
            blocks = changed[0].reshape(3, 16, 5, 16).amax((1, 3))
            shares.append(blocks.mean().item())
        self.assertGreater(sum(share == 1 for share in shares), 15)
        self.assertGreater(sum(0 < share < 1 for share in shares), 10)

    def test_stages(self):
        stages = parse_stages("256/384*3@0.6,448*1@0.2", 16)
        self.assertEqual([stages.index(stage_at(stages, d)) for d in (0, .74, .76, 1)], [0, 0, 1, 1])
        self.assertEqual([s.batches for s in stages], [(Batch(256, 384, 3),), (Batch(448, 448, 1),)])
        self.assertEqual([stages[0].turn(step) for step in range(3)], [(0, 0), (0, 1), (0, 2)])
        both = parse_stages("256*3+448*1@0.3", 16)[0]
        self.assertEqual([both.turn(step) for step in range(6)], [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (0, 3)])
        for bad in ("256", "250*3", "256*0", "x*1", "256*1@0", "256*1+", "256*1@1+448*1"):
            with self.assertRaises(Failure):
                parse_stages(bad, 16)

    def test_style_preparation(self):
        self.assertEqual(prepare_style(to_image(picture(50, 400, 1)), 100).size, (384, 96))
        self.assertEqual(prepare_style(to_image(picture(90, 60, 1)), 20).size, (48, 80))

    def test_pictures_upright_on_white(self):
        image = to_image(picture(20, 30, 4)).convert("RGBA")
        image.putalpha(0)
        image.save(self.path / "clear.png")
        self.assertEqual(open_picture(self.path / "clear.png").getextrema(), ((255, 255),) * 3)

        turned = to_image(picture(20, 30, 4))
        exif = turned.getexif()
        exif[0x0112] = 6  # a quarter turn to the right
        turned.save(self.path / "turned.jpg", exif=exif)
        self.assertEqual(open_picture(self.path / "turned.jpg").size, (20, 30))

    def test_a_picture_too_large_is_left_out(self):
        # At twice as many Pillow refuses, with an error of its own.
        with unittest.mock.patch("PIL.Image.MAX_IMAGE_PIXELS", 1000):
            with self.assertRaisesRegex(Failure, "cannot read the picture"):
                open_picture(self.path / "a" / "0.png")
            to_image(picture(30, 30, 9)).save(self.path / "a" / "small.png")
            self.assertEqual([tuple(p.shape) for p in load_pictures([str(self.path / "a")], 60, 16, CPU)],
                             [(3, 30, 30)])

    def test_widths_of_windows(self):
        """Each ratio of lengths equally often; small pictures as a whole."""
        windows, rng = Windows([], 1, .28, .28), random.Random(3)
        widths = [windows.width(rng, 512, 304) for _ in range(2000)]
        self.assertEqual((min(widths), max(widths)), (143, 512))
        # It would be .35 if each width came equally often.
        self.assertAlmostEqual(sum(w < (143 * 512) ** .5 for w in widths) / 2000, .5, delta=.05)
        self.assertEqual({windows.width(rng, 60, 304) for _ in range(9)}, {60})

    def test_moving_things(self):
        sizes = []
        for seed in range(50):
            thing = moving_thing(96, random.Random(seed), CPU)
            self.assertTrue(torch.equal(thing, moving_thing(96, random.Random(seed), CPU)))
            self.assertEqual(tuple(thing.shape), (1, 1, 96, 96))
            self.assertEqual((thing.min().item(), thing.max().item()), (0, 1))
            self.assertLessEqual((thing[..., 1:] - thing[..., :-1]).abs().max().item(), .3)
            sizes.append(thing.sum().item())
        self.assertLess(max(sizes), 1.1 * torch.pi * 24 ** 2)
        self.assertGreater(max(sizes), 3 * min(sizes))

    def test_pieces(self):
        state = self.path / "state.pt"
        state.write_bytes(random.Random(2).randbytes(1000))
        self.assertEqual(split(state, self.path / "p", 300), ["a000", "a001", "a002", "a003"])
        join(self.path / "p", self.path / "again.pt")
        self.assertEqual(state.read_bytes(), (self.path / "again.pt").read_bytes())
        state.write_bytes(b"short")
        self.assertEqual(split(state, self.path / "p", 300), ["b000"])
        self.assertEqual(sorted(f.name for f in (self.path / "p").iterdir()), ["b000", "manifest.json"])
        (self.path / "p" / "a000").write_bytes(b"of a split that was cut off")
        join(self.path / "p", self.path / "again.pt")
        self.assertEqual(b"short", (self.path / "again.pt").read_bytes())
        (self.path / "p" / "b000").write_bytes(b"other")
        with self.assertRaisesRegex(Failure, "b000 is damaged"):
            join(self.path / "p", self.path / "third.pt")
        self.assertFalse((self.path / "third.pt").exists())


if __name__ == "__main__":
    unittest.main()
