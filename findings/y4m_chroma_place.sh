#!/usr/bin/env bash
# A clip that does not say where its chroma lies comes out of a Y4M pipe saying that it lies in the middle.
#
# Where chroma of 4:2:0 lies is a tag. An FFV1 file has none; encoded as H.264 its chroma counts as lying at the left, for
# that is what H.264 means where nothing is said. Y4M has no word for "not said": C420jpeg is the middle, C420mpeg2 the
# left. ffmpeg writes C420jpeg for what is not said. So the same clip, encoded from a pipe, is tagged as in the middle, and
# a player that heeds the tag shows its colours half a pixel beside where it shows those of the other file. In ten bits
# there is no word for either, and a tag of left is lost on the way.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-28: FFV1 to H.264 is read as left; through a pipe as center. Of H.264 in eight bits left becomes C420mpeg2,
# in ten bits C420p10. Both versions.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
cd "$work"

place_of() { ffprobe -v error -show_entries stream=chroma_location -of csv=p=0 "$1"; }

for program in ffmpeg "$newer"; do
    name=$(version_of "$program")
    make() { "$program" -v error -y "$@"; }
    make -f lavfi -i testsrc=s=64x48:r=5:d=0.2 -pix_fmt yuv420p -c:v ffv1 master.mkv
    make -i master.mkv -c:v libx264 direct.mp4
    make -i master.mkv -f yuv4mpegpipe master.y4m
    make -i master.y4m -c:v libx264 piped.mp4
    expect "$name, encoded from the file" "left" "$(place_of direct.mp4)"
    expect "$name, encoded from the pipe" "center" "$(place_of piped.mp4)"
    for format in yuv420p yuv420p10le; do
        make -i master.mkv -pix_fmt "$format" -c:v libx264 -chroma_sample_location left left.mp4
        make -i left.mp4 -strict -1 -f yuv4mpegpipe left.y4m
        words+=("$(head -n 1 left.y4m | grep -ao 'C420[a-z0-9]*')")
    done
    expect "$name, left in eight bits and in ten" "C420mpeg2 C420p10" "${words[*]}"
    words=()
done
