extension Score {
    /// The stretches in which the score can be painted apart, computed from its cuts alone: never from who paints.
    ///
    /// Each has about 250 frames, as many as libx264 lets pass between two key frames, and ends at a cut where one lies
    /// within half of that. What is left at the end and too short for one of its own goes to the last.
    public var chunks: [Range<Int>] {
        Chunks.of(
            frames: source.frames, cuts: scenes.dropFirst().map(\.frames.lowerBound),
            length: output.chunkLength ?? Chunks.length)
    }
}

enum Chunks {
    static let length = 250

    static func of(frames count: Int, cuts: [Int], length: Int = length) -> [Range<Int>] {
        /// How far from its length a chunk may end.
        let slack = length / 2
        var chunks: [Range<Int>] = []
        var start = 0
        // The sum of both may be beyond all numbers.
        while count - start - length > slack {
            let ideal = start + length
            let near = cuts.filter { abs($0 - ideal) <= slack && count - $0 >= slack }
            // The earlier one where two are as near.
            let end = near.min { abs($0 - ideal) < abs($1 - ideal) } ?? ideal
            chunks.append(start..<end)
            start = end
        }
        if start < count { chunks.append(start..<count) }
        return chunks
    }
}
