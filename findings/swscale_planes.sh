#!/usr/bin/env bash
# FFmpeg's scaler makes rows of RGB in several times the time in which it makes the same numbers as planes.
#
# With full chroma libswscale has fast code that writes planes of red, green and blue (gbrp) and none that writes packed
# rows (rgb24), which everybody asks for. Asking for planes and packing them gives the same bits, and is faster.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0), on x86-64 with AVX2.
# Seen 2026-11-28: 96 frames of 1920 x 1080 take 2.8 s as rgb24 and 0.3 to 0.4 s as gbrp; one digest.
# Both versions.
source "$(dirname "$0")/common.bash"

grep -q avx2 /proc/cpuinfo || cannot "this CPU has no AVX2"
debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
cd "$work"

ffmpeg -v error -f lavfi -i testsrc2=s=1920x1080:r=24:d=0.5,noise=alls=8:all_seed=1 -pix_fmt yuv420p -f rawvideo in.yuv
flags=flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact

# converted PROGRAM FORMATS OUTPUT...: the clip eight times over, through these formats.
converted() {
    local program=$1 formats=$2
    shift 2
    "$program" -v info -benchmark -threads 1 -filter_threads 1 -stream_loop 7 -f rawvideo -pix_fmt yuv420p \
        -s 1920x1080 -r 24 -i in.yuv -vf "scale=$flags,format=$formats" "$@" 2>&1
}
# Milliseconds of the processor; the least of three.
cost() {
    for _ in 1 2 3; do
        converted "$1" "$2" -f null - | sed -n 's/.*utime=\([0-9]*\)\.\([0-9]\)\([0-9]\)\([0-9]\).*/\1\2\3\4/p'
    done | sort -n | head -n 1 | sed 's/^0*//'
}
digest() { converted "$1" "$2" -f md5 digest -y >/dev/null; cat digest; }

for program in ffmpeg "$newer"; do
    name=$(version_of "$program")
    rows=$(cost "$program" rgb24) planes=$(cost "$program" gbrp)
    echo "  $name: $rows ms as rows, $planes ms as planes"
    expect "$name, planes take under two thirds" yes "$([ $((3 * planes)) -lt $((2 * rows)) ] && echo yes || echo no)"
    expect "$name, the same numbers" yes \
        "$([ "$(digest "$program" rgb24)" = "$(digest "$program" gbrp,format=rgb24)" ] && echo yes || echo no)"
done
