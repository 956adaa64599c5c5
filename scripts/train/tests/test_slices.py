"""A slice on a rented machine: what it is told, what it goes on from, what it says of the GPU."""
from __future__ import annotations

import os
import stat
import subprocess
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import support
from files import pieces
from files.failure import Failure
from training import options, slices
from training.stages import parse_stages


class SlicesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ("b/content-02.tar", "content-01.tar", "style-01.tar", "style.txt", "pairs-01.tar"):
            (self.folder / "data" / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / "data" / name).touch()

    def options(self, *more: str):
        places = ["--data", str(self.folder / "data"), "--out", str(self.folder / "out")]
        o = slices.parser().parse_args([*places, "--vgg", "vgg", "--minutes", "8", *more])
        slices.fill_in(o)
        return options.complete(o)

    def test_what_a_slice_brings_by_itself(self):
        o = self.options()
        data = self.folder / "data"
        self.assertEqual(o.content, [str(data / "b/content-02.tar"), str(data / "content-01.tar")])
        self.assertEqual(o.style, [str(data / "style-01.tar")])
        self.assertEqual((o.device, o.bf16, o.average, o.pool, o.reuse, o.side), ("cuda", True, .999, 192, 2, 1080))
        self.assertEqual((o.log_steps, o.save_minutes, o.plan, o.pieces), (100, 1, 8, str(self.folder / "out/pieces")))
        self.assertEqual(o.stages, parse_stages(slices.STAGES["fast"], 16))

    def test_paper_has_its_own_sizes(self):
        o = self.options("--preset=paper")
        self.assertEqual((o.side, o.stages), (512, parse_stages("256*16", 8)))

    def test_what_is_said_is_taken(self):
        o = self.options("--stages", "64*2", "--side=96", "--average", ".9", "--pieces", "p", "--plan", "26",
                         "--content", "more", "--log-steps", "5", "--device", "cpu")
        self.assertEqual((o.stages, o.side, o.average, o.pieces, o.plan), (parse_stages("64*2", 16), 96, .9, "p", 26))
        self.assertEqual((o.content[0], len(o.content), o.log_steps, o.device), ("more", 3, 5, "cpu"))

    def test_a_slice_wants_both_kinds(self):
        (self.folder / "data/style-01.tar").unlink()
        with self.assertRaisesRegex(Failure, r"holds 2 content\*.tar and 0 style\*.tar"):
            self.options()

    def test_a_later_slice_goes_on(self):
        """From state.pt, or from pieces where the disk is new; and then without --init."""
        o = self.options("--init", "weights.safetensors")
        Path(o.out).mkdir()
        slices.go_on(o)
        self.assertEqual((o.resume, o.init), (False, "weights.safetensors"))
        state = Path(o.out, "state.pt")
        state.write_bytes(b"checkpoint")
        pieces.split(state, Path(o.pieces))
        state.unlink()
        slices.go_on(o)
        self.assertEqual((o.resume, o.init, state.read_bytes()), (True, None, b"checkpoint"))

    def test_utilisation(self):
        rows = "0, 10, 70.0\n[N/A], 10, 70.0\n80, 400, 300.0\n100, 300, 500.0\n0, 300, [N/A]\n"
        self.assertEqual(slices.utilisation(rows), "GPU busy 60 % of the time at 267 W, memory at most 400 MiB")
        for nothing in ("", "0, 10, 70\n", "No devices were found\n"):
            self.assertEqual(slices.utilisation(nothing), "GPU: nvidia-smi gives no utilisation here")

    def test_the_gpu_is_watched_as_long_as_the_run(self):
        """By a stand-in for nvidia-smi, which is gone afterwards."""
        tool, written = self.folder / "nvidia-smi", self.folder / "gpu.csv"
        tool.write_text(f"#!/bin/sh\necho $$ >{self.folder}/id\necho '50, 7, 90'\nexec sleep 1000\n")
        tool.chmod(tool.stat().st_mode | stat.S_IEXEC)
        with unittest.mock.patch.dict(os.environ, {"PATH": f"{self.folder}:{os.environ['PATH']}"}), \
                unittest.mock.patch("builtins.print") as said:
            with slices.watched(written):
                while not written.read_text():
                    pass
        self.assertEqual(said.call_args.args[0], "GPU busy 50 % of the time at 90 W, memory at most 7 MiB")
        self.assertFalse(Path("/proc", (self.folder / "id").read_text().strip()).exists())

    def test_help_needs_no_pytorch(self):
        """The words of the one parser, from a Python that has nothing installed."""
        found = subprocess.run([support.SCRIPTS / "run-gpu", "--help"], capture_output=True, text=True,
                               env={"PATH": os.environ["PATH"]})
        self.assertEqual((found.returncode, found.stderr), (0, ""))
        for words in ("usage: scripts/train/run-gpu", "--data DIR", "--minutes MINUTES", "--stages"):
            self.assertIn(words, found.stdout)


if __name__ == "__main__":
    unittest.main()
