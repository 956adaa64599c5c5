#!/usr/bin/env bash
# VP9 and AV1 with row-mt=1: one stream by one thread, another by two or more; with row-mt=0 one stream by any number.
#
# Both encoders repeat to the byte, so each machine agrees with itself. By one thread row-mt=1 is row-mt=0's stream. In
# libaom row-mt is on unless one says otherwise, so its stream tells a machine with one core from others. VP9's differs
# for some contents only: for the zoom here it does, for a test card with noise it did not.
#
# libaom 3.6.0 (libaom3 3.6.0-1+deb12u1) and libvpx 1.12.0 (libvpx7 1.12.0-1+deb12u5) through FFmpeg 5.1.9, Debian 12.
# Seen 2026-11-27: threads 1, 2, 4, two runs each: row-mt 0: one stream; row-mt 1: 2 = 4, 1 is row-mt 0's.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1 libaom3=3.6.0-1+deb12u1 libvpx7=1.12.0-1+deb12u5

ffmpeg -v error -f lavfi -i mandelbrot=s=320x180:r=25 -t 1 -pix_fmt yuv420p "$work/in.y4m"

# stream THREADS ROW_MT ENCODER...: its digest, of two runs that must be equal. No ROW_MT: nothing is said.
stream() {
    local threads=$1 rows=$2 first second
    shift 2
    for run in first second; do
        printf -v $run '%s' "$(ffmpeg -v error -i "$work/in.y4m" -c:v "$@" -threads "$threads" \
            ${rows:+-row-mt "$rows"} -f rawvideo - | md5sum)"
    done
    [ "$first" = "$second" ] || changed "two runs were equal"
    printf '%s\n' "$first"
}

for encoder in "libaom-av1 -cpu-used 8 -crf 30" "libvpx-vp9 -cpu-used 4 -b:v 0 -crf 30"; do
    default=$([ "${encoder%%-*}" = libaom ] && printf on || printf off)
    printf '  %s\n' "$encoder"
    read -ra arguments <<<"$encoder"
    for rows in 0 1; do
        for threads in 1 2 4; do
            stream $threads $rows "${arguments[@]}" >"$work/$rows.$threads"
        done
    done
    expect "streams by 1, 2, 4 threads, row-mt 0" 1 "$(cat "$work"/0.* | kinds)"
    expect "streams by 2, 4 threads, row-mt 1" 1 "$(cat "$work"/1.[24] | kinds)"
    expect "streams by 1, 2 threads, row-mt 1" 2 "$(cat "$work"/1.[12] | kinds)"
    expect "streams by 1 thread, row-mt 0 and 1" 1 "$(cat "$work"/[01].1 | kinds)"
    unsaid=$(stream 2 "" "${arguments[@]}")
    case $unsaid in
    "$(cat "$work/0.2")") seen=off ;;
    "$(cat "$work/1.2")") seen=on ;;
    *) seen=neither ;;
    esac
    expect "row-mt where nothing is said" "$default" "$seen"
done
