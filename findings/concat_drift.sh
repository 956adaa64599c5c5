#!/usr/bin/env bash
# MP4 chunks joined by FFmpeg 5.1's concat demuxer come later with every chunk; Matroska chunks come earlier.
#
# Six chunks of ten frames at 30 a second. The length that the demuxer adds is MP4's own, in whole milliseconds rounded
# up (334 for 333.33), and Matroska's, cut off (333). -movie_timescale of the clip's own clock makes the length exact.
# FFmpeg 7.0 joins MP4 without a drift; Matroska still comes early.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-27: the frame behind five joints, right at 1.666667 s: MP4 1.669987, with -movie_timescale
# 1.666667, Matroska 1.665000; by 7.0.2 1.666667 and 1.665000.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)

# chunks FOLDER ENDING OPTION...: six chunks and their list.
chunks() {
    local folder=$work/$1 ending=$2 chunk
    shift 2
    mkdir "$folder"
    for chunk in 0 1 2 3 4 5; do
        ffmpeg -v error -f lavfi -i testsrc2=s=64x64:r=30 -frames:v 10 -c:v libx264 "$@" "$folder/$chunk.$ending"
        printf "file '%s'\n" "$folder/$chunk.$ending" >>"$folder/list"
    done
}

# sixth PROGRAM FOLDER ENDING: when the first frame of the sixth chunk comes.
sixth() {
    "$1" -v error -f concat -safe 0 -i "$work/$2/list" -c copy -y "$work/joined.$3"
    ffprobe -v error -show_entries packet=pts_time -of csv=p=0 "$work/joined.$3" | sort -n | sed -n 51p
}

chunks plain mp4
chunks clock mp4 -movie_timescale 30000
chunks matroska mkv
expect "5.1, MP4" 1.669987 "$(sixth ffmpeg plain mp4)"
expect "5.1, MP4 with -movie_timescale 30000" 1.666667 "$(sixth ffmpeg clock mp4)"
expect "5.1, Matroska" 1.665000 "$(sixth ffmpeg matroska mkv)"
expect "7.0, MP4" 1.666667 "$(sixth "$newer" plain mp4)"
expect "7.0, Matroska" 1.665000 "$(sixth "$newer" matroska mkv)"
