#!/usr/bin/env bash
# Of a still, noisy clip libx264's neighbouring frames differ by little more than half of what distant ones do.
#
# White noise on a still picture is new in every frame, so that any two frames differ as much as any other two. After
# libx264 they do not: a frame is predicted from the one before, and what is too weak to be coded anew is taken over with
# it. Noise measured between neighbours, as temporal denoisers and detectors of motion do, comes out at half of what a
# place really wanders by.
#
# x264 0.164 with FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, libx264-164 2:0.164.3095+gitbaee400-3+deb12u1), Debian 12;
# numpy 2.2.6 (PyPI).
# Seen 2026-11-27: root mean squares of luma differences 9 frames and 1 frame apart, in levels: 2.34 and 2.34 before, 0.49
# and 0.26 after.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python numpy==2.2.6
cd "$work"

ffmpeg -v error -f lavfi -i mandelbrot=size=320x240:rate=25 -frames:v 1 still.png
ffmpeg -v error -loop 1 -framerate 25 -i still.png -vf noise=alls=5:allf=t:all_seed=7 -frames:v 100 -pix_fmt gray -f \
    rawvideo noisy.gray
ffmpeg -v error -f rawvideo -pix_fmt gray -s 320x240 -r 25 -i noisy.gray -pix_fmt yuv420p -c:v libx264 -crf 20 \
    -threads 1 -x264-params asm=avx2 coded.mp4
ffmpeg -v error -i coded.mp4 -vf format=gray -f rawvideo coded.gray

cat >apart.py <<'PY'
import sys

import numpy

frames = numpy.fromfile(sys.argv[1], numpy.uint8).reshape(-1, 240, 320).astype(float)


def apart(gap, first=20):
    pairs = [(n, n + gap) for n in range(first, 85)]
    return numpy.sqrt(numpy.mean([((frames[b] - frames[a]) ** 2).mean() for a, b in pairs]))


print(f"  {sys.argv[1]}: 9 apart {apart(9):.2f}, 1 apart {apart(1):.2f}", file=sys.stderr)
share = apart(1) / apart(9)
print("equal" if abs(share - 1) < 0.02 else "much less" if share < 0.7 else f"{share:.2f}")
PY
expect "source, neighbours against distant frames" "equal" "$(python/bin/python apart.py noisy.gray)"
expect "after libx264" "much less" "$(python/bin/python apart.py coded.gray)"
