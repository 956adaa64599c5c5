#!/usr/bin/env bash
# A clip tagged BT.709 had BT.601's colours in Python until a minor release of PyAV and one of OpenCV, each alone.
#
# H.264, 64 x 64, one colour, tagged BT.709 throughout. FFmpeg's program obeys the tags. PyAV 16.1 did not, and gave
# BT.601's numbers even to a caller who named the matrix (src_colorspace="ITU709"); OpenCV 4.12 did not either. PyAV
# 17.0 and OpenCV 4.13 obey. So training data read before and after such an update differs by up to 14 levels, and a
# network trained on one is shown the other, with no word of it in an error, a warning or a shape.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12); PyPI: av 16.1.0 and 17.0.0, opencv-python-headless 4.12.0.88 and
# 4.13.0.90, numpy 2.2.6.
# Seen 2026-11-27: Y, Cb, Cr 120, 90, 200 is 250 91 41 by BT.709 and 236 77 44 by BT.601; the readers gave 250 90
# 40 or 235 76 44.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi before av==16.1.0 opencv-python-headless==4.12.0.88 numpy==2.2.6
pypi after av==17.0.0 opencv-python-headless==4.13.0.90 numpy==2.2.6
cd "$work"

ffmpeg -v error -f lavfi -i color=c=black:s=64x64:r=25 -frames:v 3 -vf geq=lum=120:cb=90:cr=200,format=yuv420p \
    -c:v libx264 -qp 0 -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv clip.mp4
expect "the stream says" "tv,bt709,bt709,bt709" \
    "$(ffprobe -v error -of csv=p=0 \
        -show_entries stream=color_range,color_space,color_transfer,color_primaries clip.mp4)"

cat >read.py <<'PY'
"""The matrix by which a reader made RGB: the nearer one, if it is within three levels."""
import sys

import av
import cv2

reader = sys.argv[1]
if reader == "ffmpeg":
    seen = sys.stdin.buffer.read()[:3]
elif reader == "opencv":
    seen = cv2.VideoCapture("clip.mp4").read()[1][32, 32][::-1]
else:
    frame = next(av.open("clip.mp4").decode(video=0))
    named = {"src_colorspace": "ITU709"} if reader == "av-named" else {}
    seen = frame.reformat(format="rgb24", **named).to_ndarray()[32, 32]
seen = [int(c) for c in seen]


def rgb(red, blue):
    y, u, v = (120 - 16) / 219, (90 - 128) / 224, (200 - 128) / 224
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    return [255 * c for c in (r, (y - red * r - blue * b) / (1 - red - blue), b)]


def gap(matrix):
    return max(abs(a - b) for a, b in zip(seen, matrix))


gaps = {"BT.709": gap(rgb(0.2126, 0.0722)), "BT.601": gap(rgb(0.299, 0.114))}
print(*[name for name in gaps if gaps[name] < 3] or ["neither"])
PY

expect "ffmpeg" BT.709 \
    "$(ffmpeg -v error -i clip.mp4 -frames:v 1 -pix_fmt rgb24 -f rawvideo - | after/bin/python read.py ffmpeg)"
expect "PyAV 16.1" BT.601 "$(before/bin/python read.py av)"
expect "PyAV 16.1, src_colorspace=ITU709" BT.601 "$(before/bin/python read.py av-named)"
expect "OpenCV 4.12" BT.601 "$(before/bin/python read.py opencv)"
expect "PyAV 17.0" BT.709 "$(after/bin/python read.py av)"
expect "PyAV 17.0, src_colorspace=ITU709" BT.709 "$(after/bin/python read.py av-named)"
expect "OpenCV 4.13" BT.709 "$(after/bin/python read.py opencv)"
