"""Puts paintings together that are cut into jigsaw pieces.

A piece is a picture with transparent surroundings; its board says where its middle lies, to three decimals of a field
of 702 x 515. That leaves a piece up to a few pixels from its place. Pieces are moved, alone and in whole rows and
columns, to where they leave the least uncovered and cover the least twice. Where soft edges meet, a point's colour is
the mean of the pieces' there, weighted by opacity.
"""

import re
import subprocess

FIELD_WIDTH, FIELD_HEIGHT = 702, 515
MARGIN = 32


class Piece:
    def __init__(self, encoded, x, y):
        probe = subprocess.run(
            ["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", "-"],
            input=encoded, stdout=subprocess.PIPE, check=True)
        self.width, self.height = map(int, probe.stdout.decode().strip().split(","))
        self.rgba = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgba", "-"],
            input=encoded, stdout=subprocess.PIPE, check=True).stdout
        self.left = round(x * FIELD_WIDTH - self.width / 2) + MARGIN
        self.top = round(y * FIELD_HEIGHT - self.height / 2) + MARGIN
        alpha = self.rgba[3::4]
        # Each row's opaque places as the bits of one number: Python counts and shifts those fast.
        self.rows = [
            sum(1 << column for column in range(self.width) if alpha[row * self.width + column] > 127)
            for row in range(self.height)
        ]


def pieces(files, board):
    """A board's pieces at their nominal places."""
    text = next(data for path, data in files.items() if path.endswith(f"/{board}.qml")).decode()
    images = {path.rsplit("/", 1)[-1]: data for path, data in files.items() if path.endswith(".webp")}
    pattern = r'"image/([^"]+\.webp)",\s*"x"\s*:\s*"?([\d.]+)"?,\s*"y"\s*:\s*"?([\d.]+)"?'
    return [Piece(images[name], float(x), float(y)) for name, x, y in re.findall(pattern, text)]


def misfit(parts):
    """Points of the whole's rectangle that no piece covers, and those that two do."""
    left, top = min(part.left for part in parts), min(part.top for part in parts)
    right, bottom = max(part.left + part.width for part in parts), max(part.top + part.height for part in parts)
    once, twice = [0] * (bottom - top), 0
    for part in parts:
        for row, bits in enumerate(part.rows):
            place = part.top - top + row
            bits <<= part.left - left
            twice += (once[place] & bits).bit_count()
            once[place] |= bits
    return (right - left) * (bottom - top) - sum(bits.bit_count() for bits in once) + twice


def groups(parts):
    """What is moved together: each piece alone, each column and row, and all pieces from some column or row on."""
    yield from ([part] for part in parts)
    for middle in (lambda part: part.left + part.width / 2, lambda part: part.top + part.height / 2):
        middles = {part: middle(part) for part in parts}
        for start in sorted(set(middles.values())):
            yield [part for part in parts if middles[part] >= start - 30]
            yield [part for part in parts if abs(middles[part] - start) <= 30]


def settle(parts):
    best = misfit(parts)
    moved = True
    while moved:
        moved = False
        for group in list(groups(parts)):
            for dx, dy in [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-1, 1), (1, -1)]:
                shift(group, dx, dy)
                cost = misfit(parts)
                if cost < best:
                    best, moved = cost, True
                else:
                    shift(group, -dx, -dy)


def shift(group, dx, dy):
    for part in group:
        part.left += dx
        part.top += dy


def assemble(parts):
    """The painting: width, height, and its pixels in RGB, cropped to where every row and column is whole."""
    settle(parts)
    width, height = FIELD_WIDTH + 2 * MARGIN, FIELD_HEIGHT + 2 * MARGIN
    weight = [0] * (width * height)
    colour = [[0] * (width * height) for _ in range(3)]
    for part in parts:
        for row in range(part.height):
            for column in range(part.width):
                at = (row * part.width + column) * 4
                alpha = part.rgba[at + 3]
                if alpha:
                    place = (part.top + row) * width + part.left + column
                    weight[place] += alpha
                    for component in range(3):
                        colour[component][place] += alpha * part.rgba[at + component]
    left, top, right, bottom = whole(weight, width, height)
    fill(weight, colour, width, left, top, right, bottom)
    pixels = bytearray()
    for y in range(top, bottom):
        for place in range(y * width + left, y * width + right):
            share = weight[place] or 1
            pixels += bytes((colour[component][place] + share // 2) // share for component in range(3))
    return right - left, bottom - top, bytes(pixels)


def fill(weight, colour, width, left, top, right, bottom):
    """Gives points that no piece covers, a line of one or two along some cuts, the mean colour of those around them."""
    around = [dy * width + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dx or dy]
    bare = [y * width + x for y in range(top, bottom) for x in range(left, right) if weight[y * width + x] < 64]
    for place in bare:
        weight[place] = 0
    while bare:
        known = {place: [place + step for step in around if weight[place + step] > 0] for place in bare}
        known = {place: neighbours for place, neighbours in known.items() if neighbours}
        for place, neighbours in known.items():
            for component in colour:
                colours = [component[other] * 255 // weight[other] for other in neighbours]
                component[place] = sum(colours) // len(neighbours)
        for place in known:
            weight[place] = 255
        bare = [place for place in bare if place not in known]


def whole(weight, width, height):
    """The largest rectangle, shrunk from the outside, whose edges are opaque all along."""
    opaque = [place for place, value in enumerate(weight) if value > 200]
    left, right = min(place % width for place in opaque), max(place % width for place in opaque) + 1
    top, bottom = min(opaque) // width, max(opaque) // width + 1

    def share(places):
        places = list(places)
        return sum(weight[place] > 128 for place in places) / len(places)

    while True:
        edges = {
            "left": share(y * width + left for y in range(top, bottom)),
            "right": share(y * width + right - 1 for y in range(top, bottom)),
            "top": share(top * width + x for x in range(left, right)),
            "bottom": share((bottom - 1) * width + x for x in range(left, right)),
        }
        worst = min(edges, key=edges.get)
        if edges[worst] > 0.995:
            return left, top, right, bottom
        left += worst == "left"
        right -= worst == "right"
        top += worst == "top"
        bottom -= worst == "bottom"
