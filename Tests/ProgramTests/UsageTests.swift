import TestSupport
import Testing

/// Flags that make no sense, and what is said of them.
@Suite struct UsageTests {
    @Test(arguments: refusals) func refuses(_ refusal: Refusal) async throws { try await refusal.check() }

    @Test func kernelsThatThereAreNotAreRefused() async throws {
        let outcome = try await Program.run(
            ["info", "in.mp4"], in: Scratch(), environment: ["STYLEVIDEO_CPU": "pentium"])
        #expect(outcome.code == 64 && outcome.errorLines.count == 1, "\(outcome.error)")
        #expect(outcome.error.contains("pentium") && outcome.error.contains("STYLEVIDEO_CPU"))
    }

    static let refusals = [
        flags(["--crf", "52"], "--crf"), flags(["--crf=-1"], "--crf"), flags(["--crf", "nan"], "--crf"),
        flags(["--encoder-preset", "quick"], "--encoder-preset"), flags(["--pixel-format", "rgb24"], "--pixel-format"),
        flags(["--codec", "ffv1"], ".mkv holds it"), flags(["--codec", "av1", "-o", "out.mov"], "--codec"),
        flags(["--codec", "hevc", "-o", "out.webm"], ".mp4, .mkv, .mov"),
        flags(["--codec", "av1", "--crf", "64"], "63"), flags(["--crf", "52.0"], "and is 52;"),
        flags(["--codec", "av1", "--crf", "17.5"], "a whole number from 0 to 63"),
        flags(["--codec", "vp9", "-o", "out.webm", "--crf", "17.5"], "a whole number"),
        flags(["--codec", "ffv1", "-o", "out.mkv", "--crf", "0"], "--crf cannot be chosen"),
        flags(["--codec", "ffv1", "-o", "out.mkv", "--encoder-preset", ""], "--encoder-preset cannot be chosen"),
        flags(["--codec", "prores", "-o", "out.mov", "--crf", "0"], "--crf cannot be chosen"),
        flags(["--crf", "-1"], "'--crf=-1'"), flags(["--start", "-0:10"], "'--start=-0:10'"),
        flags(["-e", "-1"], "'-e=-1'"), flags(["--crf", "--quiet"], "missing value"),
        flags(["--codec", "prores", "-o", "out.mov", "--crf", "9"], "--crf"),
        flags(
            ["--codec", "prores", "-o", "out.mov", "--pixel-format", "yuv422p10le", "--encoder-preset", "4444"],
            "--encoder-preset"),
        flags(["--codec", "vp9", "-o", "out.mp4", "--pixel-format", "yuva420p"], "--pixel-format"),
        flags(["--pixel-format", "yuva420p", "-o", "out.mov"], "--pixel-format"),
        flags(["--pixel-format", "rgb48be", "-o", "shot%04d.jpg"], "--pixel-format"),
        flags(["--pixel-format", "yuv444p", "-o", "shot%04d.png"], "--pixel-format"),
        flags(["--codec", "h264", "-o", "shot%04d.png"], "--codec"),
        flags(["--codec", "prores", "-o", "out.mov", "--pixel-format", "yuv420p"], "yuv422p10le"),
        flags(["--codec", "vp9", "--encoder-preset", "medium"], "8, 7"),
        flags(["--audio", "aac", "-o", "out.webm"], "--audio"), flags(["-e", "no-such=1"], "no-such"),
        flags(["-e", "film"], "KEY=VALUE"), flags(["-e", "threads=2"], "threads"),
        flags(["-e", "b=1M"], "cannot set b"),
        flags(["-e", "x264-params=ref=2:VBV_maxrate=9"], "vbv-maxrate"),
        flags(["-e", "g=5", "-e", "g=many"], "encoder"),
        flags(["-e", "nal-hrd=vbr"], "nal-hrd"), flags(["-e", "aspect=2"], "aspect"), flags(["-e", "sar=2"], "sar"),
        flags(["-e", "x264-params=annexb=0", "-e", "x264-params=ref=2"], "cannot set annexb"),
        flags(["-e", "x264-params=ref=2:noannexb"], "cannot set annexb"),
        flags(["-e", "x264-params=ref=2: 'cqmfile'=in.mp4"], "cannot set cqmfile"),
        flags(["-e", "x264opts=fake_interlaced"], "cannot set fake-interlaced"),
        flags(["-e", "preset=slow"], "preset"), flags(["--codec", "vp9", "-e", "cpu-used=1"], "cpu-used"),
        flags(["--preset", "slow"], "--preset"), flags(["--cache", "on"], "--cache"),
        flags(["--style-size", "47"], "--style-size"),
        flags(["--style-size", "9999"], "--style-size"), flags(["--max-size", "1"], "--max-size"),
        flags(["--max-size", "many"], "--max-size"), flags(["--threads", "0"], "--threads"),
        flags(["--threads", "257"], "256"),
        flags(["--threads", "9223372036854775808"], "--threads"), flags(["--frames", "0"], "--frames"),
        flags(["--frames=-5"], "--frames"), flags(["--start=-1"], "--start"), flags(["--start", "1:60"], "--start"),
        flags(["--start", "1:2:3:4"], "--start"), flags(["--start", "nan"], "--start"), flags(["--end", "0"], "--end"),
        flags(["--start", "2", "--end", "1"], "--end"), flags(["-q", "-v"], "--quiet"),
        flags(["--no-such-flag"], "--no-such-flag"), flags(["and.mp4"], "2 films"), flags(["--start"], "--start"),
        flags(["-threads", "1"], "'-threads' (did you mean '--threads'?)"), flags(["-crf=3"], "'--crf'"),
        flags(["--no-such-flag", "--help"], "--no-such-flag"), flags(["--no\u{1B}[1m"], "\\u{1B}[1m"),
        Refusal("standard input", Refusal.paint("-"), code: 64, naming: "standard input"),
        Refusal("the style on standard input", Refusal.paint(style: "-"), code: 64, naming: "standard input"),
        Refusal("no style", ["in.mp4"], code: 64, naming: "--style"),
        Refusal("a misspelled flag", ["in.mp4", "--sytle", "style.png"], code: 64, naming: "'--sytle'", "'--style'"),
        Refusal(
            "a misspelled command", ["prevew", "in.mp4", "--style", "style.png", "--at", "0", "-o", "out.png"],
            code: 64,
            naming: "'prevew'", "'preview'"),
        Refusal(
            "an address", ["https://host/clip.mp4", "--style", "style.png"], code: 65, naming: "address", "download"),
        Refusal(
            "a name too long for an output", [String(repeating: "n", count: 243) + ".mp4", "--style", "style.png"],
            code: 73, naming: "at most 255 bytes", "256"
        ) {
            try $0.take(await Fixture.clip, as: String(repeating: "n", count: 243) + ".mp4")
        },
        Refusal("a word that is nothing", ["frobnicate"], code: 64, naming: "no command 'frobnicate'", "no file"),
        Refusal("help of no command", ["help", "bogus"], code: 64, naming: "'bogus'"),
        Refusal("a file that looks like flags", ["-the.mp4", "--style", "style.png"], code: 64, naming: "'./-the.mp4'")
        {
            try $0.take(await Fixture.clip, as: "-the.mp4")
        },
        Refusal("no input", ["--style", "style.png"], code: 64, naming: "input"),
        Refusal("an empty input", Refusal.paint(""), code: 64),
        Refusal(
            "a place outside of the picture",
            ["focus", "style.png", "--style", "style.png", "--point", "96,0", "-o", "out.png", "--style-size", "64"],
            code: 64, naming: "96 x 80", "96,0"),
        Refusal(
            "a place that is none",
            ["focus", "style.png", "--style", "style.png", "--point", "9x4", "-o", "out.png"], code: 64,
            naming: "--point"),
        Refusal(
            "no place", ["focus", "style.png", "--style", "style.png", "-o", "out.png"], code: 64, naming: "--point"),
        Refusal(
            "a preview of standard input without a name", ["preview", "-", "--style", "style.png", "--at", "0"],
            code: 64,
            naming: "-o"),
        Refusal(
            "a preview of no moment", ["preview", "in.mp4", "--style", "style.png", "-o", "out.png"], code: 64,
            naming: "--at"),
        Refusal(
            "a stretch of no source", ["measure", "in.mp4", "--start", "0.3"], code: 64, naming: "--against"),
        Refusal("measure of nothing", ["measure"], code: 64, naming: "input", "measure --help"),
        Refusal(
            "a signed moment", ["preview", "in.mp4", "--style", "style.png", "--at=-1", "-o", "o.png"], code: 64,
            naming: "--at"),
    ]

    /// Files beside the film, and streams of another form.
    @Test(arguments: [
        "annexb", "analysis-save", "analysis_load", "analysis-reuse-file", "scaling-list", "qpfile", "zonefile",
        "lambda-file", "dhdr10-info", "nalu-file", "stats", "refine-intra", "--csv", "recon", "interlace", "sar", "fps",
    ])
    func keysInsideListsAreRefused(_ key: String) async throws {
        let option = "x265-params=bframes=3:\(key)=x"
        try await Self.flags(["--codec", "hevc", "-e", option], "cannot set").check()
    }

    private static func flags(_ flags: [String], _ naming: String) -> Refusal {
        Refusal(flags.joined(separator: " "), Refusal.paint() + flags, code: 64, naming: naming)
    }
}
