#!/usr/bin/env bash
# A wrong checksum in FFV1 does not make ffmpeg fail, not even with -xerror -err_detect crccheck+explode.
#
# FFV1 is kept in archives for its checksums: each slice has one. ffmpeg finds the slice that is wrong, says so in its log,
# fills the place with what the frame before showed, and ends with 0; the frame carries no mark. So do DV, GIF and
# JPEG 2000. With the same flags a damaged H.264 or MPEG-2 ends with a failure. Whoever looks a collection through by exit
# codes finds the second kind only: the log has to be read (-v error, and any line is a loss).
#
# The damage is made by FFmpeg's own noise filter in one packet of twenty, the same at each run.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-28, both: of twenty frames differ FFV1 5, DV 1, GIF 13, JPEG 2000 1 (4, 14, 1 and 2 lines in the log), exit
# 0; H.264 1 and MPEG-2 5, exit 1 (5.1) and 183 (7.0).
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)

# frames FILE: a checksum for each.
frames() {
    ffmpeg -v quiet -threads 1 -i "$1" -map 0:v -fps_mode passthrough -f framemd5 - | awk '!/^#/ { print $NF }'
}

# look NAME EXTENSION DISTANCE ENDING CODEC...: damages one byte in DISTANCE and lets both programs look.
look() {
    local name=$1 extension=$2 distance=$3 wanted=$4 program code
    shift 4
    local whole=$work/whole.$extension wrong=$work/wrong.$extension
    ffmpeg -v error -y -f lavfi -i testsrc2=s=128x96:r=25 -frames:v 20 -c:v "$@" "$whole"
    ffmpeg -v error -y -i "$whole" -c copy -bsf:v "noise=amount=if(eq(n\\,7)\\,$distance\\,0)" "$wrong"
    differing=$(paste <(frames "$whole") <(frames "$wrong") | awk '$1 != $2' | wc -l)
    [ "$differing" -gt 0 ] || changed "$name decodes to the same frames"
    for program in ffmpeg "$newer"; do
        code=success
        "$program" -v error -xerror -err_detect crccheck+explode -i "$wrong" -map 0:v -f null - 2>"$work/log" || code=failure
        printf '  %s, %s: %s frames differ, %s lines in the log\n' "$name" "$(version_of "$program")" "$differing" \
            "$(wc -l <"$work/log")"
        [ -s "$work/log" ] || changed "$name is told in the log"
        expect "$name, $(version_of "$program") ends with" "$wanted" "$code"
    done
}

look FFV1 mkv 60 success ffv1 -level 3 -slicecrc 1
look DV dv 4000 success dvvideo -s 720x576 -pix_fmt yuv420p
look GIF gif 60 success gif
look "JPEG 2000" mov 60 success jpeg2000
look H.264 mkv 60 failure libx264
look MPEG-2 mkv 60 failure mpeg2video
