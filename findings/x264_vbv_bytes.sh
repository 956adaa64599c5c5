#!/usr/bin/env bash
# libx264 under a VBV gives other bytes at each run, and repeats to the byte without one.
#
# With -maxrate and -bufsize a row's quantiser depends on how far the threads of the frames before have come. One thread
# repeats; constant quality repeats by any fixed number of threads.
#
# libx264 164 (2:0.164.3095+gitbaee400-3) through FFmpeg 5.1.9 (7:5.1.9-0+deb12u1), Debian 12.
# Seen 2026-11-27, two cores, four threads, 12 runs of 50 frames: 300 kbit/s under a VBV 9 to 12 streams; the same
# by one thread 1; constant quality 1; 300 kbit/s without a VBV 1.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1 libx264-164=2:0.164.3095+gitbaee400-3
[ "$(nproc)" -gt 1 ] || cannot "it needs two cores"

ffmpeg -v error -f lavfi -i testsrc2=s=320x180:r=25,noise=alls=20:allf=t:all_seed=3 -t 2 -pix_fmt yuv420p "$work/in.y4m"

# streams THREADS OPTION...: how many different streams twelve runs give. AVX2, for old memory counts with AVX-512.
streams() {
    local threads=$1
    shift
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
        ffmpeg -v error -i "$work/in.y4m" -c:v libx264 -threads "$threads" "$@" \
            -x264-params asm=AVX2,FMA3,BMI1,BMI2,LZCNT -f h264 - | md5sum
    done | kinds
}

vbv=(-b:v 300k -maxrate 300k -bufsize 150k)
expect "streams of 12 runs, constant quality, 4 threads" 1 "$(streams 4 -crf 23)"
expect "streams of 12 runs, bit rate, 4 threads" 1 "$(streams 4 -b:v 300k)"
expect "streams of 12 runs, VBV, 1 thread" 1 "$(streams 1 "${vbv[@]}")"
seen=$(streams 4 "${vbv[@]}")
printf '  streams of 12 runs, VBV, 4 threads: %s\n' "$seen"
[ "$seen" -gt 1 ] || changed "a VBV gave several streams"
