import ArgumentParser
import Glibc
import Machine
import Media
import StyleVideo
import SystemPackage

/// What a clip's painting is made of: everything that its bytes depend on, and where they go.
struct ClipOptions: ParsableArguments {
    @OptionGroup(title: "The painter's hand") var style: StyleOptions

    @OptionGroup(title: "The painter's hand") var timeline: TimelineOption

    @Option(
        name: .shortAndLong,
        help:
            """
            The .mp4, .m4v, .mkv, .mov or .webm to write, or pictures, as shot%04d.png, or - for YUV4MPEG2 on \
            standard output; for several films a folder, or a name with {name} or {style} (default: IN.stylized.mp4 \
            beside the input).
            """,
        completion: .file())
    var output: String?

    @OptionGroup(title: "Painting") var quality: QualityOption

    @OptionGroup(title: "Painting") var painting: PaintingOptions

    @OptionGroup(title: "Painting") var clipPainting: ClipPaintingOptions

    @OptionGroup(title: "The stretch to paint; it is then treated as the whole clip") var stretch: StretchOptions

    @OptionGroup(title: "Reading") var reading: ReadingOptions

    @OptionGroup(title: "Encoding") var encoding: EncodingOptions

    @Flag(help: ArgumentHelp("Leave out the sound.", visibility: .hidden))
    var noAudio = false

    @Flag(help: "Do not measure temporal LPIPS.")
    var noMeasure = false

    @Flag(help: "Replace the output if it exists.")
    var overwrite = false

    @Flag(help: "Stop at the first damage of the input, in place of painting what can be seen of it.")
    var strict = false

    @Flag(help: "Throw away what an interrupted run has left, and start over.")
    var restart = false

    @OptionGroup var probing: ProbingOptions

    @Option(help: ArgumentHelp("About how many frames a part has.", valueName: "count", visibility: .hidden))
    var chunkFrames: Int?

    func validate() throws {
        if let pictures = pictures() {
            _ = try encoding.pixels(ofPictures: pictures)
        } else if isStream {
            _ = try encoding.pixelsOfStream()
        } else {
            _ = try encoding.settings(for: names(films: 1).file)
        }
        if let chunkFrames, chunkFrames < 1 {
            throw ValidationError("--chunk-frames must be at least 1, and is \(chunkFrames)")
        }
    }

    /// Of several styles that nothing says how to paint together, one for each.
    func hands() throws -> [Hand] { try style.hands(timeline: timeline.timeline) }

    /// - Parameters:
    ///   - films: how many there will be.
    ///   - namesStyles: whether clips are painted by several styles, each alone.
    func names(films: Int, namesStyles: Bool = false) -> OutputNames {
        OutputNames(output: output, films: films, namesStyles: namesStyles)
    }

    /// - Parameters:
    ///   - input: as it was given.
    ///   - fails: of a queue: takes what is wrong with the clip, which stops no other, and is told at its turn, unless
    ///     what is there is left alone.
    func job(
        _ input: String, _ hand: Hand, _ names: OutputNames, fails: ((any Error) -> Void)? = nil
    ) throws -> VideoJob {
        if output == nil { try OutputNames.checkNamed(input) }
        var job = VideoJob(
            input: FilePath(input), hand: hand, output: names.name(of: input, styles: hand.styles),
            settings: painting.settings(clipPainting))
        probing.apply(to: &job.settings)
        job.selection = reading.selection(stretch.selection)
        if let pictures = pictures() {
            job.destination = .pictures
            job.encoder.pixelFormat = try encoding.pixels(ofPictures: pictures)
        } else if isStream {
            guard isatty(STDOUT_FILENO) == 0 else {
                throw UsageError("standard output is a terminal: lead it into another program, or name a file with -o")
            }
            job.destination = .stream(.standardOutput)
            job.encoder.pixelFormat = try encoding.pixelsOfStream()
        } else {
            job.encoder = try encoding.settings(for: names.file)
            job.mayKeepOpacity = encoding.pixelFormat == nil
        }
        (job.audio, job.subtitles) = (noAudio || job.selection.raw != nil ? .none : encoding.audio, encoding.subtitles)
        (job.measure, job.overwrite) = (!noMeasure, overwrite)
        (job.restart, job.isStrict, job.chunkLength) = (restart, strict, chunkFrames)
        do {
            // What cannot be written is told before gigabytes are kept.
            if reading.isSpooled(input), !isStream {
                try job.destination == .pictures ? job.checkPictures() : job.checkOutput()
            }
            job.input = try reading.input(input, output: isStream ? nil : job.output.string)
        } catch let error where fails != nil && !(error is UsageError) {
            fails?(error)
        }
        return job
    }

    /// - Parameter job: that these options have made.
    func subject(_ job: VideoJob) -> Subject {
        Subject(inputs: [Spool.shownName(job.input.string)], output: job.output.string)
    }

    /// Whether the painting goes to standard output.
    var isStream: Bool { output == "-" }

    /// What the output's pictures are, where it is a sequence of them.
    func pictures() -> PictureFile.Format? {
        guard let path = output.map({ FilePath($0) }), PictureNames(path) != nil else { return nil }
        return try? PictureFile.Format(path)
    }
}

/// What a clip may be, in every command's words.
enum ClipHelp {
    static let kinds =
        "any file that FFmpeg reads, a folder of pictures, names as shot%04d.png, or - for standard input."
}
