import FoundationEssentials
import Machine
import Media
import SystemPackage

/// A job that is painted in chunks, perhaps in several runs and on several machines: what was asked for, and what the
/// first pass has found. A work folder's `job.json`.
struct Commission: Codable, Sendable {
    static let schemaOfToday = 2

    var schema = schemaOfToday
    /// The folder that names without one are meant from.
    var folder: String
    var input, output: String
    var hand: Hand
    /// The file of weights that was read.
    var weights: String
    /// Whether that was named, and did not come with the program.
    var namesWeights: Bool
    var maximumSize: Int?
    var overwrite: Bool
    /// Whether it was planned for shards: then what it was stays known when it is done.
    var isPlanned: Bool
    /// Nil where temporal LPIPS is not measured.
    var measuredSize: MeasuredSize?
    var look: Look
    /// Of the score.
    var fingerprint: String
    /// With which the fingerprint was made.
    var versions: [String: String]
    var level: String
    /// About how many bytes the film's pictures will take, where that has been tried, and its sound.
    var film, sound: Int?

    /// - Precondition: the source's digest is known.
    init(_ job: VideoJob, _ look: Look, weights: String, measuredSize: MeasuredSize?, isPlanned: Bool) {
        folder = FileManager.default.currentDirectoryPath
        (input, hand, output) = (Spool.shownName(job.input.string), job.hand, job.output.string)
        (self.weights, namesWeights) = (weights, job.settings.weights != nil)
        (maximumSize, overwrite, self.isPlanned) = (job.settings.maximumSize, job.overwrite, isPlanned)
        (self.look, self.measuredSize) = (look, measuredSize)
        (versions, level) = (Versions.all, Versions.cpuLevel)
        fingerprint = look.score.fingerprint(versions: versions, level: level)
    }

    var score: Score { look.score }

    /// Whether all parts of it belong together.
    var isSound: Bool {
        let (score, ticks) = (look.score, look.index.ticks)
        return schema == Self.schemaOfToday && score.isWhole && score.source.digest != nil
            && ticks.count == score.source.frames && zip(ticks, ticks.dropFirst()).allSatisfy { $0 < $1 }
            && look.index.keys.allSatisfy(ticks.indices.contains)
            && fingerprint == score.fingerprint(versions: versions, level: level)
    }

    /// What another job's commission differs in, by the words for it; none where its bytes would be the same. Whatever
    /// has no words is found by the fingerprint.
    func differences(from other: Commission) -> (job: [String], machine: [String]) {
        func name(_ path: String) -> FilePath.Component? { FilePath(path).lastComponent }
        let (own, others) = (score, other.score)
        let (painting, encoding) = (own.painting, own.output.encoding)
        let pairs: [(String, Bool)] = [
            ("the input", own.source.digest == others.source.digest),
            ("the stretch of it", own.source.selection.stretch == others.source.selection.stretch),
            ("--deinterlace", own.source.selection.deinterlacing == others.source.selection.deinterlacing),
            ("what raw frames are (--size, --rate)", own.source.selection.raw == others.source.selection.raw),
            ("--rate", own.source.selection.rate == others.source.selection.rate),
            ("the output's name", name(output) == name(other.output)),
            ("the style pictures", own.digests == others.digests),
            ("their size (--style-size)", own.styleSize == others.styleSize),
            ("--collage", painting.isCollage == others.painting.isCollage),
            ("--colours", painting.colours == others.painting.colours),
            (
                "the regions or their masks",
                painting.regions == others.painting.regions
                    && painting.leavesBackground == others.painting.leavesBackground
            ),
            ("the mix of styles, their strength, brush or times", own.manners == others.manners),
            ("the preset", painting.preset == others.painting.preset),
            ("the weights", painting.weights == others.painting.weights),
            (
                "the frames' size (--max-size)",
                (painting.width, painting.height) == (others.painting.width, others.painting.height)
            ),
            ("--steady", painting.steady == others.painting.steady),
            ("--unpainted", painting.isUnpainted == others.painting.isUnpainted),
            ("--precision", painting.precision == others.painting.precision),
            ("--tonemap", painting.toneMapping == others.painting.toneMapping),
            ("--codec", encoding.codec == others.output.encoding.codec),
            ("the encoder's options (-e)", encoding.options == others.output.encoding.options),
            ("--crf", encoding.crf == others.output.encoding.crf),
            ("--encoder-preset", encoding.preset == others.output.encoding.preset),
            ("--pixel-format", encoding.pixelFormat == others.output.encoding.pixelFormat),
            ("what becomes of the sound (--audio)", own.output.audio == others.output.audio),
            ("--subtitles", own.output.subtitles == others.output.subtitles),
            ("whether it is measured", measuredSize == other.measuredSize),
            ("the chunks' length", own.output.chunkLength == others.output.chunkLength),
        ]
        let names = Set(versions.keys).union(other.versions.keys).sorted()
        let libraries = names.compactMap { name in
            let (own, others) = (versions[name] ?? "none", other.versions[name] ?? "none")
            return own == others ? nil : "\(name) (\(own))"
        }
        let kernels = level == other.level ? [] : ["the CPU's kernels (\(level))"]
        let (job, machine) = (pairs.filter { !$0.1 }.map(\.0), kernels + libraries)
        let isUnnamed = job.isEmpty && machine.isEmpty && fingerprint != other.fingerprint
        return (isUnnamed ? ["its score"] : job, machine)
    }

    /// The job, as it can be run from any folder.
    var job: VideoJob {
        func path(_ name: String) -> FilePath { FilePath(folder).pushing(FilePath(name)) }
        var settings = Settings()
        settings.preset = .init(rawValue: score.painting.preset)
        settings.weights = namesWeights ? path(weights).string : nil
        settings.styleSize = score.styleSize
        (settings.maximumSize, settings.steady) = (maximumSize, score.painting.steady)
        (settings.precision, settings.isUnpainted) = (score.painting.precision, score.painting.isUnpainted == true)
        settings.toneMapping = score.painting.toneMapping
        var job = VideoJob(
            input: path(input), hand: hand.meant(from: FilePath(folder)), output: path(output), settings: settings)
        (job.selection, job.encoder, job.audio) = (score.source.selection, score.output.encoding, score.output.audio)
        job.subtitles = score.output.subtitles
        (job.measure, job.overwrite, job.chunkLength) = (measuredSize != nil, overwrite, score.output.chunkLength)
        return job
    }
}

extension Score {
    private var styles: [Style] { cues[0].manner.styles.map(\.style) + (painting.regions ?? []).map(\.style) }
    fileprivate var digests: [String] { styles.map(\.digest) }
    fileprivate var styleSize: Int { styles[0].size }
    /// What is decided of every frame, apart from which pictures it is of.
    fileprivate var manners: [[[Double]]] {
        cues.map { cue in
            func numbers(_ manner: Manner) -> [Double] {
                manner.styles.map(\.weight) + [manner.strength, manner.brush, manner.region]
            }
            let turn = cue.turn.map { numbers($0.manner) + [Double($0.from), Double($0.until)] } ?? []
            let curve = Curve.allCases.firstIndex { $0 == cue.turn?.curve } ?? -1
            return [numbers(cue.manner), turn, [Double(cue.frames.lowerBound), Double(curve)]]
        }
    }
}
