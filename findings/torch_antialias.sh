#!/usr/bin/env bash
# PyTorch's antialias=True changes an enlargement, in which there is nothing to alias: it is another bicubic kernel.
#
# F.interpolate(mode="bicubic") is Keys' kernel with a = -0.75 (as OpenCV's), and with antialias=True a = -0.5 (as
# Pillow's). For a reduction that is known as "PyTorch against Pillow"; an enlargement changes as well, by the same
# flag.
#
# PyTorch 2.13.0, numpy 2.4.6, pillow 13.0.0, opencv-python-headless 5.0.0.93 (PyPI).
# Seen 2026-11-27: noise of 32 x 32 made 64 x 64: plain is OpenCV's picture, antialiased Pillow's, to 1e-5; the
# two are up to 0.07 apart, for numbers from 0 to 1.
source "$(dirname "$0")/common.bash"

pypi python torch==2.13.0 numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93

cat >"$work/enlarge.py" <<'PY'
import cv2
import numpy
import torch
from PIL import Image
from torch.nn.functional import interpolate

noise = numpy.random.default_rng(1).random((32, 32), numpy.float32)
tensor = torch.from_numpy(noise)[None, None]
plain = interpolate(tensor, size=(64, 64), mode="bicubic")[0, 0].numpy()
antialiased = interpolate(tensor, size=(64, 64), mode="bicubic", antialias=True)[0, 0].numpy()
pillow = numpy.array(Image.fromarray(noise).resize((64, 64), Image.BICUBIC))
opencv = cv2.resize(noise, (64, 64), interpolation=cv2.INTER_CUBIC)
# Pillow leaves out what lies beyond the border, OpenCV repeats the border: compare inside.
inside = (slice(4, -4), slice(4, -4))


def gap(a, b):
    return float(numpy.abs(a[inside] - b[inside]).max())


print(f"plain against OpenCV {gap(plain, opencv):.1e}, antialiased against Pillow {gap(antialiased, pillow):.1e}")
print(f"plain against antialiased {gap(plain, antialiased):.2f}")
assert gap(plain, opencv) < 1e-5 and gap(antialiased, pillow) < 1e-5
assert gap(plain, antialiased) > 0.02
PY
"$work/python/bin/python" "$work/enlarge.py" | sed 's/^/  /' || changed "see the last line"
