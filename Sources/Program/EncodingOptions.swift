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

    @Option(help: "yuv420p plays everywhere; yuv444p keeps colour at full resolution, and odd sides.")
    var pixelFormat: EncodedPixels?

    /// - Parameter output: nil where none is named.
    /// - Throws: `ValidationError` for what the container or the encoder does not take.
    func settings(for output: String?) throws -> EncoderSettings {
        // A name of another ending is refused when its place is looked at.
        let container = output.flatMap { OutputFormat.named(FilePath($0)) }?.container ?? .mp4
        do {
            return try EncoderSettings(
                container: container, codec: codec, crf: crf, preset: encoderPreset, pixelFormat: pixelFormat)
        } catch {
            throw ValidationError("\(error.flag) \(error)")
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
