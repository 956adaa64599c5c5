"""Paints pictures and clips as a hand may decide, and tells what came of it; see `hand`."""
import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

STRENGTHS = (0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1, 1.25, 1.5)
BRUSHES = (.5, 1, 2, 4)
SIDE = 512


def run(*command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed: {result.stderr.strip()[-400:]}")
    return result.stdout


def pixels(file):
    """Height x width x 3, from 0 to 1."""
    size = run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=width,height", "-of",
               "csv=p=0", file).strip().split(",")
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(file), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt",
                          "rgb24", "-"], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(int(size[1]), int(size[0]), 3) / 255


def prepared(file, folder):
    """A picture of at most SIDE pixels, with sides that divide by four."""
    out = folder / f"{file.stem}.png"
    run("ffmpeg", "-v", "error", "-y", "-i", file, "-frames:v", "1", "-vf",
        f"scale='min({SIDE},iw)':'min({SIDE},ih)':force_original_aspect_ratio=decrease:flags=area,"
        "crop=iw-mod(iw\\,4):ih-mod(ih\\,4)", out)
    return out


def colour_distance(painting, style, count=64, quantiles=512):
    """Sliced Wasserstein distance in RGB: over directions u and quantiles q the mean of |Q(painting) - Q(style)|."""
    at, z = (np.arange(quantiles) + .5) / quantiles, (np.arange(count) + .5) / count
    turn, r = np.pi * (3 - np.sqrt(5)) * np.arange(count), np.sqrt(1 - z ** 2)
    u = np.stack([r * np.cos(turn), r * np.sin(turn), z])
    a, b = (np.quantile(rgb.reshape(-1, 3) @ u, at, axis=0) for rgb in (painting, style))
    return float(np.abs(a - b).mean())


def psnr(a, b):
    error = float(((a - b) ** 2).mean())
    return 10 * np.log10(1 / error) if error else float("inf")


def lpips(program, painting, source, folder):
    """By the program's own measure, of clips of one picture twice."""
    clips = []
    for number, file in enumerate((painting, source)):
        clips.append(folder / f"measured{number}.mkv")
        run("ffmpeg", "-v", "error", "-y", "-loop", "1", "-i", file, "-frames:v", "2", "-c:v", "ffv1", "-pix_fmt",
            "gbrp", clips[-1])
    report = json.loads(run(program, "measure", clips[0], "--against", clips[1], "--no-config", "--json", "-q"))
    return report["contentLPIPS"]["mean"]


def luma(rgb):
    return rgb @ np.array([.2126, .7152, .0722])


def gradient(rgb):
    y = luma(rgb)
    return np.hypot(np.diff(y, axis=1)[:-1], np.diff(y, axis=0)[:, :-1])


