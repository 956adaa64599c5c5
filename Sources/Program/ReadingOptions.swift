import ArgumentParser
import Glibc
import Imaging
import Machine
import Media
import StyleVideo
import Synchronization
import SystemPackage

/// What is done with two fields of one frame.
struct DeinterlaceOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "auto makes whole frames of those that are marked as interlaced, off leaves their two fields together.",
            valueName: "how"))
    var deinterlace = Deinterlacing.auto
}

/// How a clip is read.
struct ReadingOptions: ParsableArguments {
    @OptionGroup var fields: DeinterlaceOption

    @Option(
        help: ArgumentHelp(
            "Frames a second of pictures, raw frames or a bare stream, as 30000/1001 (default: 25).",
            valueName: "rate")
    )
    var rate: FrameRate?

    @Option(help: ArgumentHelp("The size of raw frames, as 1920x1080.", valueName: "size"))
    var size: FrameSize?

    @Option(
        help: ArgumentHelp("How the pixels of raw frames lie, by FFmpeg's name (default: yuv420p).", valueName: "name"))
    var inputFormat: String?

    func validate() throws {
        guard size == nil else {
            if raw == nil { throw ValidationError("--input-format: unknown pixels \(printable(inputFormat ?? ""))") }
            return
        }
        if inputFormat != nil { throw ValidationError("--input-format is of raw frames, which need --size too") }
    }

    private var frameRate: Rational { rate?.rate ?? Rational(25, 1) }

    private var raw: RawFrames? {
        size.flatMap {
            RawFrames(width: $0.width, height: $0.height, rate: frameRate, format: inputFormat ?? "yuv420p")
        }
    }

    /// A stretch, read in this way.
    func selection(_ stretch: Selection = .all) -> Selection {
        var selection = stretch
        (selection.deinterlacing, selection.raw) = (fields.deinterlace, raw)
        selection.rate = rate?.rate
        return selection
    }

    /// The clip that a name means: a file, standard input (`-`), a folder of pictures, or such as `frame%05d.png`.
    /// - Parameter output: beside which there is room for what must be kept; nil: where temporary files are.
    func input(_ name: String, output: String?) throws -> FilePath {
        let folder =
            output.map { FilePath($0).removingLastComponent() } ?? FilePath(Terminal.environment("TMPDIR") ?? "/tmp")
        let place = folder.isEmpty ? "." : folder
        if let path = Self.kept.withLock({ $0[name] }) { return path }
        if name == "-" {
            let isTerminal = isatty(STDIN_FILENO) == 1
            guard !isTerminal, let spool = try Spool.standardInput(in: place) else {
                throw UsageError("standard input is \(isTerminal ? "a terminal" : "empty"): no clip comes from it")
            }
            let path = keep(spool, for: name)
            try checkRate(of: path)
            return path
        }
        if let sequence = try PictureSequence(FilePath(name)) {
            if size != nil { throw UsageError("--size is of raw frames, and \(printable(name)) are pictures") }
            return keep(try Spool.pictures(sequence, rate: frameRate, name: name, in: place), for: name)
        }
        let path = try FilePath.input(name)
        try checkRate(of: path)
        return path
    }

    private func checkRate(of path: FilePath) throws {
        guard rate != nil, size == nil, try !VideoReader.isBareStream(path) else { return }
        throw UsageError("--rate is of pictures, raw frames and bare streams: this clip has its own")
    }

    /// Whether a name means what only this run has as one file.
    func isSpooled(_ name: String) -> Bool {
        if name == "-" { return true }
        return (try? PictureSequence(FilePath(name))) != nil
    }

    /// What was brought into a file, once for a command, by the name that was given for it.
    private static let kept = Mutex<[String: FilePath]>([:])

    /// As long as the program runs.
    private func keep(_ spool: Spool, for name: String) -> FilePath {
        for notice in spool.notices { Voice.note(printable(notice)) }
        _ = Unmanaged.passRetained(spool)
        let path = spool.path
        Self.kept.withLock { $0[name] = path }
        return path
    }
}

/// A rate as people write it: 25, 23.976, 30000/1001.
struct FrameRate: ExpressibleByArgument {
    let rate: Rational

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Double($0) }
        guard numbers.count == parts.count, (1...2).contains(parts.count),
            numbers.allSatisfy({ $0.isFinite && $0 > 0 && $0 <= 1_000_000 })
        else { return nil }
        // A decimal is a multiple of a thousandth; 23.976, 29.97 and 59.94 are television's.
        let television = [23.976: 24, 23.98: 24, 29.97: 30, 59.94: 60, 119.88: 120]
        if numbers.count == 2 {
            guard numbers.allSatisfy({ $0 == $0.rounded() }) else { return nil }
            rate = Rational(Int32(numbers[0]), Int32(numbers[1]))
        } else if let whole = television[numbers[0]] {
            rate = Rational(Int32(whole * 1000), 1001)
        } else {
            let isWhole = numbers[0] == numbers[0].rounded()
            rate = isWhole ? Rational(Int32(numbers[0]), 1) : Rational(Int32((numbers[0] * 1000).rounded()), 1000)
        }
        guard rate.value > 0 else { return nil }
    }
}

/// A size as people write it: 1920x1080.
struct FrameSize: ExpressibleByArgument {
    let width, height: Int

    init?(argument: String) {
        let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1], (1...65536).contains(width),
            (1...65536).contains(height)
        else { return nil }
        (self.width, self.height) = (width, height)
    }
}
