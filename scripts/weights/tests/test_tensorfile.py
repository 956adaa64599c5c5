"""A weights file byte by byte, and back."""
import json
import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np

import tensorfile


class TensorfileTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "w.safetensors")

    def test_bytes(self):
        """By the format's description: a length of 8 bytes, JSON padded to a multiple of 8, the tensors by name."""
        tensorfile.write(self.path, {"b": np.array([1.5], "<f4"), "a": np.array([[1, -2]], "<f2")}, {"k": "v"})
        data = self.path.read_bytes()
        length, = struct.unpack("<Q", data[:8])
        self.assertEqual(length % 8, 0)
        self.assertEqual(json.loads(data[8:8 + length]), {
            "__metadata__": {"k": "v"}, "a": {"dtype": "F16", "shape": [1, 2], "data_offsets": [0, 4]},
            "b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})
        self.assertEqual(data[8 + length:], struct.pack("<eef", 1, -2, 1.5))

    def test_the_same_bytes_whatever_the_order(self):
        arrays = {name: np.arange(n + 1, dtype="<f4") for n, name in enumerate("cab")}
        tensorfile.write(self.path, arrays, {"x": "1", "y": "2"})
        first = self.path.read_bytes()
        tensorfile.write(self.path, dict(reversed(arrays.items())), {"y": "2", "x": "1"})
        self.assertEqual(self.path.read_bytes(), first)

    def test_what_is_written_is_read(self):
        transposed = np.arange(24, dtype="<f4").reshape(2, 3, 4).transpose(2, 0, 1)  # not contiguous
        tensorfile.write(self.path, {"t": transposed, "scalar": np.array(3, "<f2")}, {"name": "Ö"})
        arrays, metadata = tensorfile.read(self.path)
        self.assertEqual((metadata, set(arrays)), ({"name": "Ö"}, {"t", "scalar"}))
        np.testing.assert_array_equal(arrays["t"], transposed)
        self.assertEqual((arrays["scalar"].shape, arrays["scalar"].dtype, float(arrays["scalar"])), ((), np.float16, 3))

    def test_files_of_another_kind_are_refused(self):
        for data in (b"", b"short", struct.pack("<Q", 99) + b"{}"):
            self.path.write_bytes(data)
            with self.assertRaisesRegex(SystemExit, "not a safetensors file"):
                tensorfile.read(self.path)
        header = json.dumps({"t": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}}).encode()
        self.path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
        with self.assertRaisesRegex(SystemExit, "t is of type I64, not F16 or F32"):
            tensorfile.read(self.path)


if __name__ == "__main__":
    unittest.main()
