"""Enough of the safetensors format to read and write weights: names, shapes, float16 and float32, metadata."""
import json
import os
import struct

import numpy as np

TYPES = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}


def read(path):
    """Returns ({name: array}, {key: text})."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8 or (length := struct.unpack("<Q", data[:8])[0]) > len(data) - 8:
        raise SystemExit(f"{path}: not a safetensors file")
    header = json.loads(data[8:8 + length])
    metadata, body, arrays = header.pop("__metadata__", {}), data[8 + length:], {}
    for name, entry in header.items():
        if entry["dtype"] not in TYPES:
            raise SystemExit(f"{path}: {name} is of type {entry['dtype']}, not F16 or F32")
        start, end = entry["data_offsets"]
        arrays[name] = np.frombuffer(body[start:end], TYPES[entry["dtype"]]).reshape(entry["shape"])
    return arrays, metadata


def write(path, arrays, metadata):
    """Writes the arrays, sorted by name, under a temporary name first. The same input gives the same bytes."""
    header, chunks, offset = {"__metadata__": dict(sorted(metadata.items()))}, [], 0
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        kind = next(k for k, t in TYPES.items() if t == array.dtype)
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        chunks.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = f"{path}.part"
    with open(temporary, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
    os.replace(temporary, path)
