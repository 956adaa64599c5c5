import ArgumentParser
import Machine
import Media
import StyleVideo
import SystemPackage

/// `stylevideo image IN --style PICTURE -o OUT.png`: paints a picture.
struct ImageCommand: CheckedCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Paint a picture in the manner of another.")

    @Argument(help: "The picture to paint.", completion: .file())
    var input: String

    @OptionGroup(title: "The painter's hand") var style: StyleOptions

    @Option(
        name: .shortAndLong,
        help: "The picture to write: .png, .jpg, .webp or .avif (default: IN.stylized.png beside the input).",
        completion: .file())
    var output: String?

    @OptionGroup(title: "Painting") var quality: QualityOption

    @OptionGroup(title: "Painting") var painting: PaintingOptions

    @OptionGroup var pixels: StillPixels

    @Flag(help: "Replace the output if it exists.")
    var overwrite = false

    @OptionGroup var probing: ProbingOptions

    @OptionGroup var talk: TalkOptions

    func check() throws { try job(output: "").check() }

    private func job(output: String) throws -> ImageJob {
        var job = ImageJob(
            input: try FilePath.input(input), hand: try style.hand(), output: FilePath(output),
            settings: painting.settings())
        job.overwrite = overwrite
        probing.apply(to: &job.settings)
        return job
    }

    func run() throws {
        let output = try output ?? OutputNames.still(of: input, "stylized")
        let pixelFormat = try pixels.checked(for: output)
        let talk = try Talk(
            Self.self, Subject(inputs: [input], output: output), talk, .picture, painting.threading)
        try talk.report {
            var job = try job(output: output)
            job.pixelFormat = pixelFormat
            return try job.run(talk.run(painting.threading))
        } text: {
            $0.text
        }
    }
}

/// `stylevideo preview IN --style PICTURE --at 12.5 -o still.png`: one frame of a clip, source and painting side by
/// side.
struct PreviewCommand: CheckedCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Paint one moment of a clip beside its source, as it will be in the whole.")

    @Argument(help: "The clip.", completion: .file())
    var input: String

    @OptionGroup(title: "The painter's hand") var style: StyleOptions

    @OptionGroup(title: "The painter's hand") var timeline: TimelineOption

    @Option(help: ArgumentHelp("The moment: seconds or HH:MM:SS.", valueName: "time"))
    var at: Moment

    @Option(
        help: ArgumentHelp(
            "Show so many frames from there on in motion: the output is then a film.", valueName: "count"))
    var frames: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            """
            The picture to write: .png, .jpg, .webp or .avif; with --frames: .mp4, .m4v, .mkv, .mov or .webm (default: \
            IN.preview.png, or IN.preview.mp4, beside the input).
            """, valueName: "output"),
        completion: .file())
    var output: String?

    @OptionGroup(title: "Painting") var quality: QualityOption

    @OptionGroup(title: "Painting") var painting: PaintingOptions

    @OptionGroup(title: "Painting") var clipPainting: ClipPaintingOptions

    @OptionGroup(title: "Reading") var reading: ReadingOptions

    @OptionGroup var pixels: StillPixels

    @Flag(help: "Replace the output if it exists.")
    var overwrite = false

    @OptionGroup var talk: TalkOptions

    func validate() throws {
        if let frames, frames < 1 { throw ValidationError("--frames must be at least 1, and is \(frames)") }
        if frames == nil, let output, OutputFormat.named(FilePath(output)) != nil {
            throw ValidationError("a preview in motion needs --frames: how many")
        }
        if frames != nil, pixels.pixelFormat != nil {
            throw ValidationError("--pixel-format is of one picture, and --frames makes a film")
        }
    }

    func check() throws { _ = try style.hand(timeline: timeline.timeline) }

    func run() throws {
        let output = try output ?? OutputNames.still(of: input, "preview", frames == nil ? "png" : "mp4")
        let pixelFormat = try frames == nil ? pixels.checked(for: output) : .rgb24
        let clip = try reading.input(input, output: output)
        let talk = try Talk(
            Self.self, Subject(inputs: [input], output: output), talk, .clip(EncoderSettings()), painting.threading)
        try talk.report {
            var job = PreviewJob(
                input: clip, hand: try style.hand(timeline: timeline.timeline), output: FilePath(output),
                moment: at.seconds, settings: painting.settings(clipPainting))
            (job.overwrite, job.selection, job.frames) = (overwrite, reading.selection(), frames)
            job.pixelFormat = pixelFormat
            return try job.run(talk.run(painting.threading))
        } text: {
            $0.text
        }
    }
}

