#!/usr/bin/env bash
# FFmpeg's photosensitivity filter finds fault with a clip in which nothing moves, and with a single cut.
#
# It takes the first frame for a change from black, and sums changes over a second without counting flashes. So a still
# grey, by the default threshold, is over the limit (badness above 1) for half its first second, and so is a picture of
# which half turns white once. Who checks a film by it must leave the first second out, and count flashes otherwise.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12), the same in 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-28: grey 1.92 at first, over 1 for 12 of 75 frames; half that turns white once 1.91, 12 frames; black that stays 0.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)

# badness PROGRAM SOURCE FILTER: the largest of all frames, and how many are over the limit of 1.
badness() {
    "$1" -v error -f lavfi -i "$2" -vf "$3photosensitivity=frames=25:bypass=1,metadata=print:file=-" -f null - |
        awk -F= '/\.badness/ { if ($2 > most) most = $2; over += $2 > 1 } END { printf "%.2f %d\n", most, over }'
}

for program in ffmpeg "$newer"; do
    printf '  %s\n' "$(version_of "$program")"
    expect "black that stays black" "0.00 0" "$(badness "$program" color=black:size=128x72:rate=25:duration=3 "")"
    expect "grey that stays grey" "1.92 12" "$(badness "$program" color=gray:size=128x72:rate=25:duration=3 "")"
    expect "half of black turns white, once" "1.91 12" "$(badness "$program" \
        color=black:size=128x72:rate=25:duration=4 "drawbox=0:0:64:72:white:fill:enable='gte(t,2)',")"
done
