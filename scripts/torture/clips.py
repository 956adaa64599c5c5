"""Clips that are odd in one way each. `ff` is ffmpeg, quiet."""
from clip import ANY, Clip

# Colours without hard edges, which halved chroma holds, and a tone that begins in mid-clip.
V = "-f lavfi -i testsrc2=s=128x96:r=25:d={d},gblur=sigma=3,eq=saturation=0.4,format={p}"
A = "-f lavfi -i sine=f=1000:r={r}:d={d},volume='if(lt(t\\,{d}/2)\\,0\\,0.5)':eval=frame"


def v(pixels="yuv420p", d=1):
    return V.format(p=pixels, d=d)


def a(rate=48000, d=1):
    return A.format(r=rate, d=d)


def coded(name, codec, source="yuv420p", more="", **rest):
    """A clip of pictures alone."""
    return Clip(name, f"ff {v(source)} -c:v {codec} {more} {name}", **rest)


def heard(name, video, sound, rate=48000, more="", **rest):
    return Clip(name, f"ff {v()} {a(rate)} -c:v {video} -c:a {sound} {more} {name}", **rest)


DEEP = dict(pixels="yuv420p10le", psnr=60)
X264 = "libx264 -crf 4"

CONTAINERS = [
    heard("h264-aac.mp4", X264, "aac"),
    heard("h264-fragments.mp4", X264, "aac", more="-movflags frag_keyframe+empty_moov -g 8"),
    heard("prores-pcm.mov", "prores_ks", "pcm_s16le", psnr=48),
    heard("ffv1-flac.mkv", "ffv1", "flac"),
    heard("vp9-opus.webm", "libvpx-vp9 -crf 10 -b:v 0 -cpu-used 8 -deadline realtime", "libopus"),
    heard("vp8-vorbis.webm", "libvpx -b:v 4M -deadline realtime", "libvorbis"),
    heard("mpeg4-mp3.avi", "mpeg4 -q:v 2", "libmp3lame", but=("times",)),
    heard("mpeg2-mp2.ts", "mpeg2video -q:v 2 -bf 2", "mp2", but=("times",)),
    heard("h264-aac.m2ts", X264, "aac"),
    heard("mpeg1-mp2.mpg", "mpeg1video -q:v 2", "mp2", rate=44100, frames=25, step=0.04),
    heard("mpeg2-ac3.vob", "mpeg2video -q:v 2", "ac3", frames=25, step=0.04),
    heard("flv1-mp3.flv", "flv -q:v 2", "libmp3lame", rate=44100),
    heard("wmv2-wma.wmv", "wmv2 -q:v 2", "wmav2"),
    heard("theora-vorbis.ogv", "libtheora -q:v 9", "libvorbis", but=("times",)),
    heard("mpeg4-aac.3gp", "mpeg4 -q:v 2", "aac"),
    heard("mpeg2-pcm.mxf", "mpeg2video -q:v 2 -b:v 20M", "pcm_s16le"),
    heard("ffv1-pcm.nut", "ffv1", "pcm_s16le"),
    heard("hevc-ac3.mkv", "libx265 -crf 6 -x265-params log-level=none", "ac3"),
    heard("av1-opus.mp4", "libsvtav1 -crf 10 -preset 10", "libopus"),
    heard("mjpeg-pcm.avi", "mjpeg -q:v 2 -pix_fmt yuvj420p", "pcm_s16le", but=("times",)),
    heard("huffyuv-pcm.avi", "ffvhuff", "pcm_s16le", but=("times",)),
    coded("raw.y4m", "wrapped_avframe"),
    coded("raw.h264", X264, step=0.04, frames=25),
    coded("raw.hevc", "libx265 -crf 6 -x265-params log-level=none", step=0.04, frames=25),
    coded("raw.ivf", "libvpx-vp9 -crf 10 -b:v 0 -cpu-used 8 -deadline realtime"),
    coded("raw.mjpeg", "mjpeg -q:v 2", "yuvj420p", step=0.04, frames=25),
    coded("raw.m2v", "mpeg2video -q:v 2", step=0.04, frames=25),
    coded("dv.dv", "dvvideo", "yuv420p", "-vf scale=720:576,setsar=16/15 -r 25", psnr=0,
          but=("times", "colours", "sound")),
    coded("animated.gif", "gif", "rgb24", psnr=0, but=("colours",)),
    coded("animated.apng", "apng", "rgb24", psnr=0, but=("colours", "times")),
    coded("qtrle.mov", "qtrle", "rgb24", psnr=45, but=("colours",)),
    coded("png.mov", "png", "rgb24", psnr=45, but=("colours",)),
]

