"""Exported weights and goldens, read back byte by byte; and the built program's painting beside PyTorch's, where there
is one."""
from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import numpy as np
import torch

import support
from evaluation.painters import Program, Reference, find_program, pad
from files import export, goldens, weights_file
from files.failure import Failure
from files.pictures import open_picture, prepare_style, to_image, to_tensor
from network.stylekernel import Config, build
from network.vgg import VGG16
from training.trainer import Trainer

SCRIPTS = support.SCRIPTS


def parse_safetensors(path: Path) -> tuple[dict, dict, bytes]:
    """Header, metadata and data, by the format's description: a length of 8 bytes, JSON, bytes."""
    data = path.read_bytes()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    return header, header.pop("__metadata__"), data[8 + length:]


class FilesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        torch.manual_seed(4)
        self.net = build(Config())

    def tearDown(self):
        self.folder.cleanup()

    def saved(self) -> Path:
        path = self.path / "w.safetensors"
        weights_file.save(path, dict(self.net.named_parameters()), self.net.cfg, half=False)
        return path

    def test_export_is_what_a_reader_expects(self):
        scores = {"pairs": 2, "pictures": {"ours": {"512": {"gram": .5}}}, "clips": {}}
        (self.path / "scores.json").write_text(json.dumps(scores))
        out = self.path / "out.safetensors"
        subprocess.run([sys.executable, "-m", "files.export", str(self.saved()), str(out),
                        "--training", "generated pictures", 
                        "--scores", str(self.path / "scores.json")], check=True, capture_output=True)
        header, metadata, data = parse_safetensors(out)
        self.assertEqual(metadata["format"], "stylekernel/2")
        self.assertEqual((metadata["widths"], metadata["order"], metadata["gated"]),
                         ("16,32,64,128,128", "0,1,2,3,4,5,6,7", "true"))
        self.assertEqual(metadata["training"], "generated pictures")
        self.assertEqual(json.loads(metadata["scores"])["pictures"], {"512": {"gram": .5}})
        self.assertEqual(sum(e - b for b, e in (t["data_offsets"] for t in header.values())), len(data))
        for name, p in self.net.named_parameters():
            entry = header[name]
            self.assertEqual((entry["dtype"], entry["shape"]), ("F16", list(p.shape)), name)
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[begin:end], np.float16).reshape(p.shape)
            self.assertTrue(np.allclose(values, p.detach().numpy(), rtol=1e-3, atol=1e-6), name)

    def test_configuration_survives(self):
        cfg = Config(taps=5, gated=False, order=[1, 0, 3, 2, 5, 4, 7, 6], alpha=8.5)
        self.assertEqual(weights_file.configuration(weights_file.metadata(cfg), "x"), cfg)
        with self.assertRaisesRegex(Failure, "format"):
            weights_file.configuration({"format": "other/1"}, "x")

    def test_bad_weights(self):
        path = self.saved()
        with self.assertRaisesRegex(Failure, "no such file"):
            weights_file.load_network(self.path / "none.safetensors")
        path.write_bytes(path.read_bytes()[:1000])
        with self.assertRaisesRegex(Failure, "cannot read the weights"):
            weights_file.load_network(path)
        weights_file.save(path, {n: p for n, p in self.net.named_parameters() if n != "stem.bias"}, self.net.cfg)
        with self.assertRaisesRegex(Failure, "missing.*stem.bias"):
            weights_file.load_network(path)

    def test_paper_file_carries_its_vgg(self):
        net = build(Config(preset="paper", vgg_divisor=16, gate_width=8), VGG16(16))
        weights_file.save(self.path / "p.safetensors", net.state_dict(), net.cfg, half=False)
        header, _, _ = parse_safetensors(self.path / "p.safetensors")
        self.assertIn("vgg.convs.7.weight", header)
        self.assertNotIn("vgg.convs.8.weight", header)
        again = weights_file.load_network(self.path / "p.safetensors")
        c, s = goldens.picture(48, 48, 1), goldens.picture(48, 48, 2)
        self.assertTrue(torch.equal(net.eval().stylise(c, s), again.stylise(c, s)))

    def test_goldens(self):
        path = self.saved()
        goldens.make("fast", weights_file.load_network(path), (32, 48), (48, 32), self.path, False,
                     {"weights_sha256": weights_file.sha256(path)})
        header, metadata, _ = parse_safetensors(self.path / "fast.safetensors")
        self.assertEqual(metadata["weights_sha256"], weights_file.sha256(path))
        self.assertEqual(header["out"]["shape"], [1, 3, 32, 48])
        self.assertTrue({"z16", "zcs", "f8", "f4", "m8", "m4", "gate_distance", "tokens.keys",
                         "stats.z4.std"} <= set(header))

    def test_half_precision_is_weighed(self):
        """Against the same painting with weights rounded by hand; never against nothing."""
        path = self.saved()
        before = export.painting(weights_file.load_network(path))
        net = weights_file.load_network(path)
        with torch.no_grad():
            for p in net.parameters():
                p.copy_(p.half())
        error = (export.painting(net) - before).square().mean().item()
        self.assertGreater(error, 0)
        self.assertGreater(before.std().item(), .01)
        self.assertAlmostEqual(export.half_costs(path), -10 * math.log10(error), places=3)


