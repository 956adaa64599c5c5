#!/usr/bin/env bash
# MPEG audio of layer II that has gone through an MP4 comes out named layer III.
#
# MP4 has one object type for all layers of MPEG-1 audio (0x6B), and FFmpeg's reader calls it mp3 without a look at a
# frame. Copied on into Matroska, the track says A_MPEG/L3 where A_MPEG/L2 is right; a transport stream, whose reader
# looks, says mp2 again. So a remux by way of MP4, of a recording from television or a DVD, names its sound wrongly, and
# who chooses by the name (a player's hardware decoder, a rule "copy mp2, encode mp3") chooses wrongly. The layer stands
# in each frame's second byte.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-27: mp2 directly; mp3 from the MP4 and from the Matroska made of it, A_MPEG/L3 in that file; both versions.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
cd "$work"

# codec FILE: what FFmpeg calls its sound.
codec() { ffprobe -v error -show_entries stream=codec_name -of csv=p=0 "$1" | head -1; }
# layer FILE: of the first frame.
layer() {
    ffmpeg -v error -y -i "$1" -map 0:a -c copy -f data packets
    od -An -tu1 -N2 packets | awk '{print 4 - int($2 / 2) % 4}'
}

ffmpeg -v error -f lavfi -i sine=d=1 -c:a mp2 sound.mp2
ffmpeg -v error -i sound.mp2 -c copy direct.mkv
for program in ffmpeg "$newer"; do
    name=$(version_of "$program")
    rm -f by.mp4 by.mkv by.ts
    "$program" -v error -i sound.mp2 -c copy by.mp4
    "$program" -v error -i by.mp4 -c copy by.mkv
    "$program" -v error -i by.mp4 -c copy by.ts
    expect "$name, Matroska without an MP4 between" "mp2 layer 2" "$(codec direct.mkv) layer $(layer direct.mkv)"
    expect "$name, in the MP4" "mp3 layer 2" "$(codec by.mp4) layer $(layer by.mp4)"
    expect "$name, in the Matroska made of it" "mp3 layer 2" "$(codec by.mkv) layer $(layer by.mkv)"
    expect "$name, what that Matroska says" "A_MPEG/L3" "$(grep -ao 'A_MPEG/L.' by.mkv | head -1)"
    expect "$name, in the transport stream made of it" "mp2" "$(codec by.ts)"
done
