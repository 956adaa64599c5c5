#!/usr/bin/env bash
# A track's language is lost on the way into QuickTime by one of its two ISO 639-2 codes and kept by the other.
#
# ISO 639-2 has two codes for twenty languages: German is deu (terminological) and ger (bibliographic). Matroska files
# and ffmpeg's users write either. libav's writer of MOV looks the code up in QuickTime's old list, which has ger, dut,
# gre, ice, chi and alb, and writes "unspecified" for deu, nld, ell, isl, zho and sqi, without a word; French is there by
# fra alone. Its writer of MP4 packs the letters and keeps each.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0).
# Seen 2026-11-28: into MOV deu, nld, zho and fre are lost, ger, dut, chi and fra kept; into MP4 all are kept. Both
# versions.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0
newer=$(packaged_ffmpeg python)
cd "$work"

ffmpeg -v error -f lavfi -i sine=d=0.2 -c:a aac sound.m4a

# kept PROGRAM CONTAINER CODES...: those that ffprobe finds in the file again.
kept() {
    local program=$1 container=$2 code found=()
    shift 2
    for code in "$@"; do
        "$program" -v error -y -i sound.m4a -c copy -metadata:s:a:0 "language=$code" "track.$container"
        [ "$(ffprobe -v error -show_entries stream_tags=language -of csv=p=0 "track.$container")" != "$code" ] ||
            found+=("$code")
    done
    echo "${found[*]:-none}"
}

for program in ffmpeg "$newer"; do
    name=$(version_of "$program")
    expect "$name, into MOV, terminological and fre" "none" "$(kept "$program" mov deu nld zho fre)"
    expect "$name, into MOV, bibliographic and fra" "ger dut chi fra" "$(kept "$program" mov ger dut chi fra)"
    expect "$name, into MP4" "deu nld zho fre ger dut chi fra" "$(kept "$program" mp4 deu nld zho fre ger dut chi fra)"
done
