"""What a disk may hold after power was lost: what was synced, and anything of the rest."""
import os
import shutil
import time
from pathlib import Path


# Seconds that a machine takes to come back.
BOOT = 90


class Change:
    """A line of the layer's journal, and a write's bytes."""

    def __init__(self, verb, inode, path, offset=0, path2="", data=b""):
        self.verb, self.inode, self.offset, self.path, self.path2, self.data = verb, inode, offset, path, path2, data

    @property
    def is_data(self):
        return self.verb in ("write", "cut")

    @property
    def folders(self):
        return {str(Path(path).parent) for path in (self.path, self.path2) if path}


def read(file, standing=()):
    """The changes of a journal, in order, behind those that made what stood there before."""
    whole, changes, at = file.read_bytes(), list(standing), 0
    names = {change.inode: change.inode for change in changes}
    while at < len(whole):
        end = whole.index(b"\n", at)
        _, verb, inode, offset, length, path, path2 = whole[at:end].decode().split("\t")
        at = end + 1 + int(length)
        if verb == "create" or inode not in names:
            names[inode] = (inode, len(changes))  # a number may have been another file's before
        changes.append(Change(verb, names[inode], path, int(offset), path2, whole[end + 1:at]))
    return changes


def standing(root):
    """The changes that make what a folder holds."""
    changes = []
    for path in sorted(root.rglob("*")):
        inode = str(path.lstat().st_ino)
        if path.is_dir():
            changes.append(Change("folder", inode, str(path)))
        else:
            changes.append(Change("create", inode, str(path)))
            changes.append(Change("write", inode, str(path), data=path.read_bytes()))
    return changes


def kept(changes, chooses):
    """Those that reach the disk: the synced ones, and what `chooses` says of the others."""
    files, folders, result = set(), set(), []
    for change in reversed(changes):
        if change.verb == "sync":
            files.add(change.inode)
            folders.add(change.path)
        elif change.inode in files if change.is_data else change.folders & folders:
            result.append(change)
        elif chooses(change):
            result.append(change)
    return result[::-1]


class Disk:
    """Names and bytes, made of changes."""

    def __init__(self, changes):
        self.bytes, self.files, self.folders = {}, {}, []
        for change in changes:
            getattr(self, change.verb)(change)

    def content(self, change):
        return self.bytes.setdefault(change.inode, bytearray())

    def create(self, change):
        self.bytes[change.inode] = bytearray()
        self.files[change.path] = self.bytes[change.inode]

    def write(self, change):
        content = self.content(change)
        content.extend(bytes(max(0, change.offset - len(content))))
        content[change.offset:change.offset + len(change.data)] = change.data

    def cut(self, change):
        content = self.content(change)
        content.extend(bytes(max(0, change.offset - len(content))))
        del content[change.offset:]

    def rename(self, change):
        if change.path in self.folders:
            return self.move(change.path, change.path2)
        self.files.pop(change.path, None)
        self.files[change.path2] = self.content(change)

    def move(self, old, new):
        def moved(path):
            return new + path[len(old):] if path == old or path.startswith(old + "/") else path

        self.folders = [moved(folder) for folder in self.folders]
        self.files = {moved(path): content for path, content in self.files.items()}

    def link(self, change):
        self.files[change.path2] = self.content(change)

    def remove(self, change):
        self.files.pop(change.path, None)
        self.folders = [folder for folder in self.folders if folder != change.path]

    def folder(self, change):
        self.folders.append(change.path)

    def nothing(self, change):
        """What changes neither names nor bytes."""

    sync = close = nothing

    def lay(self, root):
        """Makes the folder hold this, and nothing else. What lies in a folder that was lost is lost with it."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        for folder in self.folders:
            if Path(folder).parent.is_dir():
                Path(folder).mkdir(exist_ok=True)
        for path, content in self.files.items():
            if Path(path).parent.is_dir():
                Path(path).write_bytes(content)
                os.utime(path, (time.time() - BOOT,) * 2)
