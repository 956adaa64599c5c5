/// Where each scene of a clip begins.
public struct Scenes: Codable, Sendable, Hashable {
    /// The first frame of each scene, from 0 on.
    public let starts: [Int]
    public let frameCount: Int

    public init(cuts: [Int], frameCount: Int) {
        starts = [0] + cuts
        self.frameCount = frameCount
    }

    public var count: Int { starts.count }

    /// The scene that a frame belongs to.
    public func scene(of frame: Int) -> Int { starts.place(of: frame, by: \.self) }

    /// Whether a cut lies before that frame.
    public func startsScene(_ frame: Int) -> Bool { frame > 0 && starts[scene(of: frame)] == frame }

    public func frames(of scene: Int) -> Range<Int> {
        starts[scene]..<(scene + 1 < starts.count ? starts[scene + 1] : frameCount)
    }
}

extension Array {
    /// Of elements in order, the last that begins at or before a frame; the first where none does.
    func place(of frame: Int, by start: (Element) -> Int) -> Int {
        var (low, high) = (0, count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if start(self[middle]) <= frame { low = middle } else { high = middle }
        }
        return low
    }
}
