import Media
import SystemPackage

/// What the first pass over a clip has found.
struct Look: Codable, Sendable, Hashable {
    var score: Score
    /// Where the clip's frames lie.
    var index: FrameIndex
    /// What was said of the clip on the way.
    var notices: [String]
    /// What of the clip is damaged.
    var damage: Damage
    /// When the clip starts, in seconds of the source's clock.
    var start: Double

    /// The decoder's threads for a clip. Two of them make other pictures of what is damaged at every run (H.264, 60
    /// wrong bytes in 100 frames: 8 films of 8), and one makes the same.
    var threads: Int { damage.isNone ? 2 : 1 }

    /// - Throws: `MediaError` damaged.
    func checkWhole(_ input: FilePath) throws {
        guard !damage.isNone else { return }
        throw MediaError(.damaged, operation: "read", file: input.string, text: "it is damaged")
    }
}

/// Width and height at which paintings are measured.
struct MeasuredSize: Codable, Sendable, Hashable {
    var width, height: Int
}
