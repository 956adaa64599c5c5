#!/usr/bin/env bash
# A clip with damage decodes to other frames at each run by two threads, and to the same ones by one.
#
# What a decoder fills a damaged place with is what the reference frame holds by then, and another thread is at work on
# that. MPEG-4 with a wrong byte in every twenty thousand gives nearly every time another film, VP9 with one lost packet
# as well; H.264 and HEVC do it for some damage and not for other. -threads 2 is less than what is taken by itself. So a
# checksum of decoded frames tells nothing of a damaged file unless one thread decodes. FFmpeg 7.0 does the same.
#
# The damage is made by FFmpeg's own noise filter, the same at each run.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-27, different films of thirty runs by two threads: MPEG-4 12 and 25, VP9 7 and 18 (5.1 and 7.0); by one
# thread 1. HEVC of 5.1 once gave 2 of sixty by one thread.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
[ "$(nproc)" -ge 2 ] || cannot "it takes two cores"

source=testsrc2=s=352x288:r=25,noise=alls=10:all_seed=3
ffmpeg -v error -f lavfi -i "$source" -frames:v 40 -c:v mpeg4 -b:v 1500k "$work/mpeg4.mkv"
ffmpeg -v error -f lavfi -i "$source" -frames:v 40 -c:v libvpx-vp9 -row-mt 0 -threads 1 -cpu-used 8 -b:v 300k \
    "$work/vp9.mkv"
# The first packet stays nearly whole.
damage='noise=amount=20000*gt(n\,0)+1000000000*eq(n\,0)'
ffmpeg -v error -i "$work/mpeg4.mkv" -c copy -bsf:v "$damage" "$work/damaged-mpeg4.mkv"
ffmpeg -v error -i "$work/vp9.mkv" -c copy -bsf:v 'noise=drop=eq(n\,10)' "$work/damaged-vp9.mkv"

# films PROGRAM CODEC THREADS: how many different ones thirty runs give.
films() {
    for _ in $(seq 30); do
        "$1" -v quiet -threads "$3" -i "$work/damaged-$2.mkv" -map 0:v -fps_mode passthrough -f framemd5 - |
            grep -v '^#' | md5sum
    done | kinds
}

for codec in mpeg4 vp9; do
    for program in ffmpeg "$newer"; do
        name="$codec, $(version_of "$program")"
        expect "$name, one thread" 1 "$(films "$program" $codec 1)"
        seen=$(films "$program" $codec 2)
        printf '  %s, two threads: %s\n' "$name" "$seen"
        [ "$seen" -gt 1 ] || changed "$name gave several films by two threads"
    done
done
