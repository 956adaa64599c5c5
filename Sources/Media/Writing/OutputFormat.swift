public import SystemPackage

/// A container that is written, and what it takes to write it: a row of a table.
public struct OutputFormat: Sendable {
    /// How settings and reports name it.
    public let container: Container
    /// What people call it.
    let title: String
    /// What the names of its files end in, the usual one first.
    public let endings: [String]
    /// libav's name of its writer.
    var muxer: String
    /// What the writer is told, whatever the clip.
    var options: [String: String] = [:]
    /// The writer's options for the ticks a second of the video track, and of what counts for all tracks; nil where it
    /// counts milliseconds.
    var timescales: (video: String, movie: String)?
    /// What its video may be, the usual one first.
    public let codecs: [VideoCodec]
    /// Sound that it holds and few players play in it: by libav's names of the codecs, whether it is encoded anew.
    var rareSound: [String: Bool] = [:]
    /// What other sound is encoded as, and libav's name of the encoder.
    var sound = (title: "AAC", encoder: "aac")
    /// libav's name of the encoder for text that it does not hold as it is.
    let text: String

    public enum Container: String, Sendable, Hashable, CaseIterable, Codable { case mp4, mkv, mov, webm }

    private static let rareSound = ["vorbis": true, "truehd": true, "opus": false, "dts": false]
    private static let timescales = (video: "video_track_timescale", movie: "movie_timescale")

    static let mp4 = OutputFormat(
        container: .mp4, title: "MP4", endings: ["mp4", "m4v"], muxer: "mp4", options: ["movflags": "+faststart"],
        timescales: timescales, codecs: [.h264, .hevc, .av1, .vp9], rareSound: rareSound, text: "mov_text")
    static let mov = OutputFormat(
        container: .mov, title: "QuickTime (MOV)", endings: ["mov"], muxer: "mov",
        options: ["movflags": "+faststart"], timescales: timescales, codecs: [.h264, .hevc, .prores],
        rareSound: rareSound, text: "mov_text")
    static let mkv = OutputFormat(
        container: .mkv, title: "Matroska (MKV)", endings: ["mkv"], muxer: "matroska",
        codecs: [.h264, .hevc, .av1, .vp9, .ffv1, .prores], text: "ass")
    static let webm = OutputFormat(
        container: .webm, title: "WebM", endings: ["webm"], muxer: "webm", codecs: [.vp9, .av1],
        sound: ("Opus", "libopus"), text: "webvtt")

    /// All of them.
    public static let table = [mp4, mkv, mov, webm]

    public static subscript(_ container: Container) -> OutputFormat {
        switch container {
        case .mp4: mp4
        case .mkv: mkv
        case .mov: mov
        case .webm: webm
        }
    }

    /// By the name's ending; nil where no row has it.
    public static func named(_ file: FilePath) -> OutputFormat? {
        let ending = file.extension?.lowercased() ?? ""
        return table.first { $0.endings.contains(ending) }
    }

    /// What its writer knows languages by, where that is the other of their two codes (ISO 639-2/B): QuickTime's own
    /// list, of which libav has these. It drops what is not among them.
    var languages: [String: String] {
        guard container == .mov else { return [:] }
        return ["deu": "ger", "nld": "dut", "ell": "gre", "isl": "ice", "zho": "chi", "sqi": "alb", "fre": "fra"]
    }

    /// Whether the writer is Matroska's, which counts milliseconds and has no edit lists.
    var isMatroska: Bool { timescales == nil }

    /// What a chunk is written into: MP4 where that holds the codec, else its kin. Both count the source's own ticks,
    /// and neither needs its index in front: it is read once, from there. Matroska where opacity lies beside VP9's
    /// frames, which no other container keeps.
    static func ofChunks(_ settings: EncoderSettings) -> OutputFormat {
        if settings.codec == .vp9, settings.pixelFormat.hasOpacity { return mkv }
        var format = mp4.codecs.contains(settings.codec) ? mp4 : mov
        format.options = [:]
        return format
    }
}