PIXELS = [
    coded("422.mkv", X264, "yuv422p", pixels="yuv422p", psnr=48),
    coded("444.mkv", X264, "yuv444p", pixels="yuv444p", psnr=48),
    coded("411.avi", "ffv1", "yuv411p", psnr=40),
    coded("440.mkv", "ffv1", "yuv440p", psnr=45),
    coded("gray.mkv", "ffv1", "gray", psnr=48, but=("colours",)),
    coded("rgb.mkv", "libx264rgb -crf 0", "rgb24", psnr=45, but=("colours",)),
    coded("gbr.mkv", "ffv1", "gbrp", psnr=45, but=("colours",)),
    coded("10-420.mkv", "ffv1", "yuv420p10le", **DEEP),
    coded("10-422.mkv", "ffv1", "yuv422p10le", pixels="yuv422p10le", psnr=60),
    coded("10-444.mkv", "ffv1", "yuv444p10le", pixels="yuv444p10le", psnr=60),
    coded("12-420.mkv", "ffv1", "yuv420p12le", **DEEP),
    coded("12-444.mkv", "ffv1", "yuv444p12le", pixels="yuv444p10le", psnr=60),
    coded("10-gray.mkv", "ffv1", "gray10le", but=("colours",), pixels="yuv420p10le", psnr=0),
    coded("10-gbr.mkv", "ffv1", "gbrp10le", but=("colours",), pixels="yuv444p10le", psnr=0),
    coded("10-to-8.mkv", "ffv1", "yuv420p10le", psnr=50),
    coded("8-to-10.mkv", "ffv1", "yuv420p", psnr=50, pixels="yuv420p10le"),
    coded("10-hevc.mp4", "libx265 -crf 4 -x265-params log-level=none", "yuv420p10le", **DEEP),
    coded("full.mp4", X264, "yuvj420p"),
    coded("full-10.mkv", "ffv1", "yuv420p10le", "-color_range pc", **DEEP),
    coded("601.mp4", X264, more="-colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m"),
    coded("709.mp4", X264, more="-colorspace bt709 -color_primaries bt709 -color_trc bt709"),
    coded("240m.mkv", X264, more="-colorspace smpte240m"),
    coded("2020.mkv", "ffv1", "yuv420p10le", "-colorspace bt2020nc -color_primaries bt2020 -color_trc bt2020-10",
          psnr=0, but=("colours",)),
    coded("pq.mkv", "libx265 -crf 6 -x265-params log-level=none", "yuv420p10le",
          "-colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084", psnr=0, says="HDR|dynamic range|PQ",
          colours=dict(color_space="bt709", color_primaries="bt709", color_transfer="bt709")),
    coded("hlg.mkv", "libx265 -crf 6 -x265-params log-level=none", "yuv420p10le",
          "-colorspace bt2020nc -color_primaries bt2020 -color_trc arib-std-b67", psnr=0, says="HDR|dynamic range|HLG",
          colours=dict(color_space="bt709", color_primaries="bt709", color_transfer="bt709")),
    coded("pq-off.mkv", "libx265 -crf 6 -x265-params log-level=none", "yuv420p10le",
          "-colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084", flags=("--tonemap", "off"), **DEEP),
]