class ProgramTest(unittest.TestCase):
    """The same picture in Swift as in PyTorch: 60 dB where every gate distance is at least 1e-3, else 50."""

    def test_same_picture(self):
        program = find_program(os.environ.get("STYLEVIDEO_PROGRAM"))
        if program is None:
            self.skipTest("no built stylevideo: `swift build -c release`, or name it by STYLEVIDEO_PROGRAM")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            for name, weights in self.weights(path).items():
                for seed, size in ((1, (208, 320)), (2, (123, 181))):
                    content, style = to_image(goldens.picture(*size, seed)), path / "style.png"
                    to_image(goldens.picture(160, 224, seed + 10)).save(style)
                    self.compare(name, Program(program, weights, 160), Reference(weights, 160), content, style)
            self.compare_clips(Program(program, weights, 160), Reference(weights, 160), path)

    def compare_clips(self, program: Program, reference: Reference, folder: Path) -> None:
        """Under a scene's statistics; what is lost is lost on the way to YUV and back."""
        wide, clip, style = goldens.picture(96, 160 + 12, 3), folder / "clip.mp4", folder / "style.png"
        support.make_clip([to_image(wide[..., 4 * i:4 * i + 160]) for i in range(3)], clip)
        ours, theirs = program.frames(clip, style), reference.frames(clip, style)
        self.assertEqual((len(ours), ours[0].size), (3, (160, 96)))
        for a, b in zip(map(to_tensor, ours), map(to_tensor, theirs), strict=True):
            self.assertGreater(-10 * math.log10((a - b).square().mean().item()), 35)
            self.assertGreater(a.std().item(), .02)

    def weights(self, folder: Path) -> dict[str, Path]:
        """The shipped ones; and a small random network with other widths, as a file is read that training may bring."""
        small = folder / "small.safetensors"
        net = goldens.odd(Config(heads=2, taps=5, **goldens.SMALL))
        weights_file.save(small, dict(net.named_parameters()), net.cfg, half=False)
        shipped = SCRIPTS.parents[1] / "Sources/Weights/Resources/stylekernel-fast.safetensors"
        return {"shipped": shipped, "small": small, "exported": self.exported(folder)}

    def exported(self, folder: Path) -> Path:
        """Of a run's checkpoint: one without a gate, so that no attention can be near its threshold."""
        support.make_world(folder)
        run = Trainer(support.options(folder, "run", "--stages", "64*1", "--pool", "2", "--steps", "1", "--no-gate",
                                      "--weight", "lpips=0,temporal=0"))
        run.train()
        out, averaged = folder / "exported.safetensors", run.average.values
        for words, tensors, lossless, dtype in (((), averaged, 0, "F16"),
                                                (("--which", "last"), run.own, math.inf, "F32")):
            command = ["export", str(folder / "run" / "state.pt"), str(out), "--training", "generated pictures", *words]
            with unittest.mock.patch("sys.argv", command), unittest.mock.patch("files.export.LOSSLESS", lossless):
                export.main()
            header, metadata, _ = parse_safetensors(out)
            self.assertEqual({entry["dtype"] for entry in header.values()}, {dtype})
            self.assertRegex(metadata["training"], r"^generated pictures; 1 steps, \d+ minutes$")
            found, _ = weights_file.read(out)
            for name, p in tensors.items():
                self.assertTrue(torch.allclose(found[name], p, rtol=1e-3, atol=1e-6), name)
        return out

    @torch.no_grad()
    def compare(self, name: str, program: Program, reference: Reference, content, style: Path) -> None:
        ours, theirs = to_tensor(program.picture(content, style)), to_tensor(reference.picture(content, style))
        self.assertEqual(ours.shape, theirs.shape)
        net = reference.net
        z, s = net.encode(pad(to_tensor(content), 16)), net.remember(to_tensor(prepare_style(open_picture(style), 160)))
        clear = not net.cfg.gated or goldens.gate_distance(net, z["z16"], s, net.measure(z)["z16"]).min().item() >= 1e-3
        self.assertEqual(clear, name == "exported")
        error = (ours - theirs).square().mean().item()
        psnr = math.inf if error == 0 else -10 * math.log10(error)
        wanted = 60 if clear else 50
        gate = "clear gate" if clear else "some attention near its threshold"
        print(f"{name} {content.size}: {psnr:.1f} dB ({gate})")
        self.assertGreaterEqual(psnr, wanted, name)
        self.assertGreater(ours.std().item(), .02, "an empty picture proves nothing")


if __name__ == "__main__":
    unittest.main()
