#!/usr/bin/env bash
# FFmpeg reads a TIFF in tiles as a black picture and CMYK of 16 bits as if ink were light, with success and no warning.
#
# TIFF 6.0 defines both. Tiles: the decoder knows strips alone, takes none, and hands
# on the empty picture. CMYK of 8 bits is turned into RGB; of 16 bits it is handed on as red, green, blue and alpha, so
# that bare paper comes out black. The exit code is 0, and -v warning says nothing.
#
# FFmpeg 5.1.9 (7:5.1.9-0+deb12u1, Debian 12), the same in 7.0.2 (PyPI imageio-ffmpeg 0.6.0); pillow 11.3.0.
# Seen 2026-11-27: 64 x 64, 4096 colours: in a strip 4096, in tiles 1 (black); corner without ink: 8 bits white,
# 16 bits black.
source "$(dirname "$0")/common.bash"

debian ffmpeg=7:5.1.9-0+deb12u1
pypi python imageio-ffmpeg==0.6.0 pillow==11.3.0
newer=$(packaged_ffmpeg python)
cd "$work"

cat >write.py <<'PY'
"""Four TIFFs of 64 x 64 by the letter of the specification, little-endian, uncompressed."""
import struct

SHORT, LONG, SIDE, TILE = 3, 4, 64, 32


def write(name, tags, data):
    """tags: number to (type, values); the data begins at byte 8, the directory behind it."""
    directory = 8 + len(data)
    beyond, extra, entries = directory + 2 + 12 * len(tags) + 4, b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}{'H' if kind == SHORT else 'I'}", *values)
        field = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", beyond + len(extra))
        extra += packed + bytes(len(packed) % 2) if len(packed) > 4 else b""
        entries += struct.pack("<HHI", tag, kind, len(values)) + field
    with open(name, "wb") as file:
        file.write(b"II*\0" + struct.pack("<I", directory) + data)
        file.write(struct.pack("<H", len(tags)) + entries + bytes(4) + extra)


def kind(bits, samples, photometric):
    return {256: (SHORT, [SIDE]), 257: (SHORT, [SIDE]), 258: (SHORT, [bits] * samples), 259: (SHORT, [1]),
            262: (SHORT, [photometric]), 277: (SHORT, [samples])}


def strip(data):
    return {273: (LONG, [8]), 278: (SHORT, [SIDE]), 279: (LONG, [len(data)])}


def pixels(left, top, side, pixel):
    return b"".join(pixel(x, y) for y in range(top, top + side) for x in range(left, left + side))


def rgb(x, y):
    return bytes([4 * x, 4 * y, 2 * x + 2 * y])


whole = pixels(0, 0, SIDE, rgb)
write("strip.tif", kind(8, 3, 2) | strip(whole), whole)
tiles = [pixels(x, y, TILE, rgb) for y in (0, TILE) for x in (0, TILE)]
size = len(tiles[0])
offsets = {324: (LONG, [8 + size * i for i in range(4)]), 325: (LONG, [size] * 4)}
write("tiles.tif", kind(8, 3, 2) | {322: (SHORT, [TILE]), 323: (SHORT, [TILE])} | offsets, b"".join(tiles))
ink = pixels(0, 0, SIDE, lambda x, y: bytes([4 * x, 4 * y, 0, 0]))
write("cmyk8.tif", kind(8, 4, 5) | strip(ink), ink)
ink = pixels(0, 0, SIDE, lambda x, y: struct.pack("<4H", 1028 * x, 1028 * y, 0, 0))
write("cmyk16.tif", kind(16, 4, 5) | strip(ink), ink)
PY
python3 write.py

# read_by PROGRAM FILE: exit code, letters of warning, number of colours, the first pixel.
read_by() {
    local code=0
    "$1" -v warning -i "$2" -pix_fmt rgb24 -f rawvideo - >picture.rgb 2>warnings || code=$?
    python3 - $code "$(wc -c <warnings)" <<'PY'
import sys
data = open("picture.rgb", "rb").read()
colours = {data[i : i + 3] for i in range(0, len(data), 3)}
print(f"exit {sys.argv[1]}, warnings {sys.argv[2]}, colours {len(colours)}, first", *data[:3])
PY
}

witness() {
    python/bin/python -c 'import sys; from PIL import Image
picture = Image.open(sys.argv[1]).convert("RGB")
print("colours", len(picture.getcolors(4096)), "first", *picture.getpixel((0, 0)))' "$1"
}

expect "Pillow, tiles" "colours 4096 first 0 0 0" "$(witness tiles.tif)"
expect "Pillow, CMYK of 8 bits" "colours 4096 first 255 255 255" "$(witness cmyk8.tif)"
for program in ffmpeg "$newer"; do
    printf '  %s\n' "$(version_of "$program")"
    expect "strip" "exit 0, warnings 0, colours 4096, first 0 0 0" "$(read_by "$program" strip.tif)"
    expect "tiles" "exit 0, warnings 0, colours 1, first 0 0 0" "$(read_by "$program" tiles.tif)"
    expect "CMYK of 8 bits" "exit 0, warnings 0, colours 4096, first 254 254 254" "$(read_by "$program" cmyk8.tif)"
    expect "CMYK of 16 bits" "exit 0, warnings 0, colours 4096, first 0 0 0" "$(read_by "$program" cmyk16.tif)"
done
