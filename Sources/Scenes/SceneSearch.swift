/// Finds the scene around one frame without a look at the whole clip, and the same one that the whole would give.
///
/// Whether a frame begins a scene depends on thirteen frames before it and fifteen after it alone. So the clip is
/// walked from a key frame before the frame to the next cut, and then back, from key frame to key frame, to the last
/// one.
public struct SceneSearch: Sendable {
    /// A decision looks at so many pictures before its frame.
    private static let before = SceneDetector.flashLength + 1
    /// A cut is settled by the decisions on it and the three frames after it.
    private static let overlap = before + SceneDetector.flashLength + SceneDetector.settling
    /// The fewest frames of a walk back; where every frame is a key frame, fewer would be all overlap.
    private static let shortest = 48

    public let frameCount: Int
    /// The numbers of the frames at which decoding can begin, rising.
    public let keys: [Int]

    public init(frameCount: Int, keys: [Int]) { (self.frameCount, self.keys) = (frameCount, keys) }

    /// - Parameter read: hands the thumbnails of a range's frames, one after another, to a closure, until that answers
    ///   false. The range ends with the clip or where another has begun.
    /// - Returns: the frames of the scene.
    public func scene(
        around frame: Int, reading read: (Range<Int>, (Thumbnail) -> Bool) throws -> Void
    ) rethrows -> Range<Int> {
        precondition((0..<frameCount).contains(frame), "a scene around frame \(frame) of \(frameCount)")
        var first = start(before: frame - Self.before)
        var (end, detector, head): (Int?, SceneDetector, [Thumbnail]) = (nil, SceneDetector(), [])
        try read(first..<frameCount) { thumbnail in
            if head.count < Self.overlap { head.append(thumbnail) }
            detector.add(thumbnail)
            end = detector.cuts.last { $0 + first > frame && $0 <= detector.settled }.map { $0 + first }
            return end == nil
        }
        if end == nil { detector.finish() }
        end = end ?? detector.cuts.first { $0 + first > frame }.map { $0 + first }
        var begin = last(of: detector, from: first, upTo: frame)
        while begin == nil, first > 0 {
            let known = first
            first = start(before: known - Self.shortest)
            (detector, head) = try walk(first..<known, before: head, read)
            begin = last(of: detector, from: first, upTo: known + Self.before - 1)
        }
        return (begin ?? 0)..<(end ?? frameCount)
    }

    /// Looks at a stretch before one whose first thumbnails are known.
    private func walk(
        _ range: Range<Int>, before head: [Thumbnail], _ read: (Range<Int>, (Thumbnail) -> Bool) throws -> Void
    ) rethrows -> (SceneDetector, [Thumbnail]) {
        var (detector, new): (SceneDetector, [Thumbnail]) = (SceneDetector(), [])
        try read(range) { thumbnail in
            if new.count < Self.overlap { new.append(thumbnail) }
            detector.add(thumbnail)
            return true
        }
        for thumbnail in head { detector.add(thumbnail) }
        if range.upperBound + head.count == frameCount { detector.finish() }
        return (detector, Array((new + head).prefix(Self.overlap)))
    }

    /// The last cut of which a detector that began at `first` is sure.
    private func last(of detector: SceneDetector, from first: Int, upTo limit: Int) -> Int? {
        let sure = first == 0 ? 0 : first + Self.before
        return detector.cuts.last { (sure...limit).contains($0 + first) }.map { $0 + first }
    }

    private func start(before frame: Int) -> Int { keys.last { $0 <= frame } ?? 0 }
}
