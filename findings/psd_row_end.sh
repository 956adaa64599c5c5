#!/usr/bin/env bash
# FFmpeg refuses a PSD whose packed rows hold PackBits' no-op, the byte 128: each PSD that ImageMagick packs.
#
# Apple's PackBits (TN1023) has 128 for "nothing": a reader passes over it. ImageMagick ends each row with one. FFmpeg
# takes it for a run of 129, which is longer than the row, and calls the data invalid; Pillow reads the picture. Without
# the byte FFmpeg reads the same picture too.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12) and 7.0.2 (PyPI imageio-ffmpeg 0.6.0); pillow 11.3.0;
# ImageMagick 6.9.11-60 (8:6.9.11.60+dfsg-1.6+deb12u15).
# Seen 2026-11-27: a picture of 16 x 16 in three hundred colours, rows without the byte: read by all; with it: refused by
# both FFmpegs ("Invalid rle char."), read by Pillow; ImageMagick's own: refused by both, its last byte is 128.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1 imagemagick-6.q16=8:6.9.11.60+dfsg-1.6+deb12u15
pypi python imageio-ffmpeg==0.6.0 pillow==11.3.0
newer=$(packaged_ffmpeg python)
cd "$work"

cat >write.py <<'PY'
"""A PSD of 16 x 16 by the letter of its specification, its rows packed as literals, with or without a no-op behind."""
import struct

SIDE = 16


def write(name, end):
    rows = []
    for channel in range(3):
        for y in range(SIDE):
            values = bytes((16 * (x, y, (x + y) // 2)[channel]) for x in range(SIDE))
            rows.append(bytes([SIDE - 1]) + values + end)
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, SIDE, SIDE, 8, 3) + bytes(12)
    counts = b"".join(struct.pack(">H", len(row)) for row in rows)
    open(name, "wb").write(head + struct.pack(">H", 1) + counts + b"".join(rows))


write("plain.psd", b"")
write("no-op.psd", b"\x80")
PY
cat >look.py <<'PY'
import sys

from PIL import Image

picture = Image.open(sys.argv[1]).convert("RGB")
wrong = sum(picture.getpixel((x, y)) != (16 * x, 16 * y, 16 * ((x + y) // 2)) for y in range(16) for x in range(16))
print("read" if not wrong else f"{wrong} pixels wrong")
PY
python/bin/python write.py
convert-im6.q16 plain.psd -compress RLE packed.psd

# reads PROGRAM FILE: whether all of its pixels come out right.
reads() {
    rm -f out.png
    "$1" -v quiet -xerror -i "$2" out.png || { printf 'refused\n' && return; }
    python/bin/python look.py out.png
}

expect "ImageMagick's last byte" "80" "$(tail -c 1 packed.psd | od -An -tx1 | tr -d ' ')"
for file in plain no-op packed; do expect "Pillow, $file" "read" "$(python/bin/python look.py $file.psd)"; done
for program in ffmpeg "$newer"; do
    name=$(version_of "$program")
    expect "$name, rows without a no-op" "read" "$(reads "$program" plain.psd)"
    expect "$name, rows with one" "refused" "$(reads "$program" no-op.psd)"
    expect "$name, ImageMagick's" "refused" "$(reads "$program" packed.psd)"
done
