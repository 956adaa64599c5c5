"""Pictures that are odd in one way each, and what another reader makes of them."""
import re
import shutil
import subprocess
from dataclasses import dataclass

# A picture with every hue and grey, 96 x 64. `im` is ImageMagick.
TOOL = next((tool for tool in ("magick", "convert-im6.q16", "convert") if shutil.which(tool)), "convert")
BASE = (f"im() {{ {TOOL} \"$@\"; }}; "
        "ff -f lavfi -i testsrc2=s=96x64,gblur=2 -frames:v 1 base.png; ")


@dataclass
class Picture:
    name: str
    recipe: str
    #: What it should look like: the file itself, by ImageMagick, or another.
    like: str = "base.png"
    #: Mean absolute difference in levels of 255, at most.
    off: float = 2
    code: int = 0
    says: str = ""
    flags: tuple = ()

    is_carried = False

    def __post_init__(self):
        self.recipe, self.file = BASE + self.recipe, self.name

    def check(self, passage, source, container):
        output = source.parent / "out.png"
        output.unlink(missing_ok=True)
        run = passage.picture(source, output.name, self.flags)
        said = run.stderr.strip()
        is_true = re.search("is not read|convert it", said) and "damaged" not in said
        if run.returncode == 65 and self.code == 0 and is_true:
            return [f"refused: {said[-200:]}"]
        lines = [] if run.returncode == self.code else [f"exit {run.returncode}, not {self.code}: {said[-300:]}"]
        if self.says and not re.search(self.says, said):
            lines.append(f"does not say /{self.says}/: {said[-300:]}")
        if "patches" in said or "libav" in said and "system's libav" not in said:
            lines.append(f"speaks of libav: {said[-300:]}")
        if self.code or lines:
            return lines + (["an output where none can be"] if output.exists() else [])
        return lines + self.look(source.parent / self.like, output)

    def look(self, right, output):
        old, new = pixels(right), pixels(output)
        if len(old) != len(new):
            return [f"of another size: {len(new)} bytes, not {len(old)}"]
        off = sum(abs(a - b) for a, b in zip(old, new)) / len(old)
        return [f"{off:.1f} levels off"] if off > self.off else []


def pixels(path):
    """Red, green and blue of a picture's first page, upright, by ImageMagick."""
    words = [TOOL, f"{path}[0]", "-auto-orient", "-colorspace", "sRGB", "-depth", "8", "rgb:-"]
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def im(name, flags, **rest):
    return Picture(name, f"im base.png {flags} {name}", **rest)


