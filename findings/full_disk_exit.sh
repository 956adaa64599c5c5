#!/usr/bin/env bash
# FFmpeg 5.1 exits 0 when the disk was full at the end of a file: the file is cut off, and its exit code says success.
#
# What the trailer and the closing of the file say is printed and not counted; an error of a frame's own writing is. So
# short files are lost with exit 0, and a Matroska file of 200 frames too, whose clusters are written late. Network file
# systems say that they are full at the closing. FFmpeg 7.0 exits 228. A script that lets 5.1 write has to look at the
# messages (-v error), or at the file.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0). /dev/full takes no byte.
# Seen 2026-11-27, exits with 1 and 200 frames: 5.1 MPEG-TS 0 and 1, Matroska 0 and 0, AVI 0 and 1; 7.0 228 always.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
[ -c /dev/full ] || cannot "there is no /dev/full"

# exits PROGRAM FORMAT: with 1 frame and with 200.
exits() {
    local frames code codes=()
    for frames in 1 200; do
        code=0
        "$1" -v error -f lavfi -i testsrc2=s=64x64:r=25 -frames:v $frames -f "$2" -y /dev/full 2>"$work/said" || code=$?
        grep -q 'No space left on device' "$work/said" || changed "nothing is said of the full disk"
        codes+=($code)
    done
    printf '%s' "${codes[*]}"
}

expect "5.1, MPEG-TS" "0 1" "$(exits ffmpeg mpegts)"
expect "5.1, Matroska" "0 0" "$(exits ffmpeg matroska)"
expect "5.1, AVI" "0 1" "$(exits ffmpeg avi)"
for format in mpegts matroska avi; do
    expect "7.0, $format" "228 228" "$(exits "$newer" $format)"
done
