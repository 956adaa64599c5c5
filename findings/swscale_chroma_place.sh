#!/usr/bin/env bash
# FFmpeg's scale filter takes chroma to lie between two pixels, whatever the stream says. Most video says: on the left.
#
# A ramp of chroma, 4:2:0 to 4:4:4. Streams tagged "left", "topleft" and "center" give the same picture, for the
# first two with every colour half a pixel too far to the right. in_h_chr_pos=0 (with out_h_chr_pos=0) puts it right.
# zscale knows both places, but must be told as well.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12), the same in 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-27: chroma 20 + 4k at chroma sample k; pixels 20, 21, 22 are 60 62 64 for chroma on the left pixel
# and 59 61 63 for chroma between: scale gives 59 61 63 for all three tags.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
cd "$work"

python3 - <<'PY'
ramp = bytes(20 + 4 * k for k in range(48))
open("ramp.yuv", "wb").write(bytes([128]) * (96 * 64) + ramp * 64)
PY
for place in left center topleft; do
    ffmpeg -v error -f rawvideo -pix_fmt yuv420p -s 96x64 -i ramp.yuv -c:v libx264 -qp 0 \
        -chroma_sample_location $place $place.mp4
    expect "the stream says" $place "$(ffprobe -v error -show_entries stream=chroma_location -of csv=p=0 $place.mp4)"
done

# pixels PROGRAM PLACE FILTER: chroma at the pixels 20 to 22.
pixels() {
    "$1" -v error -i "$2.mp4" -vf "$3,format=yuv444p" -f rawvideo - |
        python3 -c 'import sys; print(*sys.stdin.buffer.read()[96 * 64 + 20:][:3])'
}

for program in ffmpeg "$newer"; do
    printf '  %s\n' "$(version_of "$program")"
    for place in left topleft center; do
        expect "scale, tagged $place" "59 61 63" "$(pixels "$program" $place scale=flags=bicubic+accurate_rnd)"
    done
    expect "scale, told by hand" "60 62 64" "$(pixels "$program" left scale=in_h_chr_pos=0:out_h_chr_pos=0)"
    expect "zscale, told left" "60 62 64" "$(pixels "$program" left zscale=cin=left)"
    expect "zscale, told center" "59 61 63" "$(pixels "$program" left zscale=cin=center)"
done
