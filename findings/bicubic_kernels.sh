#!/usr/bin/env bash
# "Bicubic" is three kernels in four libraries. The parameter that would make them agree is lost in FFmpeg 5.1.
#
# A bright column on gray, enlarged twice by each library's bicubic: the column's weights at distances 0.25 to 1.75 are
# the kernel's. In Keys' family (a) they are those of a = -0.5 in Pillow and zimg, -0.6 in swscale, -0.75 in OpenCV.
# Lanczos with three lobes is one kernel in Pillow, swscale and zimg; OpenCV has four lobes. So a metric such as LPIPS
# moves with the library that sized its pictures.
#
# scale=flags=bicubic:param0=0:param1=0.5 asks swscale for a = -0.5. FFmpeg 5.1 gives a = 0, a soft kernel without
# overshoot, as if the parameter were an integer. FFmpeg 7.0 gives -0.5.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1) with libzimg2 (3.0.4+ds1-1), Debian 12; FFmpeg 7.0.2 (PyPI imageio-ffmpeg 0.6.0);
# Pillow 11.3.0, opencv-python-headless 4.13.0.90, numpy 2.2.6.
# Seen 2026-11-27: the weights below, to two thousandths.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1 libzimg2=3.0.4+ds1-1
pypi python pillow==11.3.0 opencv-python-headless==4.13.0.90 numpy==2.2.6 imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
cd "$work"

cat >kernel.py <<'PY'
"""The kernel whose weights at the distances 0.25, 0.75, 1.25 and 1.75 a column has after an enlargement by two."""
import struct
import sys

import cv2
import numpy
from PIL import Image

how = sys.argv[1]
column = numpy.full((32, 32), 0.5, numpy.float32)
column[:, 16] = 0.75
if how == "write":
    sys.stdout.buffer.write((column * 65536).astype("<u2").tobytes())
    sys.exit()
if how.startswith("pillow"):
    kind = {"pillow": Image.BICUBIC, "pillow-lanczos": Image.LANCZOS}[how]
    large = numpy.array(Image.fromarray(column).resize((64, 64), kind))
elif how.startswith("opencv"):
    kind = {"opencv": cv2.INTER_CUBIC, "opencv-lanczos": cv2.INTER_LANCZOS4}[how]
    large = cv2.resize(column, (64, 64), interpolation=kind)
else:
    large = numpy.frombuffer(sys.stdin.buffer.read(), "<u2").reshape(64, 64) / 65536
seen = (large[32, 33:37].astype(float) - 0.5) * 4


def keys(a):
    near = [(a + 2) * x**3 - (a + 3) * x**2 + 1 for x in (0.25, 0.75)]
    return near + [a * (x**3 - 5 * x**2 + 8 * x - 4) for x in (1.25, 1.75)]


def lanczos(lobes):
    def weight(x):
        return numpy.sinc(x) * numpy.sinc(x / lobes) if abs(x) < lobes else 0

    total = [sum(weight(x + i) for i in range(-lobes, lobes)) for x in (0.25, 0.75, 0.25, 0.75)]
    return [weight(x) / t for x, t in zip((0.25, 0.75, 1.25, 1.75), total)]


named = {f"a = {a:g}": keys(a) for a in (0, -0.5, -0.6, -0.75)}
named |= {f"lanczos {lobes}": lanczos(lobes) for lobes in (3, 4)}
near = [name for name, weights in named.items() if numpy.abs(seen - weights).max() < 0.002]
print(near[0] if near else seen)
PY
"$work/python/bin/python" kernel.py write >column.gray

of_filter() {
    "$1" -v error -f rawvideo -pix_fmt gray16le -s 32x32 -i column.gray -vf "$2,format=gray16le" -f rawvideo - |
        python/bin/python kernel.py stdin
}
keys=bicubic:param0=0:param1=0.5
full=rin=full:r=full

expect "Pillow, bicubic" "a = -0.5" "$(python/bin/python kernel.py pillow)"
expect "zimg, bicubic" "a = -0.5" "$(of_filter ffmpeg zscale=64:64:f=bicubic:$full)"
expect "swscale, bicubic" "a = -0.6" "$(of_filter ffmpeg scale=64:64:flags=bicubic)"
expect "OpenCV, cubic" "a = -0.75" "$(python/bin/python kernel.py opencv)"
expect "Pillow, Lanczos" "lanczos 3" "$(python/bin/python kernel.py pillow-lanczos)"
expect "zimg, Lanczos" "lanczos 3" "$(of_filter ffmpeg zscale=64:64:f=lanczos:$full)"
expect "swscale, Lanczos" "lanczos 3" "$(of_filter ffmpeg scale=64:64:flags=lanczos)"
expect "OpenCV, Lanczos" "lanczos 4" "$(python/bin/python kernel.py opencv-lanczos)"
expect "swscale of 5.1, asked for a = -0.5" "a = 0" "$(of_filter ffmpeg scale=64:64:flags=$keys)"
expect "swscale of 7.0, asked for a = -0.5" "a = -0.5" "$(of_filter "$newer" scale=64:64:flags=$keys)"
