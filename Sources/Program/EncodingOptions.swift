import ArgumentParser
import Machine
import Media
import StyleVideo
import SystemPackage

/// How a clip's painting is encoded. The container is the output's name's.
struct EncodingOptions: ParsableArguments {
    @Option(help: "What the video is encoded as (h264; in .webm vp9).")
    var codec: VideoCodec?

    @Option(
        help: ArgumentHelp(
            "Quality, from 0 (best) to 51 (h264: 18, hevc: 20) or 63 (av1, vp9: 24).", valueName: "crf"))
    var crf: Double?

    @Option(
        help: ArgumentHelp(
            """
            h264, hevc: ultrafast to placebo (medium); av1 (6), vp9 (4): 8, the fastest, to 0; prores: proxy, lt, \
            standard, hq (hq), 4444, 4444xq.
            """, valueName: "name"),
        completion: .list(VideoCodec.allCases.flatMap(\.encoder.presets).unique))
    var encoderPreset: String?

    @Option(
        help: ArgumentHelp(
            """
            yuv420p plays everywhere; yuv444p keeps colour at full resolution, and odd sides; yuva420p (ffv1, vp9) and \
            yuva444p10le (ffv1, prores, which keeps it by itself in 4444) keep transparency.
            """, valueName: "pixel-format"))
    var pixelFormat: EncodedPixels?

    @Option(
        name: [.customShort("e"), .customLong("encoder-option")],
        help: ArgumentHelp(
            """
            An option of the encoder, by FFmpeg's name (-e tune=film); may be repeated: the last of a name counts, and \
            lists (x264-params) are joined.
            """, valueName: "key=value"))
    var options: [String] = []

    @Option(help: "The sound: copied where players know it in the container, else encoded; aac: always AAC; none.")
    var audio = SoundChoice.copy

    @Option(help: "The subtitles: as the container takes them, or none.")
    var subtitles = SubtitleChoice.copy

    /// - Parameter output: nil where none is named.
    /// - Throws: `ValidationError` for what the container or the encoder does not take.
    func settings(for output: String?) throws -> EncoderSettings {
        // A name of another ending is refused when its place is looked at.
        let container = output.flatMap { OutputFormat.named(FilePath($0)) }?.container ?? .mp4
        if audio == .aac, container == .webm {
            throw ValidationError("--audio cannot be aac in WebM, which holds none")
        }
        do {
            return try EncoderSettings(
                container: container, codec: codec, crf: crf, preset: encoderPreset, pixelFormat: pixelFormat,
                options: pairs())
        } catch let error as EncoderSettings.Fault {
            throw ValidationError("\(error.flag) \(error)")
        }
    }

    /// Of a sequence of pictures.
    /// - Throws: `ValidationError` for what is of films alone, or not of pictures of that kind.
    func pixels(ofPictures format: PictureFile.Format) throws -> EncodedPixels {
        try pixels(among: EncodedPixels.ofPictures(format), of: "pictures", "\(format)")
    }

    /// Of frames on standard output.
    /// - Throws: `ValidationError`, as of pictures.
    func pixelsOfStream() throws -> EncodedPixels {
        try pixels(among: Y4MWriter.pixelFormats, of: "YUV4MPEG2", "YUV4MPEG2")
    }

    private func pixels(among known: [EncodedPixels], of kind: String, _ name: String) throws -> EncodedPixels {
        let films: [(String, Bool)] = [
            ("--codec", codec != nil), ("--crf", crf != nil), ("--encoder-preset", encoderPreset != nil),
            ("-e", !options.isEmpty),
        ]
        if let flag = films.first(where: \.1)?.0 {
            throw ValidationError("\(flag) is of films, and the output is \(kind)")
        }
        let pixels = pixelFormat ?? known[0]
        guard known.contains(pixels) else {
            let names = known.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--pixel-format must be one of \(names) for \(name), and is \(pixels)")
        }
        return pixels
    }

    private func pairs() throws -> [String: String] {
        try options.reduce(into: [:]) { pairs, option in
            guard let sign = option.firstIndex(of: "="), sign > option.startIndex else {
                throw ValidationError("-e must be KEY=VALUE, and is \(printable(option))")
            }
            let (name, value) = (String(option[..<sign]), String(option[option.index(after: sign)...]))
            // Which names are lists is the same for all codecs.
            let first = (codec ?? .h264).encoder.isList(name) ? pairs[name, default: ""] : ""
            pairs[name] = first.isEmpty ? value : first + ":" + value
        }
    }
}

extension EncoderSettings.Fault {
    fileprivate var flag: String {
        switch setting {
        case .codec: "--codec"
        case .crf: "--crf"
        case .preset: "--encoder-preset"
        case .pixelFormat: "--pixel-format"
        case .option: "-e"
        }
    }
}

extension [String] {
    /// Each once, where it comes first.
    fileprivate var unique: [String] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}
