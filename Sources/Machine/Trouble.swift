/// An error that is no mistake of the program's own, in one sentence: its description.
public protocol Trouble: Error, CustomStringConvertible {
    /// What sort of trouble it is; a program turns this into its exit code.
    var trouble: TroubleKind { get }
    /// What the caller could ask for instead. A library knows no flags: the program says by which.
    var remedy: Remedy? { get }
}

extension Trouble {
    public var remedy: Remedy? { nil }
}

public enum TroubleKind: Sendable, Hashable {
    /// What was asked for does not go together, or names nothing.
    case usage
    /// An input is damaged, of another kind, or not accepted.
    case badData
    /// An input is not there, or may not be read.
    case missingInput
    /// The system lacks what is needed: memory, threads, an encoder.
    case unavailable
    /// The output cannot have that name or place.
    case cannotCreate
    /// Writing the output failed, as on a full disk.
    case outputFailed
    /// Something stands in the way that goes by itself, or by others' work.
    case comeAgain
    /// A signal ended the job.
    case interrupted(signal: Int32)
}

/// What a caller could ask for instead.
public enum Remedy: Sendable, Hashable, CaseIterable {
    /// To replace the file that is there.
    case overwrite
    /// Another name for the output.
    case otherOutput
    /// Smaller frames.
    case smallerFrames
    /// A smaller style picture.
    case smallerStyle
    /// To paint a picture, in place of a clip.
    case paintPicture
    /// The two fields of an interlaced frame together, as they are stored.
    case fieldsTogether
    /// What raw frames are: their size, rate and pixels.
    case sayWhatRawFramesAre
    /// Fewer threads.
    case fewerThreads
    /// The file of weights, since none comes with the preset.
    case nameWeights
    /// No preset, or another file of weights.
    case otherPreset
    /// The stretch of the source that was painted.
    case nameStretch
    /// To throw away what an earlier run has left.
    case startOver
}
