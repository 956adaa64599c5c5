#!/usr/bin/env bash
# Of a clip with one pause a reader in Python gives each frame once, or one again and again, or half of them.
#
# H.264 in MP4, 50 frames at 25 a second, with a pause of two seconds behind the 20th; FFmpeg decodes 50. So do PyAV,
# OpenCV, decord, and imageio with its PyAV plugin. imageio as it is (v2 and v3) gives 100: its FFMPEG plugin lets
# ffmpeg fill the pause with the frame before it, and frame 60 there is frame 30 of the others. MoviePy gives 50, the
# right number, of which 20 are different: it takes the mean rate (12.5) for the clip's, reads as many of the filled
# ones, and never comes to what lies behind the pause. So pairs of frames by their numbers, as a measure of a painting
# against its source takes them, are other frames by each reader; phones record at such rates.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12); PyPI: av 16.1.0, opencv-python-headless 4.12.0.88, decord 0.6.0, imageio
# 2.37.0, imageio-ffmpeg 0.6.0, moviepy 2.2.1, numpy 2.2.6.
# Seen 2026-11-28: frames, different ones: 50 50 five times; 100 50 twice; 50 20.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi env av==16.1.0 opencv-python-headless==4.12.0.88 decord==0.6.0 imageio==2.37.0 imageio-ffmpeg==0.6.0 \
    moviepy==2.2.1 numpy==2.2.6
cd "$work"

# Each frame's grey is its number.
ffmpeg -v error -f lavfi -i "color=black:s=64x48:r=25:d=2,format=yuv420p,geq=lum='20+4*N':cb=128:cr=128" \
    -vf "setpts='PTS+if(gte(N,20),2/TB,0)'" -fps_mode vfr -c:v libx264 -qp 0 clip.mp4
expect "FFmpeg" 50 "$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0 clip.mp4)"

cat >read.py <<'PY'
"""How many frames a reader gives, how many of them are different, and the last one's number."""
import sys

import numpy


def opencv():
    import cv2
    clip = cv2.VideoCapture("clip.mp4")
    while (found := clip.read())[0]:
        yield found[1]


def pyav():
    import av
    for frame in av.open("clip.mp4").decode(video=0):
        yield frame.to_ndarray(format="rgb24")


def decord():
    import decord
    for frame in decord.VideoReader("clip.mp4"):
        yield frame.asnumpy()


def imageio2():
    import imageio.v2
    yield from imageio.v2.get_reader("clip.mp4")


def imageio3():
    import imageio.v3
    yield from imageio.v3.imiter("clip.mp4")


def imageio3_pyav():
    import imageio.v3
    yield from imageio.v3.imiter("clip.mp4", plugin="pyav")


def moviepy():
    import moviepy
    yield from moviepy.VideoFileClip("clip.mp4").iter_frames()


means = [numpy.asarray(frame)[..., :3].mean() for frame in globals()[sys.argv[1]]()]
numbers = [round((mean * 219 / 255 + 16 - 20) / 4) for mean in means]
print(len(numbers), len(set(numbers)), numbers[-1])
PY

for reader in opencv pyav decord imageio3_pyav; do
    expect "$reader: frames, different ones, the last" "50 50 49" "$(env/bin/python read.py $reader)"
done
for reader in imageio2 imageio3; do
    expect "$reader: frames, different ones, the last" "100 50 49" "$(env/bin/python read.py $reader)"
done
expect "moviepy: frames, different ones, the last" "50 20 19" "$(env/bin/python read.py moviepy)"
