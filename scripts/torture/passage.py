"""One clip through the program, and what ffprobe and ffmpeg say of it before and after."""
import json
import re
import subprocess
from array import array
from functools import lru_cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
STYLE = REPOSITORY / "Samples" / "hokusai-great-wave.jpg"


class Skipped(Exception):
    """A case that this machine's tools cannot make."""


def call(words, folder, timeout=120):
    return subprocess.run([str(word) for word in words], cwd=folder, text=True, errors="replace", timeout=timeout,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Passage:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def make(self, case):
        """The case's file, in a folder of its own."""
        folder = self.folder / case.name
        folder.mkdir(exist_ok=True)
        done = call(["bash", "-euc", f"ff() {{ ffmpeg -nostdin -v error -y \"$@\"; }}; {case.recipe}"], folder)
        if done.returncode or not (folder / case.file).exists():
            raise Skipped(done.stderr.strip().splitlines()[-1][:120] if done.stderr.strip() else "no file")
        return folder / case.file

    def paint(self, source, output, flags=()):
        """The run and what it has left beside its input that is not the output."""
        before = set(source.parent.iterdir())
        words = [self.program, source.name, "--no-config", "--style", STYLE, "--style-size", "64", "--unpainted",
                 "--no-measure", "--overwrite", "-o", output, *flags]
        run = call(words, source.parent)
        left = {path.name for path in set(source.parent.iterdir()) - before} - {output}
        return run, sorted(left)

    def picture(self, source, output, flags=()):
        words = [self.program, "image", source.name, "--no-config", "--style", STYLE, "--style-size", "64",
                 "--unpainted", "--overwrite", "-o", output, *flags]
        return call(words, source.parent)


@lru_cache(maxsize=None)
def probe(path):
    words = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_chapters", path]
    return json.loads(call(words, path.parent).stdout or "{}")


def streams(path, kind):
    return [stream for stream in probe(path).get("streams", []) if stream.get("codec_type") == kind
            and not stream.get("disposition", {}).get("attached_pic")]


@lru_cache(maxsize=None)
def said_by_frames(path):
    """Colours that a container does not know and the first frame says."""
    index = streams(path, "video")[0]["index"]
    words = ["ffprobe", "-v", "error", "-select_streams", index, "-read_intervals", "%+#1", "-show_frames", "-of",
             "json", path]
    frames = json.loads(call(words, path.parent).stdout or "{}").get("frames", [])
    return frames[0] if frames else {}


@lru_cache(maxsize=None)
def times(path):
    """Of the frames of the first video, in seconds."""
    index = streams(path, "video")[0]["index"]
    words = ["ffprobe", "-v", "error", "-select_streams", index, "-show_entries", "frame=best_effort_timestamp_time",
             "-of", "csv=p=0", path]
    lines = call(words, path.parent).stdout.replace(",", " ").split()
    return [float(line) for line in lines if line != "N/A"]


def psnr(source, output, pixels, filters=""):
    """The worst frame's, over all planes, of the source brought to the output's pixel format."""
    index = streams(source, "video")[0]["index"]
    # A range that is only said, and not part of the format's name, is kept.
    video = streams(source, "video")[0]
    is_full = video.get("color_range") == "pc" or video["pix_fmt"].startswith("gray")
    range_kept = ":out_range=pc" if is_full else ""
    flags = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
    clock = "settb=1/25,setpts=N"
    graph = (f"[0:{index}]{filters}scale={flags}{range_kept},format={pixels},{clock}[a];"
             f"[1:v:0]scale={flags}{range_kept},format={pixels},{clock}[b];"
             "[a][b]psnr=stats_file=-")
    done = call(["ffmpeg", "-nostdin", "-v", "error", "-i", source, "-i", output, "-lavfi", graph, "-fps_mode",
                 "passthrough", "-f", "null", "-"], source.parent)
    values = re.findall(r"psnr_avg:(\S+)", done.stdout)
    return min((float(value) for value in values), default=0)


def onset(path, track):
    """When a track is first louder than a quarter of its peak, in seconds of the file's clock."""
    rate = 48000
    words = ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", f"0:a:{track}", "-af",
             f"aresample={rate}:async=1:min_hard_comp=0.01:first_pts=0", "-ac", "1", "-f", "f32le", "-"]
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=120)
    samples = array("f", done.stdout[:len(done.stdout) // 4 * 4])
    peak = max((abs(sample) for sample in samples), default=0)
    first = next((place for place, sample in enumerate(samples) if abs(sample) > peak / 4), None)
    return None if first is None or peak < 0.01 else first / rate


def packets(path, track):
    """Hashes of a track's packets, in order."""
    words = ["ffprobe", "-v", "error", "-select_streams", f"a:{track}", "-show_entries", "packet=data_hash",
             "-show_data_hash", "md5", "-of", "csv=p=0", path]
    return re.findall(r"MD5:\w+", call(words, path.parent).stdout)


@lru_cache(maxsize=None)
def events(path, track):
    """When the lines of a subtitle track are shown, and for how long, in seconds."""
    words = ["ffprobe", "-v", "error", "-select_streams", f"s:{track}", "-show_entries",
             "packet=pts_time,duration_time,size", "-of", "csv=p=0", path]
    rows = [row.split(",") for row in call(words, path.parent).stdout.split()]
    # MP4 fills what lies between with empty ones.
    return [round(float(row[0]), 3) for row in rows if row[0] not in ("", "N/A") and int(row[-1].strip() or 0) > 2]
