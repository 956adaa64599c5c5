#!/usr/bin/env bash
# Of two Ogg films put one after another, which Ogg allows and calls chaining (RFC 3533, 4), readers built on libav give
# one, and some say nothing.
#
# Theora, 25 frames at 25 a second, twice. libavformat gives 53 packets: 25, then the three heads of the second part as
# if they were frames (at -0.08, -0.04 and 0 s), and 25 whose times begin at 0 again. The decoder answers a head with
# EPERM. ffmpeg then decodes nothing more: 25 frames of 50, "Operation not permitted" 27 times, exit code 0. OpenCV ends
# with the first part, and its CAP_PROP_FRAME_COUNT is 25 too. PyAV raises PermissionError, as if the file could not be
# read; who goes on behind it has all 50, and so has ffprobe -count_frames.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12); PyPI: av 16.1.0, opencv-python-headless 4.12.0.88, numpy 2.2.6.
# Seen 2026-11-28: 53 packets; ffmpeg 25 frames, code 0; ffprobe 50; OpenCV 25 of 25; PyAV 25 and PermissionError, 50.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi env av==16.1.0 opencv-python-headless==4.12.0.88 numpy==2.2.6
cd "$work"

ffmpeg -v error -f lavfi -i testsrc2=s=96x64:r=25 -frames:v 25 -c:v libtheora part.ogv
cat part.ogv part.ogv >chain.ogv
packets() { ffprobe -v error -show_entries packet=pts_time -of csv=p=0 chain.ogv; }
expect "packets" 53 "$(packets | wc -l)"
expect "times behind the first part" "-0.080000 -0.040000 0.000000 0.040000" \
    "$(packets | sed -n 27,30p | tr -d , | paste -sd ' ')"
ffmpeg -v error -i chain.ogv -f framemd5 frames.md5 2>ffmpeg.log && code=0 || code=$?
expect "ffmpeg: frames, exit code" "25 0" "$(grep -vc '^#' frames.md5) $code"
counted() { ffprobe -v quiet -count_frames -show_entries stream=nb_read_frames -of csv=p=0 chain.ogv; }
expect "ffprobe: frames" 50 "$(counted)"

cat >read.py <<'PY'
"""How many frames a reader gives, and what it says of the rest."""
import sys


def opencv():
    import cv2
    clip, count = cv2.VideoCapture("chain.ogv"), 0
    while clip.read()[0]:
        count += 1
    return count, int(clip.get(cv2.CAP_PROP_FRAME_COUNT))


def pyav():
    import av
    count = 0
    try:
        for _ in av.open("chain.ogv").decode(video=0):
            count += 1
    except av.error.FFmpegError as error:
        return count, type(error).__name__
    return count, "end"


def pyav_going_on():
    import av
    count = errors = 0
    for packet in av.open("chain.ogv").demux(video=0):
        try:
            count += len(packet.decode())
        except av.error.FFmpegError:
            errors += 1
    return count, errors


print(*globals()[sys.argv[1]]())
PY

expect "OpenCV: frames, as many as it says there are" "25 25" "$(env/bin/python read.py opencv 2>opencv.log)"
expect "PyAV: frames, then" "25 PermissionError" "$(env/bin/python read.py pyav)"
expect "PyAV, going on behind errors: frames, errors" "50 1" "$(env/bin/python read.py pyav_going_on)"
