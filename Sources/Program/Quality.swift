import ArgumentParser
import Media
import SystemPackage

/// Settings that go together, by one name.
enum Quality: String, ExpressibleByArgument, CaseIterable {
    case draft, good, best

    /// What it stands for: of each flag its value, and nil where the usual is meant.
    /// - Parameters:
    ///   - codec: that was asked for.
    ///   - output: the file's name.
    func settings(codec: String?, output: String?) -> [(key: String, value: String?)] {
        let codec = Self.codec(codec, output)
        switch self {
        case .draft:
            return [("max-size", "640"), ("steady", "hold"), ("no-measure", "yes")] + speed(codec, fastest: true)
        case .good:
            return [("max-size", nil), ("steady", nil), ("no-measure", nil), ("encoder-preset", nil), ("crf", nil)]
        case .best:
            return [("max-size", nil), ("steady", nil), ("no-measure", nil)] + speed(codec, fastest: false)
        }
    }

    /// The encoder's, where it can be chosen.
    private func speed(_ codec: VideoCodec?, fastest: Bool) -> [(key: String, value: String?)] {
        switch codec {
        case .h264:
            fastest ? [("encoder-preset", "veryfast"), ("crf", nil)] : [("encoder-preset", "slow"), ("crf", "14")]
        case .hevc:
            fastest ? [("encoder-preset", "veryfast"), ("crf", nil)] : [("encoder-preset", "slow"), ("crf", "16")]
        case .av1: fastest ? [("encoder-preset", "8"), ("crf", nil)] : [("encoder-preset", nil), ("crf", "18")]
        case .vp9: fastest ? [("encoder-preset", "8"), ("crf", nil)] : [("encoder-preset", "2"), ("crf", "18")]
        case .ffv1, .prores, nil: [("encoder-preset", nil), ("crf", nil)]
        }
    }

    /// Nil where the output is pictures.
    private static func codec(_ name: String?, _ output: String?) -> VideoCodec? {
        guard let output else { return name.map { VideoCodec(rawValue: $0) } ?? .h264 }
        guard let format = OutputFormat.named(FilePath(output)) else { return nil }
        return name.map { VideoCodec(rawValue: $0) } ?? format.codecs.first
    }
}

/// Of the commands for which some of it makes sense.
struct QualityOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Settings by one name: draft paints at 640 pixels, without steadying what moves and without measuring; good \
            is what is usual; best encodes finer. A setting of the same place (the command line, a file), or of one \
            that counts more, overrules what it chooses; it overrules those of places that count less.
            """, valueName: "name"))
    var quality: Quality?
}
