#!/usr/bin/env bash
# Three SSIMs put the same two pictures in two orders, and are up to 0.03 apart.
#
# FFmpeg's ssim filter takes blocks of 8 x 8 at every fourth pixel, scikit-image's default a flat window of 7 x 7, the
# paper (Wang and others 2004) a Gaussian of 1.5, which scikit-image has behind two flags. Of one gray texture: noise of
# deviation 2.6 is better than contrast cut by a fifth for the first two, and worse for the paper's. Blur is where they
# part most.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12); PyPI: scikit-image 0.26.0, numpy 2.4.6, scipy 1.17.1.
# Seen 2026-11-27 (filter, default, paper's): noise 0.983 0.982 0.977; contrast 0.979 0.979 0.980; blur of 1.5
# pixels 0.840 0.827 0.806.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python scikit-image==0.26.0 numpy==2.4.6 scipy==1.17.1
cd "$work"

cat >ssim.py <<'PY'
import re
import subprocess

import numpy
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

size = (384, 512)
random = numpy.random.default_rng(1)
texture = sum(s * gaussian_filter(random.standard_normal(size), s) for s in (1, 2, 4, 8, 16, 32))
texture = (texture - texture.min()) / (texture.max() - texture.min()) * 255
texture = texture.round().astype(numpy.uint8)


def picture(values):
    return values.round().clip(0, 255).astype(numpy.uint8)


def of_filter(changed):
    texture.tofile("a.gray")
    changed.tofile("b.gray")
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{size[1]}x{size[0]}", "-i"]
    command = ["ffmpeg", *raw, "b.gray", *raw, "a.gray", "-lavfi", "ssim", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.search(r"All:([0-9.]+)", log).group(1))


def three(changed):
    plain = structural_similarity(texture, changed, data_range=255)
    paper = structural_similarity(
        texture, changed, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    return of_filter(changed), plain, paper


changes = {
    "noise": three(picture(texture + random.normal(0, 2.6, size))),
    "contrast": three(picture((texture.astype(float) - 128) * 0.8 + 128)),
    "blur": three(picture(gaussian_filter(texture.astype(float), 1.5))),
}
for name, figures in changes.items():
    print(f"{name}: filter {figures[0]:.4f}, default {figures[1]:.4f}, paper's {figures[2]:.4f}")
first, second, third = (a - b for a, b in zip(changes["noise"], changes["contrast"]))
assert first > 0.001 and second > 0.001 and third < -0.001
assert changes["blur"][0] - changes["blur"][2] > 0.03
PY
python/bin/python ssim.py | sed 's/^/  /' || changed "see the last line"
