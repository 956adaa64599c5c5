public import ArgumentParser
import Machine
public import Media
public import StyleKernel
import StyleVideo
import SystemPackage
import Tensors

extension Configuration.Preset: ExpressibleByArgument {}
extension EncodedPixels: ExpressibleByArgument {}
extension VideoCodec: ExpressibleByArgument {}
extension SoundChoice: ExpressibleByArgument {}
extension SubtitleChoice: ExpressibleByArgument {}
extension Steadiness: ExpressibleByArgument {}
extension ToneMapping: ExpressibleByArgument {}
extension Cache: ExpressibleByArgument {}
extension Deinterlacing: ExpressibleByArgument {}
extension Stylizer.Precision: ExpressibleByArgument {}

/// A moment as people write it: seconds (12.5) or HH:MM:SS (1:02:03.5, 1:30).
struct Moment: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
        guard let seconds = StyleVideo.seconds(ofMoment: argument) else { return nil }
        self.seconds = seconds
    }
}

/// Numbers, as 0.7,0.3.
struct Numbers: ExpressibleByArgument {
    let numbers: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { decimal($0) }
        guard parts.allSatisfy({ $0 != nil }) else { return nil }
        numbers = parts.compactMap(\.self)
    }
}

/// Flags of every command that paints.
struct PaintingOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The network: fast, or paper, for which no weights come with the program (default: fast).",
            valueName: "preset"))
    var preset: Configuration.Preset?

    @Option(name: .long, help: "A weights file (safetensors) instead of the program's.", completion: .file())
    var weights: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            The style picture's shorter side, from 48 to 8192: the larger, the softer the marks, and the more memory \
            and time.
            """, valueName: "pixels"))
    var styleSize = 512

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The output's longer side at most, from 2 to 65536; it is never enlarged.", valueName: "pixels"))
    var maxSize: Int?

    @Option(
        help: ArgumentHelp(
            "What the network multiplies in: bfloat16 is faster on CPUs with AVX-512 BF16, and slower elsewhere.",
            valueName: "numbers"))
    var precision = Stylizer.Precision.float32

    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        guard (48...8192).contains(styleSize) else {
            throw ValidationError("--style-size must be from 48 to 8192, and is \(styleSize)")
        }
        if let maxSize, !(2...65536).contains(maxSize) {
            throw ValidationError("--max-size must be from 2 to 65536, and is \(maxSize)")
        }
    }

    func settings(_ clip: ClipPaintingOptions? = nil) -> Settings {
        var settings = Settings()
        if let clip { (settings.steady, settings.toneMapping) = (clip.steady, clip.tonemap) }
        settings.preset = preset
        settings.weights = weights
        settings.styleSize = styleSize
        settings.maximumSize = maxSize
        settings.precision = precision
        return settings
    }
}

/// Flags of every command that paints a clip.
struct ClipPaintingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What is done against flicker: hold paints what stands still the same, full also lets strokes follow what \
            moves, off paints each frame by itself.
            """, valueName: "how"))
    var steady = Steadiness.full

    @Option(
        help: ArgumentHelp(
            """
            How high dynamic range (PQ, HLG) becomes BT.709: hable presses bright light together, clip cuts it off at \
            reference white, off keeps pixels and tags.
            """, valueName: "curve"))
    var tonemap = ToneMapping.hable
}

/// What tests alone want.
struct ProbingOptions: ParsableArguments {
    @Flag(help: ArgumentHelp("Let pictures through as they are: to test all but the painting.", visibility: .hidden))
    var unpainted = false

    func apply(to settings: inout Settings) {
        if unpainted { (settings.isUnpainted, settings.steady) = (true, .off) }
    }
}

struct ThreadOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Threads that compute (default: one for each core that it may use, at most 256). The result is the same.",
            valueName: "count"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...ThreadTeam.most).contains(threads) {
            throw ValidationError("--threads must be from 1 to \(ThreadTeam.most), and is \(threads)")
        }
    }

}

/// Flags of every command.
struct TalkOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Say nothing but errors, and what was asked for.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say more: libav's messages, and where the time goes.")
    var verbose = false

    @Flag(name: .long, help: "Print one JSON document on standard output at the end.")
    var json = false

    @Option(
        help: ArgumentHelp(
            """
            How far it is, on standard error: a line, an object a line (json), FFmpeg's keys and values (ffmpeg), or \
            none.
            """, valueName: "form"))
    var progress = ProgressForm.line

    @Option(
        help: ArgumentHelp(
            "Read settings from a file, as 'key = value' by the flags' long names; may be repeated.",
            valueName: "file"), completion: .file())
    var config: [String] = []

    @Flag(help: "Take no settings from the environment and from files but those of --config.")
    var noConfig = false

    @Flag(help: "Print what settings are in force, and whose they are, and do nothing else.")
    var printConfig = false

    func validate() throws {
        if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    }
}

/// The stretch of a clip that is painted, or was.
struct StretchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where the stretch begins: seconds or HH:MM:SS.", valueName: "time"))
    var start: Moment?

    @Option(help: ArgumentHelp("Where it ends.", valueName: "time"))
    var end: Moment?

    @Option(help: ArgumentHelp("How many frames it has at most.", valueName: "count"))
    var frames: Int?

    func validate() throws {
        if let frames, frames < 1 { throw ValidationError("--frames must be at least 1, and is \(frames)") }
        if let end, end.seconds <= start?.seconds ?? 0 { throw ValidationError("--end must be after --start") }
    }

    var selection: Selection { Selection(start: start?.seconds, end: end?.seconds, frames: frames) }
}

