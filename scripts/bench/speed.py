"""Times frames and runs by turns; see `run`."""
import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

# Convolutions of a frame of `fast`: stride of the result, input and output channels, side of the window, and its
# stride. Winograd's filtering leaves a quarter of the products of those of 3 x 3 at stride 1.
LAYERS = [
    (1, 3, 16, 3, 1), (2, 16, 32, 3, 2), (4, 32, 64, 3, 2), (4, 64, 64, 3, 1), (4, 64, 64, 3, 1), (8, 64, 128, 3, 2),
    (8, 128, 128, 3, 1), (8, 128, 128, 3, 1), (16, 128, 128, 3, 2), (16, 128, 128, 3, 1), (16, 128, 128, 3, 1),
    (16, 128, 128, 3, 1), (16, 128, 64, 3, 1), (16, 64, 64, 3, 1), (16, 64, 16, 3, 1), (16, 512, 128, 3, 1),
    (8, 128, 128, 3, 1), (8, 128, 64, 3, 1), (8, 128, 896, 1, 1), (4, 64, 448, 1, 1), (8, 128, 128, 3, 1),
    (8, 128, 128, 3, 1), (8, 128, 64, 3, 1), (4, 64, 64, 3, 1), (4, 64, 64, 3, 1), (4, 64, 32, 3, 1),
    (2, 32, 32, 3, 1), (2, 32, 32, 3, 1), (2, 32, 16, 3, 1), (1, 16, 3, 3, 1),
]