TIMES = [
    Clip("uneven.mkv", f"ff {v()} {a()} -vf \"select='not(eq(mod(n,5),2))*not(between(n,8,14))'\" "
         f"-fps_mode passthrough -c:v {X264} -c:a aac uneven.mkv"),
    Clip("gap.mp4", f"ff {v()} -vf \"setpts='PTS+gt(N,9)*20/TB'\" -fps_mode passthrough -c:v {X264} gap.mp4"),
    Clip("ntsc.mp4", f"ff {v()} {a()} -vf setpts=N*1001/30000/TB -r 30000/1001 -c:v {X264} -c:a aac ntsc.mp4"),
    Clip("ticks.mp4", f"ff {v()} -r 60000/1001 -video_track_timescale 90000 -c:v {X264} ticks.mp4"),
    Clip("one.mp4", f"ff {v()} -frames:v 1 -c:v {X264} one.mp4"),
    Clip("two.mp4", f"ff {v()} -frames:v 2 -c:v {X264} two.mp4"),
    Clip("late.mkv", f"ff {v()} {a()} -output_ts_offset 10 -c:v {X264} -c:a aac late.mkv"),
    Clip("late.ts", f"ff {v()} {a()} -output_ts_offset 95000 -c:v {X264} -c:a aac late.ts"),
    Clip("late-sound.mp4", f"ff {v()} -itsoffset 0.31 {a()} -c:v {X264} -c:a aac late-sound.mp4"),
    Clip("late-picture.mp4", f"ff -itsoffset 0.31 {v()} {a()} -c:v {X264} -c:a aac late-picture.mp4"),
    Clip("edited.mp4", f"ff {v(d=2)} {a(d=2)} -c:v {X264} -g 10 -c:a aac w.mp4; "
         "ff -ss 0.5 -i w.mp4 -c copy edited.mp4"),
    Clip("long-sound.mp4", f"ff {v()} {a(d=3)} -c:v {X264} -c:a aac long-sound.mp4"),
    Clip("short-sound.mp4", f"ff {v(d=2)} {a(d=1)} -c:v {X264} -c:a aac short-sound.mp4"),
    Clip("open-gop.mp4", f"ff {v(d=2)} -c:v libx264 -crf 4 -x264-params open-gop=1:keyint=12:bframes=3 open-gop.mp4"),
    Clip("fast.mkv", f"ff {v()} -vf setpts=N/500/TB -r 500 -c:v {X264} fast.mkv"),
    Clip("parts.ts", f"ff {v()} {a()} -c:v {X264} -c:a aac p.ts; cat p.ts p.ts p.ts > parts.ts", frames=75, step=0.04,
         psnr=0, says="clock"),
    Clip("parts.mpg", f"ff {v()} {a()} -c:v mpeg2video -q:v 2 -c:a mp2 p.mpg; cat p.mpg p.mpg p.mpg > parts.mpg",
         frames=75, step=0.04, psnr=0),
    Clip("short-parts.ts", f"ff {v(d=0.4)} -c:v {X264} p.ts; cat p.ts p.ts p.ts > short-parts.ts", frames=30, step=0.04,
         psnr=0),
]

SHAPES = [
    *(Clip(f"turned-{angle}.mp4", f"ff {v()} -c:v {X264} w.mp4; ff -display_rotation {angle} -i w.mp4 -c copy x.mp4 || "
           f"ff -i w.mp4 -c copy -metadata:s:v:0 rotate={angle} turned-{angle}.mp4; "
           f"mv x.mp4 turned-{angle}.mp4 || true",
           file=f"turned-{angle}.mp4", psnr=45) for angle in (90, 180, 270)),
    Clip("wide-pixels.mp4", f"ff {v()} -vf setsar=16/11 -c:v {X264} wide-pixels.mp4"),
    Clip("odd-sides.mp4", "ff -f lavfi -i testsrc2=s=127x95:r=25:d=0.4,gblur=3,format=yuv444p -c:v libx264 -crf 4 "
         "odd-sides.mp4", pixels="yuv444p", psnr=40),
    Clip("small.mkv", "ff -f lavfi -i testsrc2=s=16x16:r=25:d=0.4,format=yuv420p -c:v ffv1 small.mkv", psnr=0),
    Clip("changing.ts", "for s in 128x96 192x112; do ff -f lavfi -i testsrc2=s=$s:r=25:d=0.4,format=yuv420p "
         "-c:v libx264 $s.ts; done; cat 128x96.ts 192x112.ts > changing.ts", psnr=0, frames=20, step=0.04,
         says="changes its size"),
    Clip("cropped.mkv", f"ff {v()} -c:v {X264} w.mkv; mkvmerge -q -o cropped.mkv --cropping 0:8,4,8,4 w.mkv", psnr=0,
         says="112 x 88", but=("shape",)),
]

