import Imaging
import Media

/// What makes a job impossible, apart from what its files are found to be.
public enum JobError: Error, Sendable, CustomStringConvertible {
    /// The preset has no weights in the program.
    case noWeights(preset: String)
    /// The weights file holds another network than the one asked for.
    case otherPreset(file: String, found: String, asked: String)
    /// A file that must be there is not.
    case missing(file: String)
    /// The output exists and may not be replaced.
    case exists(file: String)
    /// The output is one of the inputs.
    case sameFile(output: String, input: String)
    /// The output's name or folder will not do.
    case output(file: String, reason: String)
    /// A frame of that size does not fit into memory.
    case tooLarge(width: Int, height: Int, needed: Int, available: Int)
    /// A style picture of that size does not.
    case styleTooLarge(width: Int, height: Int, needed: Int, available: Int)
    /// The caller's limit of addresses leaves too few.
    case addresses(needed: Int, available: Int, threads: Int)
    /// There is nothing at that moment, in seconds.
    case noFrame(file: String, moment: Double, length: Double)
    /// Two clips that should show the same frames do not.
    case differentClips(String)
    /// What was asked for does not go together.
    case usage(String)
    /// A signal ended the job.
    case interrupted(signal: Int32)

    public var description: String {
        switch self {
        case .noWeights(let preset):
            "no weights for the preset \(preset) come with the program: train them with scripts/train/run --preset \(preset) "
                + "and name the file with --weights"
        case .otherPreset(let file, let found, let asked):
            "\(printable(file)) holds the network \(found), not \(asked) as asked: leave --preset away or name another file"
        case .missing(let file): "\(printable(file)) does not exist"
        case .exists(let file): "\(printable(file)) exists already; --overwrite replaces it"
        case .sameFile(let output, let input):
            "the output \(printable(output)) is the input \(printable(input)), which is never written to; "
                + "name another file with -o"
        case .output(let file, let reason): "cannot create \(printable(file)): \(reason)"
        case .tooLarge(let width, let height, let needed, let available):
            "frames of \(width) x \(height) need about \(needed >> 20) MiB of memory and \(available >> 20) MiB are free; "
                + "--max-size paints them smaller"
        case .styleTooLarge(let width, let height, let needed, let available):
            "a style picture of \(width) x \(height) needs about \(needed >> 20) MiB of memory and \(available >> 20) MiB "
                + "are free; a smaller --style-size takes less"
        case .addresses(let needed, let available, let threads):
            "with \(threads) thread\(threads == 1 ? "" : "s") it maps about \(needed >> 20) MiB of addresses and "
                + "\(available >> 20) MiB are left of the limit (ulimit -v); raise it\(threads > 1 ? ", or take fewer --threads" : "")"
        case .noFrame(let file, let moment, let length):
            "\(printable(file)) has no frame at \(moment.rounded(digits: 3)) s; it is \(length.rounded(digits: 3)) s long"
        case .differentClips(let text): printable(text)
        case .usage(let text): printable(text)
        case .interrupted: "interrupted; nothing was written"
        }
    }
}
