"""What is asked of a clip that has gone through."""
import re
from dataclasses import dataclass, field

from passage import events, onset, packets, probe, psnr, said_by_frames, streams, times

# What each container holds of sound as it is; all else is encoded.
SOUND = {
    "mp4": {"aac", "mp3", "mp2", "ac3", "eac3", "alac", "flac", "opus", "dts"},
    "mov": {"aac", "mp3", "mp2", "ac3", "eac3", "alac"},
    "webm": {"opus", "vorbis"},
    "mkv": {"aac", "mp3", "mp2", "ac3", "eac3", "alac", "flac", "opus", "dts", "vorbis", "truehd"},
}
ANY = -1
# Colours that a stream says, but where a container or codec has no place for them.
COLOURS = ("color_range", "color_space", "color_primaries", "color_transfer")


@dataclass
class Clip:
    """A clip, how it is made, and what is right where that is not what ffprobe says of it."""
    name: str
    recipe: str
    file: str = ""
    flags: tuple = ()
    #: Exit code.
    code: int = 0
    #: What standard error must hold, as a pattern.
    says: str = ""
    #: Frames (ANY: as many as ffprobe sees), and seconds between two, where the source's own clock is wrong.
    frames: int = None
    step: float = None
    #: dB of the worst frame; 0: not asked.
    psnr: float = 50
    #: ffmpeg's filters that bring the source to what is right.
    filters: str = ""
    #: The output's pixel format, and codec where the container's usual one does not take that.
    pixels: str = "yuv420p"
    codec: str = None
    #: Colours that are right, where they are not the source's.
    colours: dict = field(default_factory=dict)
    #: What is not asked: "sound", "colours", "subtitles", "chapters", "shape", "times", "size".
    but: tuple = ()

    def __post_init__(self):
        self.file = self.file or self.name

    @property
    def is_carried(self):
        """Whether a film comes of it."""
        return self.code == 0 or self.frames is not None

    def quality(self, container):
        # Ten bits of libx264 are not lossless at 0.
        usual = {"webm": "vp9", "mkv": "ffv1" if "10" in self.pixels else "h264"}
        codec = self.codec or usual.get(container, "h264")
        lossless = {"h264": ["--crf", "0", "--encoder-preset", "ultrafast"],
                    "vp9": ["--crf", "0", "-e", "lossless=1", "--encoder-preset", "8"]}
        pixels = [] if self.pixels == "yuv420p" else ["--pixel-format", self.pixels]
        return [*lossless.get(codec, []), *pixels, "--codec", codec]

    def least(self, container):
        """PSNR that is asked: libx264's ten bits lose a little."""
        return min(self.psnr, 57) if "10" in self.pixels and container in ("mp4", "mov") else self.psnr

    def check(self, passage, source, container):
        output = source.parent / f"out.{container}"
        output.unlink(missing_ok=True)
        run, left = passage.paint(source, output.name, [*self.quality(container), *self.flags])
        said = run.stderr.strip()
        lines = [] if run.returncode == self.code else [f"exit {run.returncode}, not {self.code}: {said[-300:]}"]
        if self.says and not re.search(self.says, said):
            lines.append(f"does not say /{self.says}/: {said[-300:]}")
        if left:
            lines.append(f"left behind: {', '.join(left)}")
        if not self.is_carried:
            return lines + (["an output where none can be"] if output.exists() else [])
        if not output.exists():
            return lines or ["no output"]
        if lines and run.returncode != self.code:
            return lines
        probe.cache_clear(), times.cache_clear(), events.cache_clear()
        for look in (self.look_at_times, self.look_at_pixels, self.look_at_shape, self.look_at_sound,
                     self.look_at_subtitles):
            lines += look(source, output, container)
        return lines

    def look_at_times(self, source, output, container):
        new = times(output)
        if self.step is not None:
            old = [self.step * number for number in range(self.frames)]
        else:
            old = times(source)
        expected = len(old) if self.frames in (None, ANY) else self.frames
        # Whether the last frame, which is cut in two, can be seen is the decoder's to say.
        if len(new) != expected and (self.frames != ANY or abs(len(new) - expected) > 1):
            return [f"{len(new)} frames, not {expected}"]
        if "times" in self.but:
            return []
        # Matroska counts milliseconds.
        slack = 0.00101 if container in ("mkv", "webm") else 0.00002
        slack = max(slack, 0.00101 if self.step is None and source.suffix in (".mkv", ".webm", ".flv") else 0)
        worst = max((abs((a - old[0]) - (b - new[0])) for a, b in zip(old, new)), default=0)
        return [f"a frame's time is {1000 * worst:.3f} ms off"] if worst > slack else []

    def look_at_pixels(self, source, output, container):
        found = streams(output, "video")[0]["pix_fmt"]
        lines = [] if found.replace("yuvj", "yuv") == self.pixels else [f"{found}, not {self.pixels}"]
        if self.psnr:
            value = psnr(source, output, self.pixels, self.filters)
            if value < self.least(container):
                lines.append(f"PSNR {value:.1f} dB")
        return lines

    def look_at_shape(self, source, output, container):
        old, new, lines = streams(source, "video")[0], streams(output, "video")[0], []
        if "shape" not in self.but:
            turned = any("rotation" in data and data["rotation"] % 180 for data in old.get("side_data_list", []))
            shape = old.get("sample_aspect_ratio", "1:1").replace("0:1", "1:1")
            shape = ":".join(reversed(shape.split(":"))) if turned else shape
            if abs(ratio(new.get("sample_aspect_ratio", "1:1")) / ratio(shape) - 1) > 0.005:
                lines.append(f"shape of a pixel {new.get('sample_aspect_ratio')}, not {shape}")
            if any("rotation" in data and data["rotation"] for data in new.get("side_data_list", [])):
                lines.append("is turned by its container")
        for name in COLOURS if "colours" not in self.but else ():
            right = self.colours.get(name) or old.get(name) or said_by_frames(source).get(name, "unknown")
            # Limited range is what players take where none is said.
            known = new.get(name, "unknown").replace("unknown", "tv" if name == "color_range" else "unknown")
            if known != right.replace("unknown", "tv" if name == "color_range" else "unknown"):
                lines.append(f"{name} {known}, not {right}")
        if "chapters" not in self.but and len(probe(source).get("chapters", [])) != len(probe(output)["chapters"]):
            lines.append(f"{len(probe(output)['chapters'])} chapters, not {len(probe(source)['chapters'])}")
        return lines

    def look_at_sound(self, source, output, container):
        if "sound" in self.but:
            return []
        old, new, lines = streams(source, "audio"), streams(output, "audio"), []
        if len(old) != len(new):
            return [f"{len(new)} tracks of sound, not {len(old)}"]
        for track, (was, now) in enumerate(zip(old, new)):
            if language(now) != language(was):
                lines.append(f"sound {track}: language {language(now)}, not {language(was)}")
            if was["channels"] != now["channels"]:
                lines.append(f"sound {track}: {now['channels']} channels, not {was['channels']}")
            if was["codec_name"] == now["codec_name"]:
                old_packets, new_packets = packets(source, track), packets(output, track)
                # What only warms a decoder up, or is cut off by an edit, has no place in a Matroska.
                cut = len(old_packets) - len(new_packets)
                differs = not 0 <= cut <= 30 or old_packets[cut:] != new_packets or cut > 0 and container == "mp4"
                # Transport streams and ADTS put a head before each packet of AAC.
                if differs and source.suffix not in (".ts", ".m2ts") and not was["codec_name"].startswith("pcm"):
                    lines.append(f"sound {track}: other packets")
            # FFmpeg calls MPEG sound of either layer in an MP4 mp3.
            elif {was["codec_name"], now["codec_name"]} != {"mp2", "mp3"} and is_held(was["codec_name"], container):
                lines.append(f"sound {track}: {was['codec_name']} became {now['codec_name']}")
            lines += self.look_at_step(source, output, track)
        return lines

    def look_at_step(self, source, output, track):
        """Sound against picture."""
        before, after = onset(source, track), onset(output, track)
        if before is None or after is None:
            return [] if before == after else [f"sound {track}: is silent"]
        if self.step is not None or "times" in self.but:
            return []
        off = after - first(output) - (before - first(source))
        return [f"sound {track}: {1000 * off:+.1f} ms against the picture"] if abs(off) > 0.0021 else []

    def look_at_subtitles(self, source, output, container):
        if "subtitles" in self.but:
            return []
        old, new = streams(source, "subtitle"), streams(output, "subtitle")
        if len(old) != len(new):
            return [f"{len(new)} tracks of subtitles, not {len(old)}"]
        lines = []
        for track, (was, now) in enumerate(zip(old, new)):
            if language(now) != language(was) or was.get("tags", {}).get("title") != now.get("tags", {}).get("title"):
                lines.append(f"subtitles {track}: {now.get('tags')}, not {was.get('tags')}")
            before, after = events(source, track), events(output, track)
            if len(before) != len(after) or any(abs(a - b) > 0.002 for a, b in zip(before, after)):
                lines.append(f"subtitles {track}: shown at {after}, not {before}")
        return lines


def ratio(text):
    width, height = map(int, text.split(":"))
    return width / height if width and height else 1


def language(stream):
    """By the first of the two codes that ISO 639-2 has for some."""
    code = stream.get("tags", {}).get("language", "und")
    return {"ger": "deu", "fre": "fra", "dut": "nld", "chi": "zho"}.get(code, code)


def is_held(codec, container):
    return container not in SOUND or codec in SOUND[container]


def first(path):
    """When the first frame is shown on the clock that ffmpeg decodes by, which begins with the file."""
    return times(path)[0] - float(probe(path)["format"].get("start_time", 0))
