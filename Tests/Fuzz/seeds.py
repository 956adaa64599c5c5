"""Makes small inputs to begin with, a folder for each reader: seeds.py FOLDER PROGRAM STYLE"""
import json
import struct
import subprocess
import sys
from pathlib import Path

CONTAINERS = {
    "a.mp4": ["-c:v", "libx264"], "a.mkv": ["-c:v", "libx264"], "a.ts": ["-c:v", "libx264"], "a.avi": ["-c:v", "mpeg4"],
    "a.mpg": ["-c:v", "mpeg2video", "-r", "25"], "a.flv": ["-c:v", "flv1"], "a.webm": ["-c:v", "libvpx-vp9"],
    "a.ogv": ["-c:v", "libtheora"], "a.mov": ["-c:v", "mjpeg"], "a.y4m": ["-pix_fmt", "yuv420p"],
    "b.y4m": ["-pix_fmt", "yuv422p10", "-strict", "-1"], "a.gif": [], "a.h264": ["-c:v", "libx264"],
    "b.mp4": ["-c:v", "libx265", "-x265-params", "log-level=none"],
}
PICTURES = {
    "a.png": [], "a.jpg": [], "a.webp": [], "a.gif": [], "a.bmp": [], "a.tiff": [], "a.avif": ["-still-picture", "1"],
    "b.png": ["-pix_fmt", "rgba64be"], "c.png": ["-pix_fmt", "pal8"], "b.jpg": ["-pix_fmt", "yuvj444p"],
    "a.ppm": [], "a.jp2": [], "a.tga": [], "b.webp": ["-lossless", "1"],
}


def ffmpeg(path, frames, options):
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=32x24:r=10", "-frames:v", str(frames),
                    *options, "-y", str(path)], check=True)


def tensors(shapes, metadata):
    header, at = {"__metadata__": metadata}, 0
    for name, (kind, shape) in shapes.items():
        size = {"F16": 2, "F32": 4}[kind]
        for side in shape:
            size *= side
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at)


def job(program, style, folder):
    """A job whose one chunk is painted: its `job.json` and the chunk's record."""
    clip, planned = folder / "clip.mp4", folder / "planned"
    ffmpeg(clip, 6, ["-c:v", "libx264"])
    plan = ["plan", clip, "--style", style, "--style-size", "64", "--chunk-frames", "3", "-o", folder / "out.mp4"]
    for words in ([*plan, "--job", planned], ["shard", "1/2", planned]):
        subprocess.run([program, *words, "-q"], check=True)
    return (planned / "job.json").read_bytes(), (planned / "chunk-00000.json").read_bytes()


def main(folder, program, style):
    for name in ("container", "picture", "safetensors", "score", "job"):
        (folder / name).mkdir()
    for name, options in CONTAINERS.items():
        ffmpeg(folder / "container" / name, 3, options)
    for name, options in PICTURES.items():
        ffmpeg(folder / "picture" / name, 1, options)
    shapes = {"a.weight": ("F16", [2, 3, 1, 1]), "a.bias": ("F32", [2]), "empty": ("F32", [0])}
    (folder / "safetensors" / "a").write_bytes(tensors(shapes, {"format": "pt", "preset": "fast"}))
    commission, record = job(program, style, folder)
    (folder / "job" / "a").write_bytes(commission + b"\0" + record)
    (folder / "score" / "a").write_text(json.dumps(json.loads(commission)["look"]["score"]))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
