#!/usr/bin/env bash
# The call that ends a decoder answers with a damaged picture's error, and whoever stops there loses whole pictures.
#
# avcodec.h says that the first flush packet returns success. By several threads it is where libavcodec tells of the
# packet that lies as many before the end as there are threads; of later ones the calls behind it tell. The pictures
# that are left come out all the same, to those who go on asking. PyAV turns the error into an exception of
# decode(None), with no way to ask on: of 20 pictures in PNG with one damaged, 19 come out by one thread, and 18, 17
# and 16 by three, four and five, the others being whole. A program that reads the flush's answer for a formality
# hears of no damage at all.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) makes the clip; PyPI: av 16.1.0 (FFmpeg 8.0), numpy 2.2.6.
# Seen 2026-11-28: the last packet damaged: 19 by one thread; 19, 18, 17, 16 by 2 to 5, each told by the flush.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi env av==16.1.0 numpy==2.2.6
cd "$work"

ffmpeg -v error -f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 -c:v png whole.mov
for packet in 17 18 19; do
    ffmpeg -v error -i whole.mov -c copy -bsf:v "noise=amount=if(eq(n\,$packet)\,5\,0)" "$packet.mov"
done

cat >read.py <<'PY'
"""How many pictures come out by so many threads, and which call tells of the damage."""
import sys

import av

clip = av.open(sys.argv[1])
stream = clip.streams.video[0]
stream.codec_context.thread_count, stream.codec_context.thread_type = int(sys.argv[2]), "FRAME"
count, told = 0, "nobody"
for packet in clip.demux(stream):
    try:
        count += len(packet.decode())
    except av.error.InvalidDataError:
        told = "a packet" if packet.size else "the flush"
print(count, told)
PY

read_by() { env/bin/python read.py "$1" "$2"; }

expect "the whole clip by 4 threads" "20 nobody" "$(read_by whole.mov 4)"
expect "the last packet damaged, by 1 thread" "19 a packet" "$(read_by 19.mov 1)"
expect "by 2" "19 the flush" "$(read_by 19.mov 2)"
expect "by 3" "18 the flush" "$(read_by 19.mov 3)"
expect "by 4" "17 the flush" "$(read_by 19.mov 4)"
expect "by 5" "16 the flush" "$(read_by 19.mov 5)"
expect "the last but one, by 2" "19 a packet" "$(read_by 18.mov 2)"
expect "by 3" "18 the flush" "$(read_by 18.mov 3)"
expect "the last but two, by 3" "19 a packet" "$(read_by 17.mov 3)"
expect "by 4" "17 the flush" "$(read_by 17.mov 4)"
