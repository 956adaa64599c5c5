public import Machine

/// What makes a job impossible, apart from what its files are found to be.
public enum JobError: Trouble {
    /// The preset has no weights in the program.
    case noWeights(preset: String)
    /// The weights file holds another network than the one asked for.
    case otherPreset(file: String, found: String, asked: String)
    /// A frame of that size does not fit into memory.
    case tooLarge(width: Int, height: Int, needed: Int, available: Int)
    /// A style picture of that size does not.
    case styleTooLarge(width: Int, height: Int, needed: Int, available: Int)
    /// There is nothing at that moment, in seconds.
    case noFrame(file: String, moment: Double, length: Double)
    /// A picture has no pixel there.
    case noPlace(file: String, x: Int, y: Int, width: Int, height: Int)
    /// Two clips that should show the same frames do not: of a whole source, where a stretch may have been painted.
    case differentClips(String, isWholeSource: Bool = false)
    /// A mask's clip ends before the clip that it is for, in seconds from each one's start.
    case maskEnds(file: String, end: Double, length: Double)
    /// A mask has other proportions than the clip that it is for.
    case maskShape(file: String, width: Int, height: Int, clipWidth: Int, clipHeight: Int)
    /// The work folder is another job's, or the same one's with other settings: what differs.
    case otherJob(folder: String, differences: [String])
    /// A work folder's job cannot be read.
    case damagedJob(file: String)
    /// What a planned job was made of is there no more as it was: what differs.
    case otherInput(file: String, differences: [String])
    /// This machine computes otherwise than the one that a job was planned on: in what.
    case otherMachine(differences: [String])
    /// There is no planned job in the folder.
    case noJob(folder: String)
    /// Chunks that others must paint yet.
    case chunksMissing(folder: String, [Int], of: Int)
    /// The disk has too little room, in bytes.
    case noRoom(folder: String, needed: Int, available: Int)

    public var trouble: TroubleKind {
        switch self {
        case .noWeights, .noJob: .missingInput
        case .chunksMissing: .comeAgain
        case .otherPreset, .noFrame, .noPlace, .otherJob: .usage
        case .noRoom: .outputFailed
        case .differentClips, .damagedJob, .otherInput, .maskEnds, .maskShape: .badData
        case .tooLarge, .styleTooLarge, .otherMachine: .unavailable
        }
    }

    public var remedy: Remedy? {
        switch self {
        case .noWeights: .nameWeights
        case .otherPreset: .otherPreset
        case .tooLarge: .smallerFrames
        case .styleTooLarge: .smallerStyle
        case .noFrame, .noPlace, .noRoom, .otherInput, .otherMachine, .noJob, .chunksMissing, .maskEnds, .maskShape:
            nil
        case .otherJob, .damagedJob: .startOver
        case .differentClips(_, let isWholeSource): isWholeSource ? .nameStretch : nil
        }
    }

    public var description: String {
        switch self {
        case .noWeights(let preset):
            "no weights for the preset \(preset) come with the program: "
                + "scripts/train/run --preset \(preset) trains them"
        case .otherPreset(let file, let found, let asked):
            "\(printable(file)) holds the network \(found), not \(asked) as asked"
        case .tooLarge(let width, let height, let needed, let available):
            "frames of \(width) x \(height) need about \(needed >> 20) MiB of memory and "
                + "\(available >> 20) MiB are free"
        case .styleTooLarge(let width, let height, let needed, let available):
            "a style picture of \(width) x \(height) needs about \(needed >> 20) MiB of memory and "
                + "\(available >> 20) MiB are free"
        case .noFrame(let file, let moment, let length):
            "\(printable(file)) has no frame at \(moment.rounded(digits: 3)) s; "
                + "it is \(length.rounded(digits: 3)) s long"
        case .noPlace(let file, let x, let y, let width, let height):
            "\(printable(file)) has no pixel \(x),\(y); it is \(width) x \(height), counted from 0,0 at its upper left"
        case .differentClips(let text, _): printable(text)
        case .maskEnds(let file, let end, let length):
            "the mask \(printable(file)) ends at \(end.rounded(digits: 3)) s, "
                + "before the clip's \(length.rounded(digits: 3)) s"
        case .maskShape(let file, let width, let height, let clipWidth, let clipHeight):
            "the mask \(printable(file)) is \(width) x \(height) and the clip \(clipWidth) x \(clipHeight), "
                + "which are other proportions"
        case .otherJob(let folder, let differences):
            "\(printable(folder)) holds a painting that was begun otherwise, in "
                + "\(printable(differences.joined(separator: ", ")))"
        case .noRoom(let folder, let needed, let available):
            "the painting takes about \(needed.mebibytes) of disk, and \(available >> 20) MiB are free in "
                + printable(folder)
        case .otherInput(let file, let differences):
            "\(printable(file)) is to be painted as it was planned, and since then it differs in "
                + differences.joined(separator: ", ")
        case .otherMachine(let differences):
            "this machine would paint other bits than the one that planned the job, by "
                + differences.joined(separator: ", ")
        case .noJob(let folder): "there is no planned job in \(printable(folder)): stylevideo plan makes one"
        case .chunksMissing(let folder, let numbers, let count):
            "\(numbers.count) of \(count) chunks are missing in \(printable(folder)): \(numbers.inWords)"
        case .damagedJob(let file): "\(printable(file)) is damaged, or of another version of the program"
        }
    }
}

extension [Int] {
    /// The first few of rising numbers: 3 to 7, 12, 20 and more.
    fileprivate var inWords: String {
        let groups = groups.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
        return groups.prefix(8).joined(separator: ", ") + (groups.count > 8 ? " and more" : "")
    }
}

/// The reason of an end, and what is to be said beside it.
struct Explained: Trouble {
    let reason: any Trouble
    let addition: String

    var trouble: TroubleKind { reason.trouble }
    var remedy: Remedy? { reason.remedy }
    var description: String { "\(reason); \(addition)" }
}