SOUND = [
    Clip("two-tracks.mkv", f"ff {v()} {a()} {a()} -map 0 -map 1 -map 2 -c:v {X264} -c:a:0 aac -c:a:1 ac3 "
         "-metadata:s:a:0 language=deu -metadata:s:a:1 language=fra -metadata:s:a:1 title=Kommentar two-tracks.mkv"),
    *(heard(f"sound-{name}.mkv", X264, codec, rate=rate) for name, codec, rate in [
        ("opus", "libopus", 48000), ("vorbis", "libvorbis", 44100),
        ("dts", "dca -strict -2", 48000), ("alac", "alac", 44100), ("pcm24", "pcm_s24le", 96000),
        ("float", "pcm_f32le", 48000), ("mulaw", "pcm_mulaw", 8000), ("mp3", "libmp3lame", 44100),
        ("eac3", "eac3", 48000)]),
    heard("six-channels.mkv", X264, "ac3 -af 'pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0'"),
    heard("six-opus.mkv", X264, "libopus -mapping_family 1 -af 'pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0'"),
]

LINES = ("printf '1\\n00:00:00,100 --> 00:00:00,400\\nOne\\n\\n2\\n00:00:00,500 --> 00:00:00,900\\nTwo\\n' > s.srt; "
         "printf ';FFMETADATA1\\n[CHAPTER]\\nTIMEBASE=1/1000\\nSTART=0\\nEND=400\\ntitle=A\\n[CHAPTER]\\n"
         "TIMEBASE=1/1000\\nSTART=400\\nEND=1000\\ntitle=B\\n' > c.txt; ")

CARRIED = [
    Clip("subtitles.mkv", LINES + f"ff {v()} -i s.srt -i s.srt -map 0 -map 1 -map 2 -c:v {X264} -c:s srt "
         "-metadata:s:s:0 language=deu -metadata:s:s:1 language=eng subtitles.mkv"),
    Clip("subtitles-ass.mkv", LINES + f"ff {v()} -i s.srt -map 0 -map 1 -c:v {X264} -c:s ass subtitles-ass.mkv"),
    Clip("subtitles.mp4", LINES + f"ff {v()} -i s.srt -map 0 -map 1 -c:v {X264} -c:s mov_text "
         "-metadata:s:s:0 language=deu subtitles.mp4"),
    Clip("subtitles.webm", LINES + f"ff {v()} -i s.srt -map 0 -map 1 -c:v libvpx -b:v 4M -c:s webvtt subtitles.webm"),
    Clip("subtitles-none.mkv", LINES + f"ff {v()} -i s.srt -map 0 -map 1 -c:v {X264} -c:s srt subtitles-none.mkv",
         flags=("--subtitles", "none"), but=("subtitles",)),
    Clip("chapters.mkv", LINES + f"ff {v()} -i c.txt -map 0 -map_chapters 1 -c:v {X264} chapters.mkv"),
    Clip("chapters.mp4", LINES + f"ff {v()} {a()} -i c.txt -map 0 -map 1 -map_chapters 2 -c:v {X264} -c:a aac "
         "chapters.mp4"),
    Clip("cover.mp4", f"ff {v()} -c:v {X264} w.mp4; ff -f lavfi -i color=red:s=64x64 -frames:v 1 c.png; "
         "ff -i w.mp4 -i c.png -map 0 -map 1 -c copy -disposition:v:1 attached_pic cover.mp4"),
    Clip("timecode.mov", f"ff {v()} -c:v {X264} -timecode 01:00:00:00 timecode.mov"),
    Clip("font.mkv", f"ff {v()} -c:v {X264} -attach \"$(fc-match -f %{{file}} || true)\" "
         "-metadata:s:t mimetype=application/x-truetype-font font.mkv"),
]

