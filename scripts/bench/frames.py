"""Paints frames here and in PyTorch by turns; see `network`."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # PyTorch's idle threads leave the cores to the other side
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "train"))
import torch  # noqa: E402

from files import weights_file  # noqa: E402
from files.failure import Failure, run  # noqa: E402


class Here:
    """The program's network, one frame for each line that it is sent."""

    def __init__(self, a):
        command = [a.bench] + [word for name in ("width", "height", "style", "threads")
                               for word in (f"--{name}", str(getattr(a, name)))]
        if a.weights:
            command += ["--weights", a.weights]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("NetworkBench ended")
        return json.loads(line)

    def frame(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.answer()


class Reference:
    """The same network in PyTorch: encode, then paint with a remembered style and held statistics."""

    def __init__(self, a, weights):
        torch.set_num_threads(a.threads)
        self.net = weights_file.load_network(weights).to(memory_format=torch.channels_last)
        if self.net.cfg.preset != "fast":
            raise Failure(f"{weights}: the reference is timed for the `fast` preset.")
        padded = [max(48, (side + 15) // 16 * 16) for side in (a.height, a.width)]
        generator = torch.Generator().manual_seed(1)
        self.content = torch.rand(1, 3, *padded, generator=generator).to(memory_format=torch.channels_last)
        style = torch.rand(1, 3, a.style, a.style, generator=generator).to(memory_format=torch.channels_last)
        with torch.inference_mode():
            self.tokens = self.net.remember(style)
            self.held = self.net.measure(self.net.encode(self.content))
        self.run = self.eager

    def eager(self, content):
        return self.net.paint(self.net.encode(content), self.tokens, self.held, self.net.cfg.order)

    def seconds(self, run):
        with torch.inference_mode():
            start = time.perf_counter()
            run(self.content)
            return time.perf_counter() - start

    def choose(self, eager_only):
        """Warms up, and takes the better of eager and compiled."""
        eager = [self.seconds(self.eager) for _ in range(3)]
        print(f"PyTorch {torch.__version__}, eager: {min(eager[1:]):.3f} s", flush=True)
        if eager_only:
            return
        try:
            compiled = torch.compile(self.eager)
            times = [self.seconds(compiled) for _ in range(3)]
        except Exception as error:  # no C++ compiler, an unsupported Python: eager it is, and said so
            return print(f"torch.compile does not work here ({type(error).__name__}); eager it is", flush=True)
        print(f"PyTorch {torch.__version__}, compiled: {min(times[1:]):.3f} s", flush=True)
        if min(times[1:]) < min(eager[1:]):
            self.run = compiled


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--weights")
    for name, value in (("width", 1920), ("height", 1080), ("style", 512), ("rounds", 5),
                        ("threads", len(os.sched_getaffinity(0)))):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--eager-only", action="store_true")
    a = parser.parse_args()
    here = Here(a)
    reference = Reference(a, here.about["weights"])
    print(f"{a.width} x {a.height}, style {a.style} x {a.style}, {a.threads} threads", flush=True)
    reference.choose(a.eager_only)
    ours, theirs, stages = [], [], {}
    for number in range(a.rounds):
        answer = here.frame()
        ours.append(answer["seconds"])
        for name, value in answer["stages"].items():
            stages.setdefault(name, []).append(value)
        theirs.append(reference.seconds(reference.run))
        print(f"round {number + 1}: here {ours[-1]:.3f} s, PyTorch {theirs[-1]:.3f} s, "
              f"ratio {ours[-1] / theirs[-1]:.2f}", flush=True)
    ratio = statistics.median(o / t for o, t in zip(ours, theirs))
    print("stages here, median ms: " + ", ".join(f"{k} {1000 * statistics.median(v):.0f}" for k, v in stages.items()))
    print(f"memory here: {here.about['buffer_bytes'] / 1e6:.0f} MB of buffers, process at most "
          f"{answer['peak_bytes'] / 1e6:.0f} MB")
    print(f"median here {statistics.median(ours):.3f} s, PyTorch {statistics.median(theirs):.3f} s, ratio {ratio:.2f} "
          f"(under 1: faster than PyTorch)")


if __name__ == "__main__":
    run(main)
