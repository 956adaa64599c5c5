"""Reads the files out of a Qt resource collection (.rcc), as Qt's own `rcc` writes them.

The layout, all numbers big-endian: "qres", the version, and where the tree, the data and the names begin. A node of the
tree is 14 bytes (22 from version 2 on, which add a time): where its name is, its flags, then for a folder the number of
its children and the first one's index, for a file its locale and where its data is.
"""

import struct
import zlib

COMPRESSED, FOLDER, ZSTANDARD = 1, 2, 4


def read(path):
    """The files of a collection by their paths in it."""
    with open(path, "rb") as file:
        blob = file.read()
    magic, version, tree, data, names = struct.unpack_from(">4s4I", blob)
    if magic != b"qres" or not 1 <= version <= 3:
        raise ValueError(f"{path} is no Qt resource collection of a known version")
    node_size = 14 if version == 1 else 22

    def name(offset):
        (length,) = struct.unpack_from(">H", blob, names + offset)
        start = names + offset + 6  # behind the length and a hash
        return blob[start : start + 2 * length].decode("utf-16-be")

    def content(offset, flags):
        (size,) = struct.unpack_from(">I", blob, data + offset)
        raw = blob[data + offset + 4 : data + offset + 4 + size]
        if flags & ZSTANDARD:
            raise ValueError("a resource packed with Zstandard")
        return zlib.decompress(raw[4:]) if flags & COMPRESSED else raw

    files = {}

    def walk(index, folder):
        at = tree + index * node_size
        name_offset, flags = struct.unpack_from(">IH", blob, at)
        path = folder if index == 0 else f"{folder}/{name(name_offset)}"
        if flags & FOLDER:
            count, first = struct.unpack_from(">2I", blob, at + 6)
            for child in range(first, first + count):
                walk(child, path)
        else:
            (offset,) = struct.unpack_from(">I", blob, at + 10)
            files[path] = content(offset, flags)

    walk(0, "")
    return files
