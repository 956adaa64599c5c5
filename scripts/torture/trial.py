"""What these scripts share: a small clip, the program, runs of it that are harmed, and what must come of them."""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
COME_AGAIN = 75
TAKEN = 73


class Difference(Exception):
    """What must not be."""


def built():
    """The program, built as the other scripts build it."""
    words = ('source scripts/common.sh && need_swift && swift build "${build_flags[@]}" --product stylevideo >&2 && '
             'swift build "${build_flags[@]}" --show-bin-path')
    done = subprocess.run(["bash", "-euc", words], cwd=REPOSITORY, text=True, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(done.returncode)
    return Path(done.stdout.strip()) / "stylevideo"


class Run:
    """A run that has ended: its exit code (negative: the signal) and what it said."""

    def __init__(self, words, code, said):
        self.words, self.code, self.said = words, code, said

    def __str__(self):
        return f"{' '.join(map(str, self.words))}: exit {self.code}: {self.said.strip()[-600:]}"


class Trial:
    """A temporary folder with a clip, the layer, and a folder `job` that is emptied for each job."""

    def __init__(self, program, seed):
        self.program = program
        self.random = random.Random(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="torture."))
        self.job = self.folder / "job"
        self.clip, self.style = self.folder / "in.mp4", REPOSITORY / "Samples" / "hokusai-great-wave.jpg"
        self.layer = self.folder / "layer.so"
        sources = [str(HERE / name) for name in ("calls.c", "fate.c")]
        subprocess.run([shutil.which("gcc") or "clang", "-O1", "-shared", "-fPIC", "-o", self.layer, *sources, "-ldl",
                        "-lpthread"], check=True)
        # Three chunks, the second of which ends at a cut; sound that is longer than the picture.
        picture = ("color=gray:s=64x48:r=10:d=1.4,noise=alls=20:all_seed=1[a];testsrc2=s=64x48:r=10:d=1.2[b];"
                   "[a][b]concat=n=2:v=1[v]")
        subprocess.run(["ffmpeg", "-v", "error", "-filter_complex", picture, "-f", "lavfi", "-i", "sine=d=2.8", "-map",
                        "[v]", "-map", "0:a", "-c:v", "libx264", "-c:a", "aac", "-y", self.clip], check=True)

    @property
    def output(self):
        return self.job / "out.mp4"

    @property
    def jobs(self):
        """The folder of a job that is planned."""
        return self.job / "planned"

    def painting(self):
        return [self.clip, "--style", self.style, "--style-size", "64", "--chunk-frames", "8", "-o", self.output]

    def plain(self, *more):
        return [self.program, *self.painting(), *more]

    def planned(self, count):
        """What `count` shards are made of: the plan, each shard, the join."""
        plan = [self.program, "plan", *self.painting(), "--job", self.jobs]
        shards = [[self.program, "shard", f"{number}/{count}", self.jobs] for number in range(1, count + 1)]
        return plan, shards, [self.program, "join", self.jobs]

    def empty(self):
        shutil.rmtree(self.job, ignore_errors=True)
        self.job.mkdir()

    def run(self, words, after=None, **layer):
        """Runs it to its end, or kills it after some seconds. `layer`: at, fault, journal."""
        environment = dict(os.environ)
        if layer:
            environment |= {f"TORTURE_{name.upper()}": str(value) for name, value in layer.items()}
            environment |= {"TORTURE_ROOT": str(self.job), "LD_PRELOAD": str(self.layer)}
        process = subprocess.Popen([str(word) for word in words] + ["--no-config", "-q"], env=environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            said = process.communicate(timeout=after or 120)[1]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            said = process.communicate()[1]
            if after is None:
                raise Difference(f"no end after 120 s: {words}")
        return Run(words, process.returncode, said)

    def expect(self, run, *codes):
        if run.code not in (codes or (0,)):
            raise Difference(str(run))
        return run

    def finish(self, words):
        """Runs the same command until it is done; it may find that it was."""
        run = self.run(words)
        return run if run.code == TAKEN and self.output.exists() else self.expect(run)

    def untouched(self):
        """The bytes of a run that nothing harms."""
        self.empty()
        self.expect(self.run(self.plain()))
        self.expected = self.output.read_bytes()
        return self.expected

    def compare(self, why):
        if self.output.read_bytes() != self.expected:
            raise Difference(f"other bytes {why}")

    def check_name(self, old, why):
        """The output's name leads to the whole output, or to what was there."""
        now = self.output.read_bytes() if self.output.exists() else None
        if now not in (old, self.expected):
            raise Difference(f"half an output {why}")

    def check_left(self, why):
        """Nothing but the output is there, and the job that was planned."""
        left = {path.name for path in self.job.iterdir()} - {self.output.name, self.jobs.name}
        if left:
            raise Difference(f"{', '.join(sorted(left))} stayed {why}")

    def records(self):
        return len(list(self.job.glob("*/chunk-*.json")))


def main(work, count=None, text=""):
    """Reads the arguments and does `work(trial, arguments)`; the folder stays where something differs."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    if count:
        parser.add_argument("count", nargs="?", type=int, default=count)
    else:
        parser.add_argument("--every", type=int, default=1, help="only one change of so many, by chance")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    parser.add_argument("--program", type=lambda name: Path(name).resolve(), help="another than the one built here")
    arguments = parser.parse_args()
    trial = Trial(arguments.program or built(), arguments.seed)
    try:
        print(f"seed {arguments.seed}", flush=True)
        work(trial, arguments)
    except Difference as difference:
        sys.exit(f"DIFFERS, seed {arguments.seed}, what is there stays in {trial.folder}: {difference}")
    shutil.rmtree(trial.folder)
