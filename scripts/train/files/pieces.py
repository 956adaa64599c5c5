"""A checkpoint in pieces small enough to travel, and together again.

python -m files.pieces split FILE DIR    DIR/a000, a001, ... of at most 15 MiB (b000, ... the next time), and a manifest
                                         with their checksums
python -m files.pieces join DIR FILE
"""
from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from pathlib import Path

from files.failure import Failure, run

SIZE = 15 << 20
"""Bytes of a piece: under 16 MB of either kind."""


def split(path: Path, folder: Path, size: int = SIZE) -> list[str]:
    """Writes the pieces, then the manifest in the place of an earlier one, then takes the earlier pieces away: whenever
    it is stopped, the manifest names pieces that are whole."""
    if not path.exists():
        raise Failure(f"cannot split {path}: no such file.")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.json"
    turn = "b" if manifest.exists() and '"a000"' in manifest.read_text() else "a"
    names, digests = [], []
    with open(path, "rb") as file:
        while piece := file.read(size):
            name = f"{turn}{len(names):03}"
            (folder / name).write_bytes(piece)
            names.append(name)
            digests.append(hashlib.sha256(piece).hexdigest())
    temporary = folder / "manifest.json.partial"
    temporary.write_text(json.dumps(dict(zip(names, digests)), indent=0))
    os.replace(temporary, manifest)
    for old in folder.iterdir():
        if re.fullmatch("[ab][0-9]{3,}", old.name) and old.name not in names:
            old.unlink()
    return names


def join(folder: Path, path: Path) -> None:
    """Puts the file together beside its name and renames it once every piece is what the manifest says."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"cannot join the pieces in {folder}: no readable manifest ({error}). "
                      "Bring all of them back.") from None
    temporary = path.with_name(path.name + ".partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(temporary, "wb") as out:
        for name, digest in sorted(manifest.items()):
            piece = (folder / name).read_bytes() if (folder / name).exists() else b""
            if hashlib.sha256(piece).hexdigest() != digest:
                temporary.unlink()
                raise Failure(f"cannot join the pieces in {folder}: {name} is {'damaged' if piece else 'missing'}.")
            out.write(piece)
    os.replace(temporary, path)


def main() -> None:
    match sys.argv[1:]:
        case ["split", path, folder]:
            print(f"{len(split(Path(path), Path(folder)))} pieces in {folder}")
        case ["join", folder, path]:
            join(Path(folder), Path(path))
        case _:
            raise Failure("usage: pieces split FILE DIR | pieces join DIR FILE")


if __name__ == "__main__":
    run(main)