def stroke_length(rgb):
    """Where the autocorrelation of the luma's gradient, down and across, falls to half: the mean of both, in pixels,
    from one side to the other."""
    y, found = luma(rgb), []
    for axis in (0, 1):
        g = np.diff(y, axis=1 - axis)
        g = g - g.mean()
        power = np.abs(np.fft.fft(g, n=2 * g.shape[axis], axis=axis)) ** 2
        same = np.fft.ifft(power, axis=axis).real.sum(axis=1 - axis)
        same = same[:g.shape[axis] // 2] / same[0]
        place = int(np.argmax(same < .5))
        found.append(place - 1 + (same[place - 1] - .5) / (same[place - 1] - same[place]))
    return 2 * float(np.mean(found))


def edges_kept(painting, source):
    """Correlation of the gradients' magnitudes, each averaged over 4 x 4 pixels."""
    def coarse(g):
        g = g[:g.shape[0] // 4 * 4, :g.shape[1] // 4 * 4]
        return g.reshape(g.shape[0] // 4, 4, g.shape[1] // 4, 4).mean((1, 3)).ravel()
    return float(np.corrcoef(coarse(gradient(painting)), coarse(gradient(source)))[0, 1])


def pairs(o, folder):
    photos = o.photos or [o.samples / name for name in ("clip.mp4", "bruegel-harvesters.jpg",
                                                        "renoir-moulin-de-la-galette.jpg")]
    styles = o.styles or [o.samples / name for name in ("hokusai-great-wave.jpg", "van-gogh-auvers.jpg",
                                                        "kandinsky-composition-8.jpg", "hiroshige-shrine-in-snow.jpg")]
    ready = [prepared(photo, folder) for photo in photos]
    return [(photo, style) for photo in ready for style in styles]


def painted(o, photo, style, folder, *flags):
    out = folder / "painted.png"
    run(o.program, "image", photo, "--no-config", "--style", style, "-o", out, "--overwrite", "-q", *flags)
    return out


def strength(o, folder):
    all_pairs = pairs(o, folder)
    names = ("colour distance", "LPIPS to source", "PSNR to source")
    print(f"\n{len(all_pairs)} pairs; of the steps from 0 to 1, how many lead the right way.\n")
    print("| pair | " + " | ".join(f"{s:g}" for s in STRENGTHS) + " | steps |\n" + "|---" * (len(STRENGTHS) + 2) + "|")
    ones = STRENGTHS.index(1)
    for photo, style in all_pairs:
        source, manner = pixels(photo), pixels(style)
        rows = [[], [], []]
        for value in STRENGTHS:
            out = painted(o, photo, style, folder, "--strength", value)
            picture = pixels(out)
            rows[0].append(colour_distance(picture, manner))
            rows[1].append(lpips(o.program, out, photo, folder))
            rows[2].append(psnr(picture, source))
        for name, row, sign in zip(names, rows, (-1, 1, -1)):
            right = sum(sign * (b - a) > 0 for a, b in zip(row[:ones], row[1:ones + 1]))
            figures = " | ".join("∞" if v == float("inf") else f"{v:.3f}" if v < 3 else f"{v:.1f}" for v in row)
            print(f"| {photo.stem}, {style.stem}: {name} | {figures} | {right} of {ones} |", flush=True)


def brush(o, folder):
    all_pairs, found = pairs(o, folder), {}
    print("\n| pair | " + " | ".join(f"{b:g}: strokes, edges" for b in BRUSHES) + " |\n" + "|---" * (len(BRUSHES) + 1)
          + "|")
    for photo, style in all_pairs:
        source = pixels(photo)
        for value in BRUSHES:
            picture = pixels(painted(o, photo, style, folder, "--brush", value))
            found[value] = found.get(value, []) + [(stroke_length(picture), edges_kept(picture, source))]
        row = " | ".join(f"{found[b][-1][0]:.2f}, {found[b][-1][1]:.3f}" for b in BRUSHES)
        print(f"| {photo.stem}, {style.stem} | {row} |", flush=True)
    own = np.array(found[1])
    for value in BRUSHES:
        other = np.array(found[value])
        print(f"\nbrush {value:g}: strokes {np.mean(other[:, 0] / own[:, 0]):.2f} times as long as brush 1's, edges "
              f"{np.mean(other[:, 1] - own[:, 1]):+.3f}")


def processor(*command):
    """Seconds of all cores that a command takes."""
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    before = spent()
    run(*command)
    return spent() - before


def cost(o, folder):
    """A frame's price is what ten frames take beyond two: what comes before the first is the same."""
    clip, few, many = folder / "clip.mkv", 2, 10
    run("ffmpeg", "-v", "error", "-y", "-i", o.clip or o.samples / "clip.mp4", "-an", "-frames:v", 24, "-vf",
        "scale=1920:1080:force_original_aspect_ratio=increase,crop=1920:1080", "-c:v", "libx264", "-crf", "4",
        "-preset", "ultrafast", clip)
    names = ("hokusai-great-wave", "van-gogh-auvers", "kandinsky-composition-8", "hiroshige-shrine-in-snow",
             "hokusai-poppies", "renoir-moulin-de-la-galette")
    styles = [o.samples / f"{name}.jpg" for name in names]
    several = [word for style in styles[:5] for word in ("--style", style)]
    regions = []
    for number, style in enumerate(styles[1:3]):
        mask = folder / f"mask{number}.png"
        run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
            f"color=black:s=1920x1080,drawbox={640 * (number + 1)}:0:640:1080:white:fill", "-frames:v", 1, mask)
        regions += ["--region", f"{mask}={style}"]
    times = folder / "times.txt"
    times.write_text("".join(f"{.06 * n:.2f} {n + 1}=1\n" for n in range(5)))
    one = ["--style", styles[0]]
    cases = {"one style": one, "two styles mixed": [*several[:4], "--mix", "0.5,0.5"],
             "five styles along a timeline": [*several, "--timeline", times],
             "three styles, two of them by masks": [*one, *regions], "strength 0.5": [*one, "--strength", 0.5],
             "strength 1.5": [*one, "--strength", 1.5], "brush 2": [*one, "--brush", 2],
             "brush 0.5": [*one, "--brush", 0.5], "colours of the source": [*one, "--colours", "source"],
             "the style's palette": [*one, "--colours", "palette"]}

    def price(flags):
        both = [processor(o.program, clip, "--no-config", *flags, "-o", folder / "out.mp4", "--overwrite", "--steady",
                          "off", "--no-measure", "--cache", "off", "--encoder-preset", "ultrafast", "--frames", count,
                          "-q")
                for count in (few, many)]
        return (both[1] - both[0]) / (many - few)

    price(one)
    # By turns, so that a busier minute is not one case's alone.
    turns = [{name: price(flags) for name, flags in cases.items()} for _ in range(3)]
    found = {name: float(np.median([turn[name] for turn in turns])) for name in cases}
    print("\n| 1080p | CPU seconds a frame | of one style's |\n|---|---|---|")
    for name, seconds in found.items():
        print(f"| {name} | {seconds:.2f} | {seconds / found['one style']:.2f} |")
    sheet = processor(o.program, "sheet", clip, "--no-config",
                      *[word for style in styles for word in ("--style", style)],
                      "-o", folder / "sheet.png", "--overwrite", "-q")
    print(f"| a sheet of 6 styles and 4 moments, of 24 frames' | {sheet:.1f} | "
          f"{sheet / 24 / found['one style']:.2f} |")


def main():
    p = argparse.ArgumentParser(prog="hand")
    p.add_argument("what", nargs="*", choices=["strength", "brush", "cost", []], default=[])
    p.add_argument("--program", required=True)
    p.add_argument("--samples", required=True, type=Path)
    p.add_argument("--photos", nargs="+", type=Path)
    p.add_argument("--styles", nargs="+", type=Path)
    p.add_argument("--clip", type=Path)
    o = p.parse_args()
    for what in o.what or ["strength", "brush", "cost"]:
        with tempfile.TemporaryDirectory() as folder:
            {"strength": strength, "brush": brush, "cost": cost}[what](o, Path(folder))


main()