INTERLACED = [
    Clip("interlaced.ts", f"ff {v(d=2)} -vf tinterlace=interleave_top,setfield=tff -flags +ildct+ilme -c:v mpeg2video "
         "-q:v 2 interlaced.ts", psnr=0, says="interlace", but=("times",)),
    Clip("interlaced.mp4", f"ff {v(d=2)} -vf tinterlace=interleave_top,setfield=tff -c:v libx264 -flags +ildct+ilme "
         "-crf 4 interlaced.mp4", psnr=0, says="interlace"),
    Clip("interlaced-off.mp4", f"ff {v(d=2)} -vf tinterlace=interleave_top,setfield=tff -c:v libx264 -flags "
         "+ildct+ilme -crf 4 interlaced-off.mp4", flags=("--deinterlace", "off"), psnr=45),
]

CUT = "head -c $(($(stat -c %s w.{e}) * 6 / 10)) w.{e} > cut.{e}"
ENDED = [
    *(Clip(f"cut.{ending}", f"ff {v(d=4)} -c:v {codec} {more} w.{ending}; " + CUT.format(e=ending), code=65, frames=ANY,
           psnr=0, says="cut off|ends|breaks off", but=("times", "colours"))
      for ending, codec, more in [
          ("mp4", X264, "-movflags +faststart"), ("mkv", X264, ""), ("avi", "mpeg4 -q:v 2", ""),
          ("wmv", "wmv2 -q:v 2", ""), ("flv", "flv -q:v 2", ""), ("mxf", "mpeg2video -q:v 2", ""),
          ("y4m", "wrapped_avframe", ""), ("gif", "gif", "-pix_fmt rgb8"), ("apng", "apng", "-pix_fmt rgb24"),
          ("mov", "prores_ks", "-movflags +faststart"), ("webm", "libvpx -b:v 4M -deadline realtime", "")]),
]

REFUSED = [
    Clip("encrypted.mp4", f"ff {v()} -c:v {X264} -encryption_scheme cenc-aes-ctr -encryption_key "
         "76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8 encrypted.mp4",
         code=65, says="encrypted"),
    Clip("unfinished.mp4", f"ff {v()} -c:v {X264} w.mp4; head -c 9000 w.mp4 > unfinished.mp4", code=65,
         says="not finished|never finished|index|moov"),
    Clip("text.mp4", "echo hello > text.mp4", code=65),
    Clip("empty.mp4", ": > empty.mp4", code=65, says="empty"),
    Clip("sound.m4a", f"ff {a()} -c:a aac sound.m4a", code=65, says="no video"),
    Clip("picture.png", "ff -f lavfi -i testsrc2=s=64x48 -frames:v 1 picture.png", code=65, says="image|picture"),
    Clip("list.m3u8", "printf '#EXTM3U\\nx.ts\\n' > list.m3u8", code=65, says="playlist"),
]

CASES = CONTAINERS + PIXELS + TIMES + SHAPES + SOUND + CARRIED + INTERLACED + ENDED + REFUSED

# One of each kind, and the container it is tried in: what `scripts/test` has time for. ffmpeg alone makes them.
FEW = {
    "vp9-opus.webm": "mp4", "mpeg2-mp2.ts": "mp4", "raw.y4m": "mov", "animated.gif": "mkv", "444.mkv": "mp4",
    "10-420.mkv": "mkv", "full.mp4": "mov", "pq.mkv": "mp4", "uneven.mkv": "mp4", "ntsc.mp4": "mkv",
    "late-picture.mp4": "mov", "edited.mp4": "mp4", "turned-90.mp4": "mkv", "odd-sides.mp4": "mp4",
    "two-tracks.mkv": "webm", "subtitles.mkv": "mp4", "chapters.mp4": "mkv", "interlaced.mp4": "mov", "cut.mkv": "mp4",
    "sound.m4a": "mp4",
}
