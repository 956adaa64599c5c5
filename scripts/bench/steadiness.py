"""Paints clips with each `--steady` and tells how steady they are; see `steady`."""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

MODES = ("off", "hold", "full")


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{command[0]} failed: {result.stderr.strip()[-400:]}")
    return result.stdout


def given(clip, height, frames, out):
    """The clip's first frames at a height, nearly without loss."""
    scale = ["-vf", f"scale=-2:{height}:flags=area"] if height else []
    run("ffmpeg", "-v", "error", "-y", "-i", clip, "-an", *scale, "-fps_mode", "passthrough", "-frames:v", frames,
        "-c:v", "libx264", "-crf", "2", "-preset", "veryfast", "-pix_fmt", "yuv444p", out)
    return out


def energy(clip):
    """The mean gradient of the luma, by FFmpeg's Sobel filter."""
    text = run("ffmpeg", "-v", "error", "-i", clip, "-vf", "format=gray,sobel,signalstats,metadata=print:file=-", "-f",
               "null", "-")
    values = [float(value) for value in re.findall(r"YAVG=([\d.]+)", text)]
    return sum(values) / len(values)


def row(program, clip, style, mode, folder):
    painted = folder / f"{mode}.mp4"
    paint = json.loads(run(program, clip, "--no-config", "--style", style, "--steady", mode, "-o", painted, "--crf",
                           "2", "--pixel-format", "yuv444p", "--no-audio", "--overwrite", "--json", "-q"))
    motion = json.loads(run(program, "measure", painted, "--against", clip, "--no-config", "--json", "-q"))["motion"]
    return {"ratio": paint["temporalLPIPS"]["ratio"], "held": paint.get("held"),
            "reused": (paint.get("reuse") or {}).get("network"), "energy": energy(painted),
            "rmse": {gap["frames"]: gap.get("rmse") for gap in motion["gaps"]}, "still": motion.get("stillChange")}


def figure(value, digits):
    return "" if value is None else f"{value:.{digits}f}"


def main():
    p = argparse.ArgumentParser(prog="steady")
    p.add_argument("clips", nargs="*", type=Path)
    p.add_argument("--program", required=True)
    p.add_argument("--samples", required=True, type=Path)
    p.add_argument("--style", type=Path)
    p.add_argument("--height", type=int, default=320)
    p.add_argument("--frames", type=int, default=48)
    o = p.parse_args()
    style = o.style or o.samples / "hokusai-great-wave.jpg"
    print("| clip | steady | ratio | RMSE 1 | RMSE 10 | still | energy | held | reused |\n" + "|---" * 9 + "|")
    for clip in o.clips or [o.samples / "clip.mp4"]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            source = given(clip, o.height if o.clips else None, o.frames, folder / "source.mp4")
            first = None
            for mode in MODES:
                r = row(o.program, source, style, mode, folder)
                first = first or r
                print(f"| {clip.stem} | {mode} | {r['ratio']:.2f} | {figure(r['rmse'].get(1), 4)} "
                      f"| {figure(r['rmse'].get(10), 4)} | {figure(r['still'], 2)} "
                      f"| {r['energy'] / first['energy']:.3f} | {figure(r['held'], 2)} | {figure(r['reused'], 2)} |",
                      flush=True)


if __name__ == "__main__":
    main()