extension Hand.Colours: ExpressibleByArgument {}

/// A mask and the picture that paints what it covers, as mask.png=klimt.jpg; `alpha` is the clip's own.
struct MaskedRegion: ExpressibleByArgument {
    let mask: String?
    let style: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
        let (name, style) = (String(argument[..<sign]), String(argument[argument.index(after: sign)...]))
        guard !style.isEmpty else { return nil }
        (mask, self.style) = (name == "alpha" ? nil : name, style)
    }
}

/// What is painted where no region is.
enum Background: String, ExpressibleByArgument, CaseIterable {
    case style, source
}

/// The style pictures, and how they paint.
struct StyleOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            """
            The picture whose manner is taken; several, each by a --style of its own, paint together with --mix or \
            --collage, and each a film of its own without.
            """,
            valueName: "picture"), completion: .file())
    var style: [String] = []

    @Option(help: ArgumentHelp("Shares of several styles, as 0.7,0.3; they sum to 1.", valueName: "weights"))
    var mix: Numbers?

    @Flag(help: "Let every place take what it is most like in any of the styles.")
    var collage = false

    @Option(
        help: ArgumentHelp(
            """
            How far the painting goes from the source: 0 gives the source back, 1 is as trained, 1.5 the most. Below \
            1 it takes up to twice the time.
            """, valueName: "strength"))
    var strength = 1.0

    @Option(
        help: ArgumentHelp(
            """
            How large strokes are, from 0.5 to 4, whatever the resolution; 1 is as the network makes them. 2 takes a \
            quarter more time, 0.5 four times as much.
            """, valueName: "size"))
    var brush = 1.0

    @Option(
        help: ArgumentHelp(
            """
            Which colours the painting has: the style's; the source's, in the painting's light; or the style picture's \
            palette, matched once a scene.
            """, valueName: "whose"))
    var colours = Hand.Colours.style

    @Option(
        name: .customLong("region"),
        help: ArgumentHelp(
            """
            A part of the picture with a style of its own: mask.png=klimt.jpg. White of the mask, a picture or a clip, \
            is painted, greys feather; alpha=klimt.jpg is where the clip is opaque. May be repeated, later ones on top.
            """, valueName: "mask=picture"))
    var regions: [MaskedRegion] = []

    @Option(help: ArgumentHelp("What no region covers: painted in the style, or left as it is.", valueName: "what"))
    var background = Background.style

    func validate() throws {
        if style.isEmpty {
            switch (background, regions.isEmpty) {
            case (.source, false): break
            case (.source, true): throw ValidationError("--background source needs a --region, or nothing is painted")
            case (.style, false):
                throw ValidationError("what no region covers needs a --style, or stays with --background source")
            // The argument parser's own words for what is missing.
            case (.style, true): throw ValidationError("Missing expected argument '--style <picture>'")
            }
        }
        if collage, style.count < 2 { throw ValidationError("--collage is of several styles: name them by --style") }
    }

    /// Of several styles that nothing says how to paint together, one for each.
    /// - Parameter timeline: its file.
    func hands(timeline: String?) throws -> [Hand] {
        guard style.count > 1, !collage, mix == nil, timeline == nil else { return [try hand(timeline: timeline)] }
        return try style.map { style in
            var options = self
            options.style = [style]
            return try options.hand()
        }
    }

    /// - Parameter timeline: its file.
    func hand(timeline: String? = nil) throws -> Hand {
        var hand = Hand(try style.map { try FilePath.input($0) })
        (hand.mix, hand.isCollage, hand.strength) = (mix?.numbers, collage, strength)
        (hand.brush, hand.colours, hand.leavesBackground) = (brush, colours, background == .source)
        hand.regions = try regions.map {
            Hand.Region(mask: try $0.mask.map { try FilePath.input($0) }, style: try FilePath.input($0.style))
        }
        hand.timeline = try timeline.map { try Timeline(file: FilePath.input($0), styles: hand.styles) }
        guard style.count <= 1 || collage || mix != nil || hand.timeline?.marks.first?.weights != nil else {
            throw UsageError(
                "how \(style.count) styles paint together is to be said: by --mix 0.7,0.3, by --collage, or, along a "
                    + "clip's time, by a --timeline whose first line has their weights")
        }
        try hand.check()
        return hand
    }
}

/// What changes with a clip's time.
struct TimelineOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A file with a line for each moment: the moment, weights of styles, a strength, and how it is reached \
            (linear, ease or cut), as '0:12.5 monet=0.2 klimt=0.8 strength=0.9 ease'.
            """, valueName: "file"), completion: .file())
    var timeline: String?
}

extension FilePath {
    /// A file that a command must read.
    /// - Throws: `UsageError` for standard input.
    static func input(_ name: String) throws -> FilePath {
        guard name != "-" else {
            throw UsageError("standard input cannot be read: a clip is read more than once, so it must be a file")
        }
        guard !name.isEmpty else { throw UsageError("a file's name is empty") }
        // Before its name is looked for in a folder.
        if let error = MediaError.address(FilePath(name)) { throw error }
        return FilePath(name)
    }
}
