"""What `sync` runs."""
import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from array import array
from fractions import Fraction
from pathlib import Path

import av
from torchcodec.decoders import VideoDecoder

from trial import REPOSITORY, built

STYLE = REPOSITORY / "Samples" / "hokusai-great-wave.jpg"
TICKS = 90000


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, words)], check=True)


def make(folder, minutes):
    """Frames that come up to 12 ms late, every seventh missing, and a pause of 1.3 to 5 s in every minute."""
    clip = folder / "in.mp4"
    seconds = 60 * minutes
    late = "setpts='PTS+floor(random(1)*1080)'"
    chosen = "select='not(eq(mod(n,7),3))*not(lt(mod(t,60),1.3+3.7*mod(floor(t/60),5)/4)*gte(t,60))'"
    sound = ("sine=f=1000:r=48000:d={d},volume='if(lt(mod(t,1),0.1),4,0)':eval=frame").format(d=seconds)
    ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=32x32:r=30:d={seconds},settb=1/{TICKS},{late},{chosen}", "-f", "lavfi",
           "-i", sound, "-fps_mode", "passthrough", "-enc_time_base", f"1:{TICKS}", "-c:v", "libx264", "-preset",
           "ultrafast", "-pix_fmt", "yuv420p", "-video_track_timescale", TICKS, "-c:a", "aac", clip)
    return clip


def by_ffprobe(path):
    """Ticks of the frames, in order, and the tick's length."""
    words = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=time_base:frame=pts", "-of",
             "compact=p=0:nk=1", str(path)]
    lines = subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    base = Fraction(next(line for line in lines if "/" in line))
    return [int(line.strip("|")) * base for line in lines if "/" not in line]


def by_pyav(path):
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def by_torchcodec(path):
    """Seconds as floats, which hold a tick of half an hour."""
    decoder = VideoDecoder(str(path), seek_mode="exact")
    count = len(decoder)
    times = []
    for start in range(0, count, 2000):
        times += decoder.get_frames_in_range(start, min(start + 2000, count)).pts_seconds.tolist()
    return [Fraction(round(time * TICKS), TICKS) for time in times]


def sound(path):
    """Each packet's time and digest."""
    with av.open(str(path)) as container:
        return [(packet.pts * packet.time_base, hashlib.sha256(bytes(packet)).hexdigest())
                for packet in container.demux(audio=0) if packet.size]


def beeps(path):
    """When the tone begins, second by second, as it is decoded."""
    words = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-map", "0:a:0", "-af",
             "aresample=8000:first_pts=0", "-f", "s16le", "-"]
    samples = array("h", subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
    starts, quiet = [], 8000
    for place, sample in enumerate(samples):
        if abs(sample) > 4000:
            if quiet > 4000:
                starts.append(place)
            quiet = 0
        else:
            quiet += 1
    return starts


def compare(name, old, new):
    worst = max((abs(a - b) for a, b in zip(old, new)), default=0)
    same = len(old) == len(new) and worst == 0
    print(f"{name}: {len(new)} of {len(old)}, the farthest {float(worst * TICKS):.0f} ticks off", flush=True)
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=Path)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--keep", action="store_true", help="leave the folder of files")
    arguments = parser.parse_args()
    program = (arguments.program or built()).resolve()
    folder = Path(tempfile.mkdtemp(prefix="sync."))
    try:
        clip, film = make(folder, arguments.minutes), folder / "out.mp4"
        subprocess.run([program, clip, "--style", STYLE, "--style-size", "64", "--unpainted", "--no-measure",
                        "--steady", "off", "--encoder-preset", "ultrafast", "-o", film, "-q"], check=True)
        readers = [("ffprobe", by_ffprobe), ("PyAV", by_pyav), ("torchcodec", by_torchcodec)]
        same = [compare(f"frames by {name}", read(clip), read(film)) for name, read in readers]
        steps = sorted(b - a for a, b in zip(by_pyav(clip), by_pyav(clip)[1:]))
        print(f"steps between frames from {float(steps[0]):.4f} to {float(steps[-1]):.4f} s, "
              f"{len(set(steps))} different")
        old, new = sound(clip), sound(film)
        same.append(compare("packets of sound", [time for time, _ in old], [time for time, _ in new]))
        same.append([digest for _, digest in old] == [digest for _, digest in new])
        print("their bytes are " + ("the same" if same[-1] else "others"))
        old, new = beeps(clip), beeps(film)
        same.append(old == new)
        print(f"tones begin {len(new)} times, " + ("where they did" if same[-1] else "elsewhere"))
    finally:
        if arguments.keep:
            print(f"files: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
