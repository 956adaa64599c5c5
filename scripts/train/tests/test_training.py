"""Short runs on generated pictures: losses fall, a resumed run is the uninterrupted one bit for bit, ablations do what
they say."""
from __future__ import annotations

import copy
import csv
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
import unittest.mock
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import support
from files import weights_file
from files.failure import Failure
from training import checkpoint, train
from training.draws import draw
from training.sources import middle
from training.stages import Batch, Stage
from training.trainer import Trainer

CPU = torch.device("cpu")
FAST = ("--stages", "48/48*2", "--pool", "4", "--log-steps", "1", "--lr", "1e-3", "--muon", "1e-3")
PAPER = ("--preset", "paper", "--stages", "48*1", "--log-steps", "1", "--threads", "2")


class TrainingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.world = Path(cls.folder.name)
        support.make_world(cls.world)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def trainer(self, out: str, *more: str) -> Trainer:
        return Trainer(support.options(self.world, out, *more))

    def rows(self, out: str) -> list[dict[str, str]]:
        with open(self.world / out / "log.csv", newline="") as file:
            return list(csv.DictReader(file))

    def test_losses_fall(self):
        self.trainer("fall", *FAST, "--stages", "64/64*2", "--steps", "24").train()
        rows = self.rows("fall")
        self.assertEqual([int(r["step"]) for r in rows], list(range(1, 25)))
        def total(part):
            return sum(float(r[name]) for r in part for name in ("content", "style", "remd", "foresight")) / len(part)
        self.assertLess(total(rows[-6:]), .93 * total(rows[:6]))

    def test_resume_is_exact(self):
        """Across a stage's end, into batches in turn."""
        steps = (*FAST, "--stages", "48/64*2@0.5,48*2+64*1@0.5", "--steps", "8", "--save-steps", "3", "--shuffle",
                 "random", "--weight", "adversarial=1")
        whole = self.trainer("whole", *steps)
        whole.train()
        broken = self.trainer("broken", *steps)
        for _ in range(3):
            broken.advance()
        broken.save(False)
        for _ in range(2):  # steps after the checkpoint are lost, as in a run that is killed
            broken.advance()
        resumed = self.trainer("broken", *steps, "--resume")
        checkpoint.resume(resumed, self.world / "broken" / "state.pt")
        self.assertEqual(resumed.step, 3)
        resumed.train()
        for name, p in whole.own.items():
            self.assertTrue(torch.equal(p, resumed.own[name]), name)
            self.assertTrue(torch.equal(whole.average.values[name], resumed.average.values[name]), name)
        self.assertTrue(torch.equal(next(whole.objective.critic.parameters()),
                                    next(resumed.objective.critic.parameters())))
        self.assertEqual([r["style"] for r in self.rows("whole")[3:]], [r["style"] for r in self.rows("broken")[-5:]])

    def test_log_of_a_resumed_run(self):
        """Killed right after a checkpoint between two rows: the next row is the uninterrupted run's."""
        class Killed(Exception):
            pass

        def save_and_die(run, look, save=Trainer.save):
            save(run, look)
            raise Killed
        steps = (*FAST, "--steps", "3", "--log-steps", "3", "--save-minutes", "0",  # a checkpoint each step
                 "--weight", "lpips=0,temporal=0,flicker=0")
        self.trainer("unbroken", *steps).train()
        with unittest.mock.patch.object(Trainer, "save", save_and_die), self.assertRaises(Killed):
            self.trainer("killed", *steps).train()
        resumed = self.trainer("killed", *steps, "--resume")
        checkpoint.resume(resumed, self.world / "killed" / "state.pt")
        self.assertEqual(resumed.step, 1)
        resumed.train()
        rows, again = self.rows("unbroken"), self.rows("killed")
        self.assertEqual([r["step"] for r in rows], ["3"])
        timeless = [[{k: v for k, v in r.items() if k != "seconds"} for r in of] for of in (rows, again)]
        self.assertEqual(*timeless)
        with Image.open(self.world / "killed" / "sheet.png") as sheet:
            self.assertGreater(np.asarray(sheet).std(), 10)

    def test_one_update_of_the_critic_in_two_steps(self):
        run = self.trainer("critic", *FAST, "--steps", "5", "--weight", "adversarial=1")
        updated, update = [], run.update_critic
        run.update_critic = lambda: updated.append(run.step) or update()
        for _ in range(5):
            run.advance()
        self.assertEqual(updated, [0, 2, 4])
        scores = run.objective.critic(torch.rand(1, 3, 96, 64))
        self.assertEqual([tuple(s.shape[1:]) for s in scores], [(1, 15, 11), (1, 9, 7), (1, 6, 5)])

    def test_defaults_of_paper_are_the_papers(self):
        o = support.options(self.world, "none", "--preset", "paper")
        self.assertEqual({n: w for n, w in o.weights.items() if w and n != "gate"},
                         {"content": 1, "style": 1, "reconstruction": 1, "remd": 3, "adversarial": 1})
        self.assertEqual((o.stages, o.steps, o.lr, o.muon, o.side),
                         ([Stage((Batch(256, 256, 16),), 1.)], 160_000, 1e-4, 0, 512))
        self.assertTrue(o.constant)

    def test_losses_through_alexnet(self):
        run = self.trainer("alexnet", *FAST, "--steps", "2", "--weight", "lpips=8,temporal=.5")
        first, second = run.advance(), run.advance()  # a second frame in every second step
        self.assertIn("lpips", first)
        self.assertNotIn("temporal", first)
        self.assertGreater(second["temporal"].item(), 0)
        self.assertIsNone(self.trainer("plain", *FAST, "--steps", "1", "--weight", "lpips=0,temporal=0").source.lpips)

    def test_what_people_see_is_trained(self):
        """Every term that has a weight, on a larger network that starts with a smaller one's; and resumed exactly."""
        first = self.trainer("seen-first", *FAST, "--steps", "1")
        weights = self.world / "seen.safetensors"
        weights_file.save(weights, first.own, first.net.cfg, half=False)
        names = ("luma", "colour", "coherence", "regions", "halo")
        words = (*FAST, "--stages", "96*2", "--deep", "24", "--mixing", "6", "--flowing", "1", "--steps", "4",
                 "--weight", "lpips=0," + ",".join(f"{name}=1" for name in names))
        whole = self.trainer("seen", *words, "--init", str(weights))
        for name, p in first.own.items():
            self.assertTrue(torch.equal(p, whole.own[name]), name)
        terms = whole.advance()
        for name in names:
            self.assertGreater(terms[name].item(), 0, name)
        state = copy.deepcopy(checkpoint.state(whole))
        again = self.trainer("seen", *words)
        checkpoint.restore(again, state, Path("state"))
        for run in (whole, again):
            self.assertGreater(run.advance()["flicker"].item(), 0)
        for name, p in whole.own.items():
            self.assertTrue(torch.equal(p, again.own[name]), name)
        self.assertGreater(whole.own["to8.weight"].abs().max().item(), 0)
        with self.assertRaisesRegex(Failure, "deep 24 there, 0 now"):
            checkpoint.restore(self.trainer("seen", *FAST, "--steps", "4"), state, Path("state"))

    def test_flowing_frames(self):
        """What was made of the first frame lies on the second after the flow; a clip's own second frame counts
        nowhere."""
        objective = self.trainer("flowing", *FAST, "--steps", "1").objective
        content = support.picture(64, 64, 7).repeat(2, 1, 1, 1)
        with unittest.mock.patch("training.objective.disturbed", lambda rgb, rng, generator: rgb):
            frame = objective.flowing_frame(content, draw(1, "flow", 3, CPU))
        first, second = frame.beside(content, frame.picture)
        self.assertEqual(first.shape, torch.Size((2, 3, 48, 48)))
        self.assertLess((first - second).abs().max().item(), 1e-6 + (first - first.clamp(0, 1)).abs().max().item())
        self.assertGreater((frame.picture - content).abs().mean().item(), .005)
        frame.take(1, torch.ones(1, 3, 64, 64))
        first, second = frame.beside(content, frame.picture)
        self.assertEqual((frame.picture[1].min().item(), first[1].abs().max().item(), second[1].abs().max().item()),
                         (1, 0, 0))
        self.assertGreater(first[0].std().item(), .01)

    def test_a_clips_own_second_frame(self):
        objective = self.trainer("own", *FAST, "--steps", "1").objective
        windows = support.picture(64, 64, 7).repeat(2, 1, 1, 1)
        frame = objective.second_frame(windows, 48, draw(1, "own", 1, CPU))
        frame.take(0, torch.ones(1, 3, 48, 48))
        a, b = frame.beside(windows[..., :48, :48], frame.picture)
        self.assertEqual((a[0].abs().max().item(), b[0].abs().max().item()), (0, 0))
        self.assertGreater(min(a[1].std().item(), b[1].std().item()), .01)

    def test_half_precision_is_the_same_step_coarsely(self):
        exact, coarse = (self.trainer(f"precision{i}", *FAST, "--steps", "2", "--weight", "adversarial=1",
                                      *words).advance()
                         for i, words in enumerate(((), ("--bf16",))))
        self.assertEqual(set(exact), set(coarse))
        for name, value in exact.items():
            self.assertAlmostEqual(coarse[name].item(), value.item(), delta=.05 * abs(value.item()), msg=name)
        self.assertNotEqual(coarse["style"].item(), exact["style"].item())

    def test_second_frames(self):
        """Of a picture whose pixels say where they are: what stands still lies on itself, what does not is left out."""
        run = self.trainer("frames", *FAST, "--steps", "1")
        at = torch.arange(64. + 16)
        windows = torch.stack([at[:, None].expand(80, 80), at[None].expand(80, 80), torch.ones(80, 80)])[None]
        first = middle(windows, 64)
        still, things, shifted = 0, 0, 0
        with unittest.mock.patch("training.objective.disturbed", lambda rgb, rng, generator: rgb):
            for number in range(400):
                frame = run.objective.second_frame(windows, 64, draw(1, "frame", number, CPU))
                again = run.objective.second_frame(windows, 64, draw(1, "frame", number, CPU))
                self.assertTrue(torch.equal(frame.picture, again.picture))
                self.assertLessEqual(max(abs(frame.dy), abs(frame.dx)), 8)
                a, b = frame.beside(first, frame.picture)
                self.assertEqual(a.shape[2:], (64 - abs(frame.dy), 64 - abs(frame.dx)))
                clear = (a[:, 2:] % 1 == 0).expand_as(a)  # not on the soft edge of a thing
                self.assertGreater(a[clear].std().item(), 1)
                self.assertTrue(torch.equal(a[clear], b[clear]))
                moved = bool((frame.still < 1).any())
                if frame.dy or frame.dx:
                    self.assertFalse(torch.equal(frame.picture, first))
                still, things = still + (frame.dy == frame.dx == 0), things + moved
                shifted += bool(moved and frame.dy * frame.dx)
        self.assertAlmostEqual(still / 400, .45, delta=.08)
        self.assertAlmostEqual(things / 400, .4, delta=.08)
        self.assertGreater(shifted, 20)

    def test_steadiness_looks_at_whole_frames(self):
        """One size for all shifts, in temporal; what both show, in flicker."""
        run = self.trainer("steadiness", *FAST, "--steps", "2", "--weight", "temporal=1")
        seen, compared = [], []
        def of_temporal(lpips, *frames):
            return seen.append(frames) or torch.zeros(())
        def of_flicker(a, b):
            return compared.append(a.shape) or torch.zeros(())
        with unittest.mock.patch("training.losses.temporal", of_temporal), \
                unittest.mock.patch("training.losses.flicker", of_flicker):
            for _ in range(8):
                run.advance()
        self.assertEqual(len(seen), 4)
        for painted, again, content, frame in seen:
            self.assertEqual({painted.shape, again.shape, content.shape, frame.shape}, {torch.Size((2, 3, 48, 48))})
            self.assertTrue(painted.requires_grad and again.requires_grad and not frame.requires_grad)
        self.assertGreater(len(set(compared)), 1)

    def test_pictures_held_out(self):
        run = self.trainer("held", *FAST, "--steps", "1")
        value = run.objective.held_out(run.held, run.o.stages[0].batches[0])
        self.assertGreater(value, 1)
        self.assertEqual(value, run.objective.held_out(run.held, run.o.stages[0].batches[0]))
        taught = {id(p) for w in run.source.styles for p in w.pictures}
        self.assertFalse(taught & {id(p) for p in run.held[1].pictures})

    def test_a_run_is_not_begun_over_another(self):
        run = self.trainer("twice", *FAST, "--steps", "1")
        run.train()
        before = (self.world / "twice" / "log.csv").read_bytes()
        with unittest.mock.patch("training.train.parse",
                                 lambda: support.options(self.world, "twice", *FAST, "--steps", "1")):
            with self.assertRaisesRegex(Failure, "holds a run: --resume"):
                train.main()
        self.assertEqual(before, (self.world / "twice" / "log.csv").read_bytes())

    def test_groups_are_shuffled_as_the_paper_does(self):
        def shuffle(*words):
            return support.options(self.world, "none", *words).shuffle
        self.assertEqual((shuffle(*FAST), shuffle(*PAPER), shuffle(*PAPER, "--shuffle", "none")),
                         ("none", "random", "none"))
        self.assertEqual((shuffle(*PAPER, "--ablation", "cgm"), shuffle(*FAST, "--ablation", "gs")), ("none", "random"))
        with self.assertRaisesRegex(Failure, "--ablation and --shuffle"):
            shuffle(*PAPER, "--ablation", "gs", "--shuffle", "fixed")

    def test_options_that_no_run_can_have(self):
        for words in (("--reuse", "0"), ("--widths", "16,32"), ("--widths", "16,32,60,128,128"),
                      ("--widths", "0,32,64,128,128"), ("--widths", "a,b,c,d,e")):
            with self.assertRaisesRegex(Failure, words[0]):
                support.options(self.world, "none", *FAST, *words)
        for words in (("--steps", "0"), ("--minutes", "0"), ("--log-steps", "-1"), ("--save-steps", "0"),
                      ("--side", "0")):
            with self.assertRaisesRegex(Failure, f"{words[0]} {words[1]}: a number above 0"):
                support.options(self.world, "none", *FAST, *words)
        row = (*FAST, "--ablation", "remd", "--weight")
        self.assertEqual([support.options(self.world, "none", *row, f"adversarial={x}").weights["adversarial"]
                          for x in (0, .5)], [0, .5])

    def test_resume_refuses_another_run(self):
        run = self.trainer("other", *FAST, "--steps", "1")
        run.train()
        other = self.trainer("other", *FAST, "--steps", "1", "--seed", "2")
        with self.assertRaisesRegex(Failure, "seed 1 there, 2 now"):
            checkpoint.resume(other, self.world / "other" / "state.pt")
        (self.world / "other" / "state.pt").write_bytes(b"PK damaged")
        with self.assertRaisesRegex(Failure, "cannot resume from"):
            checkpoint.resume(run, self.world / "other" / "state.pt")

    def test_resume_by_steps_wants_the_same_schedule(self):
        run = self.trainer("schedule", *FAST, "--steps", "2")
        with unittest.mock.patch.object(run, "save", wraps=run.save) as save:
            run.train()
        save.assert_called_once()  # no early one, which is for slices by minutes
        for change, text in ((("--steps", "9"), "steps 2 there, 9 now"),
                             (("--steps", "2", "--weight", "remd=2"), "weights .* there"),
                             (("--steps", "2", "--lr", "1e-4"), "lr 0.001 there"),
                             (("--steps", "2", "--stages", "64*2"), "stages .* there")):
            with self.assertRaisesRegex(Failure, text):
                checkpoint.resume(self.trainer("schedule", *FAST, *change), self.world / "schedule" / "state.pt")
        first, last = (self.world / "content" / name for name in ("00.png", "99.png"))
        first.rename(last)  # the same number of pictures in another order: others would be held out
        try:
            with self.assertRaisesRegex(Failure, "pictures .* there"):
                checkpoint.resume(self.trainer("schedule", *FAST, "--steps", "2"), self.world / "schedule" / "state.pt")
        finally:
            last.rename(first)
        vgg = load_file(self.world / "vgg.safetensors")
        save_file({n: t.flip(0) for n, t in vgg.items()}, self.world / "other.safetensors")
        with self.assertRaisesRegex(Failure, "networks .* there"):
            run = self.trainer("schedule", *FAST, "--steps", "2", "--vgg", str(self.world / "other.safetensors"))
            checkpoint.resume(run, self.world / "schedule" / "state.pt")
        again = self.trainer("schedule", *FAST, "--steps", "2")
        checkpoint.resume(again, self.world / "schedule" / "state.pt")
        again.train()  # nothing is left to do
        self.assertEqual(again.step, 2)

    def test_a_later_slice_may_add_the_critic(self):
        self.trainer("late", *FAST, "--minutes", "0.001").train()
        run = self.trainer("late", *FAST, "--minutes", "0.001", "--weight", "adversarial=1", "--pieces",
                           str(self.world / "late" / "p"))
        checkpoint.resume(run, self.world / "late" / "state.pt")
        before = run.step
        run.train()
        self.assertGreater(run.step, before)
        self.assertTrue((self.world / "late" / "p" / "manifest.json").exists())

    def test_slices_of_a_rented_machine(self):
        """run-gpu, on the CPU: a slice leaves pieces, and another goes on from them where the disk is new."""
        data, out = self.world / "tars", self.world / "rented"
        data.mkdir()
        for kind in ("content", "style"):
            with tarfile.open(data / f"{kind}-01.tar", "w") as tar:
                tar.add(self.world / kind, kind)
        first = self.trainer("rented-first", *FAST, "--steps", "1")
        weights = self.world / "rented.safetensors"
        weights_file.save(weights, first.own, first.net.cfg)

        def slice_of(*words: str):
            return subprocess.run(
                [str(support.SCRIPTS / "run-gpu"), "--data", str(data), "--out", str(out),
                 "--vgg", str(self.world / "vgg.safetensors"), "--device", "cpu",
                 "--stages", "64*2", "--pool", "4", "--plan", "1", "--log-steps", "1", "--weight=lpips=0,temporal=0",
                 "--threads", "2", "--init", str(weights), *words],
                env=os.environ | {"STYLEVIDEO_PYTHON": sys.executable}, capture_output=True, text=True)
        refused = slice_of()
        self.assertEqual((refused.returncode, refused.stderr), (1, "error: --minutes is missing: see run-gpu --help\n"))
        one = slice_of("--minutes", "0.02")
        self.assertEqual(one.returncode, 0, one.stderr)
        self.assertTrue((out / "weights.safetensors").exists())
        manifest = json.loads((out / "pieces" / "manifest.json").read_text())
        self.assertTrue(all(p.stat().st_size <= 16_000_000 for p in (out / "pieces").glob("*")), manifest)
        steps = len(list(csv.DictReader(open(out / "log.csv", newline=""))))
        self.assertGreaterEqual(steps, 1)
        (out / "state.pt").unlink()
        two = slice_of("--minutes=0.02")
        self.assertEqual(two.returncode, 0, two.stderr)
        self.assertRegex(two.stdout, f"(?m)^{steps + 1}: ")
        self.assertNotRegex(two.stdout, "(?m)^1: ")

    def test_batches_in_turn_share_no_window(self):
        for name, words in (("fast-turns", (*FAST, "--stages", "48*2+48*1", "--weight", "lpips=0,temporal=0")),
                            ("paper-turns", (*PAPER, "--stages", "48*2+48*1"))):
            run, drawn = self.trainer(name, *words, "--steps", "6", "--weight", "flicker=0"), []
            window = run.source.window
            run.source.window = lambda kind, number, size: drawn.append((kind, number)) or window(kind, number, size)
            for _ in range(6):
                run.advance()
            self.assertGreater(len(drawn), 12)
            self.assertEqual(len(drawn), len(set(drawn)))

    def test_windows_looked_at_together_are_those_looked_at_alone(self):
        source = self.trainer("together", *FAST, "--steps", "1").source
        alone, styles = source.entries_of_contents([0, 1, 2], 64), source.entries_of_styles([0, 1, 2], 64)
        source.device = type("Device", (), {"type": "cuda"})()  # takes them together; everything stays where it is
        source.bf16 = False
        source.autocast = lambda: torch.autocast("cpu", enabled=False)
        for a, b in zip(alone, source.entries_of_contents([0, 1, 2], 64)):
            self.assertTrue(torch.equal(a.window, b.window))
            for layer, found in a.features.items():
                self.assertGreater(found.float().std().item(), .1)
                self.assertLess((found.float() - b.features[layer].float()).abs().max().item(),
                                .02 * found.float().abs().max().item())
        with unittest.mock.patch("training.sources.draw", lambda seed, kind, number, _: draw(seed, kind, number, CPU)):
            found = source.entries_of_styles([0, 1, 2], 64)
        for a, b in zip(styles, found):
            self.assertTrue(torch.equal(a.picture, b.picture))
            for layer, target in a.targets.items():
                for name, own in vars(target).items():
                    other = getattr(b.targets[layer], name)
                    if own is None:
                        self.assertIsNone(other)
                        continue
                    self.assertEqual(own.shape, other.shape)
                    if name == "vectors" and a is not styles[0]:  # those of one draw for all: at other places
                        self.assertLess((other.norm(dim=1) - 1).abs().max().item(), 1e-4)
                        continue
                    self.assertLess((own - other).abs().max().item(), 1e-4 * own.abs().max().item())

    def test_paper_resumes_exactly(self):
        whole = self.trainer("paper", *PAPER, "--steps", "4", "--ablation", "gs")
        self.assertEqual(set(whole.optimisers), {"adam", "critic"})
        whole.advance()
        state = copy.deepcopy(checkpoint.state(whole))
        terms = whole.advance()
        self.assertTrue({"content", "style", "reconstruction", "remd", "adversarial", "gate"} <= set(terms))
        again = self.trainer("paper", *PAPER, "--steps", "4", "--ablation", "gs")
        checkpoint.restore(again, state, Path("state"))
        again.advance()
        for run in (whole, again):
            run.advance()  # the critic's second
        for name, p in whole.own.items():
            self.assertTrue(torch.equal(p, again.own[name]), name)
        for p, q in zip(whole.objective.critic.parameters(), again.objective.critic.parameters()):
            self.assertTrue(torch.equal(p, q))

    def test_paper_from_weights_looks_through_its_own_vgg(self):
        """A file's VGG-16 is in half precision: neither the losses nor a resumed run may see it."""
        run = self.trainer("paper-first", *PAPER, "--steps", "1")
        weights = self.world / "paper.safetensors"
        tensors = run.complete({n: p + 1e-3 for n, p in run.own.items()})
        tensors = {n: t * 1.01 if n.startswith("vgg.") else t for n, t in tensors.items()}
        weights_file.save(weights, tensors, run.net.cfg, half=False)
        other = self.trainer("paper-second", *PAPER, "--steps", "1", "--init", str(weights))
        for name, p in other.own.items():
            self.assertTrue(torch.equal(p, run.own[name] + 1e-3), name)
        for p, q in zip(run.vgg.parameters(), other.vgg.parameters()):
            self.assertTrue(torch.equal(p, q))
        self.assertIs(other.net.vgg, other.vgg)

    def test_a_fresh_paper_network_draws_where_its_tanh_is_steep(self):
        run = self.trainer("fresh", *PAPER, "--steps", "1")
        reached = []
        run.net.out.register_forward_hook(lambda module, given, found: reached.append(found))
        with torch.no_grad():
            run.net.stylise(support.picture(96, 96, 1), support.picture(96, 96, 2))
        self.assertLess(reached[0].abs().quantile(.99).item(), 1)
        self.assertGreater(reached[0].std().item(), .01)

    def test_a_short_call_takes_more_than_its_first_step(self):
        """On a clock of the test's own: the first step takes 40 s, the others 2, the first checkpoint 3."""
        run, clock = self.trainer("short", *FAST, "--minutes", "1"), [0.]
        def takes(action, seconds):
            def slow(*words):
                clock[0] += seconds(run.step)
                return action(*words)
            return slow
        run.o.started, run.look = 0., lambda: None
        run.advance = takes(run.advance, lambda step: 40 if step == 0 else 2)
        run.save = takes(run.save, lambda step: 3)
        with unittest.mock.patch("training.trainer.time.monotonic", lambda: clock[0]):
            run.train()
        self.assertEqual((run.step, clock[0]), (7, 58))  # 40 + 3 + 6 x 2 + 3; another step would end at 60

    def test_by_minutes_a_checkpoint_travels_small(self):
        run = self.trainer("minutes", *FAST, "--minutes", "0.001")
        run.train()
        self.assertGreaterEqual(run.step, 1)
        moments = checkpoint.state(run)["optimisers"]["muon"]["state"][0]["momentum"]
        self.assertEqual(moments.dtype, torch.bfloat16)
        again = self.trainer("minutes", *FAST, "--minutes", "0.001", "--plan", "1")
        checkpoint.resume(again, self.world / "minutes" / "state.pt")
        self.assertEqual(again.step, run.step)
        self.assertEqual(again.optimisers["muon"].state_dict()["state"][0]["momentum"].dtype, torch.float32)

    def test_ablations(self):
        base = self.trainer("base", *FAST, "--steps", "2", "--ablation", "base")
        base.train()
        self.assertEqual((base.o.weights["adversarial"], base.o.weights["remd"]), (0, 0))
        row = support.options(self.world, "x", *FAST, "--steps", "2", "--ablation", "adv")
        self.assertEqual(row.weights["adversarial"], 1)
        self.assertFalse(base.net.align.gated)
        self.assertEqual(base.net.head8.conv.weight.abs().max().item(), 0)
        self.assertIsNone(base.objective.critic)
        kernels = self.trainer("sk", *FAST, "--steps", "2", "--ablation", "sk", "--taps", "5")
        kernels.train()
        self.assertEqual(kernels.net.head8.conv.weight.shape[0], 128 * 11)
        self.assertGreater(kernels.net.head8.conv.weight.abs().max().item(), 0)

    def test_warm_up_draws_first(self):
        run = self.trainer("warm", *FAST, "--steps", "2", "--warm", "1")
        self.assertEqual(set(run.advance()), {"reconstruction", "foresight"})
        self.assertIn("style", run.advance())

    def test_start_from_weights(self):
        run = self.trainer("first", *FAST, "--steps", "1")
        run.train()
        weights = self.world / "first" / "weights.safetensors"
        other = self.trainer("second", *FAST, "--steps", "1", "--init", str(weights))
        tensors, _ = weights_file.read(weights)
        for name, p in other.own.items():
            self.assertTrue(torch.equal(p, tensors[name]), name)
        with self.assertRaisesRegex(Failure, "k = 3.*5"):
            self.trainer("third", *FAST, "--steps", "1", "--init", str(weights), "--taps", "5")
        weights_file.save(weights, tensors, replace(run.net.cfg, alpha=7.))
        with self.assertRaisesRegex(Failure, "alpha = 7.0 there, alpha = 10.0 in this run"):
            self.trainer("fourth", *FAST, "--steps", "1", "--init", str(weights))


if __name__ == "__main__":
    unittest.main()