/// `stylevideo focus IN --style PICTURE --point 320,200 -o focus.png`: where in the style a place looks.
struct FocusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "focus", abstract: "Show where in the style picture a place of a picture looks.",
        discussion: """
            Beside the picture, with the place marked, stands the style picture once for each head of the network's \
            attention: what it takes from there glows, what its gate drops is blue.
            """)

    @Argument(help: "The picture.", completion: .file())
    var input: String

    @Option(
        help: ArgumentHelp("The picture whose manner would be taken.", valueName: "picture"), completion: .file())
    var style: String

    @Option(help: ArgumentHelp("The place: a pixel, counted from 0,0 at the upper left.", valueName: "x,y"))
    var point: Point

    @Option(
        name: .shortAndLong,
        help: "The picture to write: .png, .jpg, .webp or .avif (default: IN.focus.png beside the input).",
        completion: .file())
    var output: String?

    @OptionGroup(title: "Painting") var painting: PaintingOptions

    @Flag(help: "Replace the output if it exists.")
    var overwrite = false

    @OptionGroup var talk: TalkOptions

    func run() throws {
        let output = try output ?? OutputNames.still(of: input, "focus")
        let talk = try Talk(
            Self.self, Subject(inputs: [input], output: output), talk, .picture, painting.threading)
        try talk.report {
            var job = FocusJob(
                input: try FilePath.input(input), style: try FilePath.input(style), output: FilePath(output),
                point: (point.x, point.y), settings: painting.settings())
            job.overwrite = overwrite
            return try job.run(talk.run(painting.threading))
        } text: {
            $0.text
        }
    }
}

/// How the pixels of a painted picture are kept.
struct StillPixels: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Of a PNG: rgb24, or rgb48be, which is painted in 16 bits a component.", valueName: "pixel-format"))
    var pixelFormat: EncodedPixels?

    /// - Parameter output: the file that is written.
    /// - Throws: `UsageError` for what such a file does not hold; a name of another ending is refused later.
    func checked(for output: String) throws -> EncodedPixels {
        guard let pixelFormat, let format = try? PictureFile.Format(FilePath(output)) else { return .rgb24 }
        let known = EncodedPixels.ofPictures(format).filter { !$0.hasOpacity }
        guard known.contains(pixelFormat) else {
            let names = known.map(\.rawValue).joined(separator: " or ")
            throw UsageError("--pixel-format must be \(names) for a painting in \(format), and is \(pixelFormat)")
        }
        return pixelFormat
    }
}

/// A pixel as people write it: 320,200.
struct Point: ExpressibleByArgument {
    let x, y: Int

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } }),
            let x = Int(parts[0]), let y = Int(parts[1])
        else { return nil }
        (self.x, self.y) = (x, y)
    }
}

extension FocusReport {
    var text: String {
        let lines = heads.enumerated().map { number, head in
            "  head \(number + 1): \(Figure.percent(head.keptPositions)) of the positions kept, spread over "
                + "\(Figure.fixed(head.spread, 1)), around \(Figure.fixed(head.centre.x, 0)),"
                + Figure.fixed(head.centre.y, 0)
        }
        return "\(printable(output)): \(width) x \(height)\n" + lines.joined(separator: "\n")
    }
}

extension StillReport {
    var text: String {
        let many = frames.map { "\(Figure.count($0, "frame")) of " } ?? ""
        let place = frame.map { ", \(frames == nil ? "" : "from ")frame \($0) at \(Figure.moment(moment ?? 0))" } ?? ""
        return
            (["\(printable(output)): \(many)\(width) x \(height)\(place), painted in \(Figure.duration(seconds))"]
            + [temporalLPIPS?.text].compactMap(\.self)).joined(separator: "\n")
    }
}
