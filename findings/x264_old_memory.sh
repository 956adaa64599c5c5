#!/usr/bin/env bash
# libx264's picture depends on what lay in memory before, where the processor has AVX-512.
#
# The same input, settings and number of threads: on a processor with AVX-512 the decoded pictures differ with the old
# contents of memory, which glibc sets by MALLOC_PERTURB_. With the macroblock tree off, or with the encoder held to
# AVX2, there is one picture. With the same old contents it repeats, so that a test which runs twice sees nothing.
#
# libx264 164 (2:0.164.3095+gitbaee400-3) through FFmpeg 5.1.9 (7:5.1.9-0+deb12u1), Debian 12.
# Seen 2026-11-27 on an EPYC with AVX-512: 4 contents, 96 x 240 pixels: 4 videos; AVX2 1; without mbtree 1. The
# encoder inside imageio-ffmpeg 0.6.0 (FFmpeg 7.0.2) gave the same.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1 libx264-164=2:0.164.3095+gitbaee400-3
processor_has avx512bw && processor_has avx512vl || cannot "this processor has no AVX-512"
avx2=asm=AVX2,FMA3,BMI1,BMI2,LZCNT

ffmpeg -v error -f lavfi -i mandelbrot=s=96x240:r=25 -t 1 -pix_fmt yuv420p "$work/in.y4m"

# painted PERTURB OPTIONS: the digest of the decoded pictures.
painted() {
    MALLOC_PERTURB_=$1 ffmpeg -v error -i "$work/in.y4m" -c:v libx264 -threads 4 -crf 18 -x264-params "$2" -f h264 - |
        ffmpeg -v error -f h264 -i - -f md5 -
}

# videos OPTIONS: how many different videos four old contents of memory give.
videos() {
    for content in 0 1 85 170; do painted $content "$1"; done | kinds
}

expect "videos for one old content, three times" 1 "$(for _ in 1 2 3; do painted 85 ""; done | kinds)"
expect "videos for 4 old contents, AVX2" 1 "$(videos $avx2)"
expect "videos for 4 old contents, no mbtree" 1 "$(videos mbtree=0)"
seen=$(videos "")
printf '  videos for 4 old contents, AVX-512: %s\n' "$seen"
[ "$seen" -gt 1 ] || changed "with AVX-512 old memory gave several videos"