CASES = [
    im("plain.png", ""), im("grey.png", "-colorspace Gray", like="grey.png"),
    im("palette.png", "-colors 32 -type Palette", like="palette.png"),
    im("sixteen.png", "-depth 16 -define png:bit-depth=16"),
    im("bilevel.png", "-monochrome", like="bilevel.png"),
    im("interlaced.png", "-interlace PNG"),
    im("plain.jpg", "-quality 98", off=3), im("progressive.jpg", "-quality 98 -interlace JPEG", off=3),
    im("grey.jpg", "-quality 98 -colorspace Gray", like="grey.jpg"),
    im("444.jpg", "-quality 98 -sampling-factor 1x1"), im("422.jpg", "-quality 98 -sampling-factor 2x1", off=3),
    im("cmyk.jpg", "-quality 98 -colorspace CMYK", off=8),
    im("plain.bmp", ""), im("bmp2.bmp", "-type Palette BMP3:palette.bmp; cp palette.bmp", like="bmp2.bmp"),
    Picture("plain.tga", "ff -i base.png plain.tga"), im("plain.ppm", ""),
    im("sixteen.ppm", "-depth 16"), im("plain.pgm", "", like="plain.pgm"),
    im("plain.pbm", "-monochrome", like="plain.pbm"), im("plain.gif", "", like="plain.gif"),
    im("lossy.webp", "-quality 98", off=4), im("lossless.webp", "-define webp:lossless=true"),
    im("plain.psd", "-compress None"), im("plain.jp2", "-quality 95", off=3), im("plain.dpx", "-depth 10", off=3),
    im("plain.pcx", ""), im("plain.sgi", ""), Picture("plain.sun", "im base.png SUN:plain.sun"),
    *(im(f"{name}.tif", flags, **rest) for name, flags, rest in [
        ("plain", "-compress None", {}), ("lzw", "-compress LZW", {}), ("zip", "-compress Zip", {}),
        ("rle", "-compress RLE", {}), ("tiles", "-compress None -define tiff:tile-geometry=32x32", {}),
        ("tiles-zip", "-compress Zip -define tiff:tile-geometry=16x16", {}),
        ("jpeg", "-compress JPEG -quality 97", dict(off=4)),
        ("tiles-jpeg", "-compress JPEG -quality 97 -define tiff:tile-geometry=32x32", dict(off=4)),
        ("sixteen", "-depth 16 -compress None", {}), ("big-endian", "-endian MSB -depth 16 -compress None", {}),
        ("planes", "-interlace Plane -compress None", {}),
        ("planes-16", "-interlace Plane -depth 16 -compress None", {}),
        ("cmyk", "-colorspace CMYK -compress None", dict(off=8)),
        ("cmyk-16", "-colorspace CMYK -depth 16 -compress None", dict(off=8)),
        ("bilevel", "-monochrome -compress Group4", dict(like="bilevel.tif")),
        ("grey", "-colorspace Gray -compress None", dict(like="grey.tif")),
        ("grey-16", "-colorspace Gray -depth 16 -compress None", dict(like="grey-16.tif")),
        ("grey-4", "-colorspace Gray -depth 4 -compress None", dict(like="grey-4.tif")),
        ("palette", "-type Palette -compress None", dict(like="palette.tif")),
        ("white-is-zero", "-colorspace Gray -define quantum:polarity=min-is-white -compress None",
         dict(like="white-is-zero.tif")),
        ("pages", "( -size 96x64 xc:red ) -compress None".replace("(", "\\(").replace(")", "\\)"), {}),
        ("lab", "-colorspace Lab -compress None", dict(off=3)),
        ("float", "-depth 32 -define quantum:format=floating-point -compress LZW", {}), ("zstd", "-compress ZSTD", {}),
    ]),
    Picture("bigtiff.tif", "im base.png -compress None TIFF64:bigtiff.tif"),
    # A rotation by a quarter, and the EXIF that says so.
    Picture("turned.jpg", "im base.png -quality 98 -rotate 90 t.jpg; (head -c 2 t.jpg; printf '\\xff\\xe1\\x00\\x22"
            "Exif\\0\\0MM\\0\\x2a\\0\\0\\0\\x08\\0\\x01\\x01\\x12\\0\\x03\\0\\0\\0\\x01\\0\\x08\\0\\0\\0\\0\\0\\0'; "
            "tail -c +3 t.jpg) > turned.jpg", off=3),
    Picture("motion.jpg", "im base.png -quality 98 m.jpg; ff -f lavfi -i testsrc2=s=64x48:d=0.2 -c:v libx264 m.mp4; "
            "cat m.jpg m.mp4 > motion.jpg", off=3),
    Picture("second.jpg", "im base.png -quality 98 m.jpg; im base.png -negate n.jpg; cat m.jpg n.jpg > second.jpg",
            off=3),
    Picture("clear.png", "im base.png -alpha set -channel A -evaluate set 50% clear.png; "
            "im clear.png -background white -flatten white.png", like="white.png"),
    Picture("large.png", "im -size 12000x9000 xc:red large.png", like="large.png", code=-1),
    Picture("still.avif", "ff -i base.png -c:v libaom-av1 -crf 8 -still-picture 1 -pix_fmt yuv444p still.avif", off=4),
    Picture("cut.png", "im base.png w.png; head -c 3000 w.png > cut.png", code=65, says="damaged|cut off|ends"),
    Picture("text.png", "echo hello > text.png", code=65), Picture("empty.jpg", ": > empty.jpg", code=65, says="empty"),
    Picture("clip.jpg", "ff -f lavfi -i testsrc2=s=64x48:d=0.2 -c:v libx264 c.mp4; cp c.mp4 clip.jpg", code=65),
    Picture("drawing.svg", "echo '<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>' > drawing.svg",
            code=65, says="SVG|drawing|no picture"),
]
CASES = [case for case in CASES if case.name != "large.png"]