def gigaflops(width, height, style):
    """Of a frame's products, after Winograd's filtering: convolutions, and attention's two."""
    width, height = (max(48, (side + 15) // 16 * 16) for side in (width, height))
    total = 0
    for stride, inputs, outputs, side, step in LAYERS:
        quarter = 4 if side == 3 and step == 1 and inputs >= 8 and outputs > 4 else 1
        total += 2 * width * height / stride ** 2 * inputs * outputs * side ** 2 / quarter
    return (total + 2 * width * height / 256 * (style // 16) ** 2 * (128 + 512)) / 1e9


class Frames:
    """A network bench that paints a frame for each line that it is sent."""

    def __init__(self, bench, level=None, precision=None, **sizes):
        command = [bench] + [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
        if precision:
            command += ["--precision", precision]
        environment = dict(os.environ, **({"STYLEVIDEO_CPU": level} if level else {}))
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a bench ended")
        return json.loads(line)

    def frame(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def by_turns(benches, rounds):
    """Frames of several benches, one after the other in each round: medians, and each one's ratio to the first."""
    answers = [[bench.frame() for bench in benches] for _ in range(rounds)]
    for bench in benches:
        bench.close()
    seconds = [[answer["seconds"] for answer in row] for row in answers]
    medians = [statistics.median(column) for column in zip(*seconds)]
    ratios = [statistics.median(row[0] / row[i] for row in seconds) for i in range(len(benches))]
    stages = [{name: statistics.median(row[i]["stages"][name] for row in answers) for name in answers[0][i]["stages"]}
              for i in range(len(benches))]
    return medians, ratios, stages


def products(built):
    """GFLOP/s of one core's register tile, by level, at its best of four shapes."""
    out = subprocess.run([f"{built}/KernelBench", "--threads", "1", "--only", "product"], capture_output=True,
                         text=True, check=True).stdout
    best = {}
    for level, rate in re.findall(r"by tile\s+(\S+).*?(\d+) GFLOP/s", out):
        best[level] = max(best.get(level, 0), int(rate))
    for rate in re.findall(r"by OpenBLAS.*?(\d+) GFLOP/s", out):
        best["OpenBLAS"] = max(best.get("OpenBLAS", 0), int(rate))
    return best


def whole(program, clip, style, *flags):
    """A run's report, with the CPU seconds and the most memory of its process."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = [program, clip, "--no-config", "--style", style, "-o", f"{folder}/out.mp4", "--json", *flags]
        out = subprocess.run(words, capture_output=True, text=True)
        if out.returncode:
            raise SystemExit(out.stderr)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads(out.stdout)
        report["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return report


def enlarged(samples, frames, folder):
    """The sample clip at 1920 x 1080."""
    path = Path(folder, "clip.mp4")
    subprocess.run(["ffmpeg", "-v", "error", "-i", f"{samples}/clip.mp4", "-vf", "scale=1920:1080", "-frames:v",
                    str(frames), "-crf", "16", "-c:a", "copy", str(path)], check=True)
    return str(path)


def runs(a, clip):
    """Whole runs of the program, and of the build before."""
    style, found = f"{a.samples}/hokusai-great-wave.jpg", {}
    programs = ([("before", f"{a.before}/stylevideo")] if a.before else []) + [("now", f"{a.built}/stylevideo")]
    for flags in (["--no-measure", "--steady", "off", "--cache", "off"], ["--steady", "off"], []):
        for name, program in programs:
            report = whole(program, clip, style, *flags)
            found[f"{name} {' '.join(flags)}"] = {key: report[key] for key in ("cpu", "seconds", "peakMemoryBytes")}
            stages = ", ".join(f"{k} {v:.1f}" for k, v in report["seconds"].items() if k != "total")
            print(f"{name:7s}{' '.join(flags) or 'by default':42s} {report['seconds']['total']:6.1f} s "
                  f"{report['cpu']:6.1f} s  {report['peakMemoryBytes'] / 1e6:5.0f} MB  {stages}", flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(prog="run")
    parser.add_argument("--built", required=True)
    parser.add_argument("--samples", required=True)
    parser.add_argument("--before")
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--clip")
    parser.add_argument("--json")
    a = parser.parse_args()
    bench, found = f"{a.built}/NetworkBench", {}
    peak = found["products"] = products(a.built)
    levels = [level for level in peak if level not in ("plain", "OpenBLAS")]
    print("products of one core, GFLOP/s: " + ", ".join(f"{k} {v}" for k, v in peak.items()), flush=True)

    def row(name, benches):
        medians, ratios, stages = by_turns(benches, a.rounds)
        found[name] = {"seconds": medians, "ratios": ratios, "stages": stages}
        print(f"{name:44s} " + "  ".join(f"{s * 1e3:7.1f} ms {r:5.2f}x" for s, r in zip(medians, ratios)), flush=True)
        return medians, stages

    full = {"width": 1920, "height": 1080, "style": 512}
    variants = [(level, None) for level in reversed(levels)] + [(levels[-1], "bfloat16")]
    columns = (["before"] if a.before else []) + [f"{level} {precision or 'float32'}" for level, precision in variants]
    print("\nframes by turns: " + ", ".join(columns) + "; ratios to the first")
    for (width, height), threads in [((1920, 1080), 1), ((1920, 1080), a.threads), ((512, 512), a.threads),
                                     ((256, 256), a.threads)]:
        sizes = dict(full, width=width, height=height, threads=threads)
        benches = [Frames(f"{a.before}/NetworkBench", **sizes)] if a.before else []
        benches += [Frames(bench, level, precision, **sizes) for level, precision in variants]
        medians, stages = row(f"{width} x {height}, {threads} threads", benches)
        if width == 1920 and threads == 1:
            own = medians[len(benches) - len(variants)]
            bound = gigaflops(width, height, 512) / peak[variants[0][0]]
            print(f"  products alone at the tile's rate {bound * 1e3:.0f} ms: {bound / own * 100:.0f} % of the time")
            found["bound"] = {"seconds": bound, "share": bound / own}
        shown = stages[len(benches) - len(variants)]
        print("  " + ", ".join(f"{name} {s * 1e3:.0f}" for name, s in shown.items()))
    if a.threads > 1:
        one, all_ = (Frames(bench, **full, threads=n) for n in (1, a.threads))
        row(f"1 thread, {a.threads} threads", [one, all_])

    print("\nwhole runs over a clip: seconds, CPU seconds; memory; seconds of each stage")
    with tempfile.TemporaryDirectory() as folder:
        found["runs"] = runs(a, a.clip or enlarged(a.samples, 24, folder))
    if a.json:
        Path(a.json).write_text(json.dumps(found, indent=1) + "\n")
    if a.peer:
        sys.stdout.flush()
        folder = Path(__file__).parent
        os.execv(folder / "network", ["network", "--threads", str(a.threads), "--rounds", str(a.rounds)])


if __name__ == "__main__":
    main()
