#!/usr/bin/env bash
# swscale's white is not white: ten bits' 940 becomes 1020 of 1023, and accurate_rnd alone makes eight bits' white 253.
#
# Limited range to full range, ten bits: the scale factor is that of eight bits, so 940 becomes 255 * 4 = 1020 whatever
# the flags; zscale gives 1023. Eight bits to RGB: white (235) is 255 by default, 253 with accurate_rnd, whose name
# promises the contrary, and 255 again with full_chroma_int beside it. The mean error of a gray ramp is -0.5, -1.8 and
# 0.0 levels: all three differ, and only the pair of flags rounds.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12), the same in 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-27: the figures above.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
cd "$work"

python3 - <<'PY'
import array
white = array.array("H", [940] * 4096 + [512] * 2048)
open("white10.yuv", "wb").write(white.tobytes())
ramp = bytes(min(max(x, 16), 235) for x in range(256))
open("ramp8.yuv", "wb").write(ramp * 64 + bytes([128]) * 8192)
PY

# ten PROGRAM FILTER: the values of luma that are left of 940.
ten() {
    "$1" -v error -f rawvideo -pix_fmt yuv420p10le -s 64x64 -i white10.yuv -vf "$2,format=yuv420p10le" -f rawvideo - |
        python3 -c 'import array, sys; print(*set(array.array("H", sys.stdin.buffer.read())[:4096]))'
}

# eight PROGRAM FLAGS: black, white and the mean error of a ramp from black to white.
eight() {
    "$1" -v error -f rawvideo -pix_fmt yuv420p -s 256x64 -i ramp8.yuv -vf "scale=flags=$2,format=rgb24" -f rawvideo - |
        python3 -c 'import sys
row = sys.stdin.buffer.read()[:768:3]
errors = [row[x] - (x - 16) * 255 / 219 for x in range(16, 236)]
print(row[16], row[235], round(sum(errors) / len(errors), 1) + 0)'
}

for program in ffmpeg "$newer"; do
    printf '  %s\n' "$(version_of "$program")"
    for flags in bicubic accurate_rnd accurate_rnd+full_chroma_int+full_chroma_inp+bitexact; do
        expect "940 of ten bits, $flags" 1020 "$(ten "$program" "scale=in_range=limited:out_range=full:flags=$flags")"
    done
    expect "940 of ten bits, zscale" 1023 "$(ten "$program" zscale=rangein=limited:range=full)"
    expect "eight bits to RGB, default" "0 255 -0.5" "$(eight "$program" bicubic)"
    expect "eight bits to RGB, accurate_rnd" "0 253 -1.8" "$(eight "$program" bicubic+accurate_rnd)"
    expect "eight bits to RGB, both" "0 255 0.0" "$(eight "$program" bicubic+accurate_rnd+full_chroma_int)"
done
