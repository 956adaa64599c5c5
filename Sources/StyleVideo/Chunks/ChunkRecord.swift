import Media

/// What is known of a chunk that is complete: written after the chunk's file, so that it speaks of a whole one.
struct ChunkRecord: Codable, Sendable, Hashable {
    static let schemaOfToday = 1

    var schema = schemaOfToday
    /// Of the score that it was painted by.
    var fingerprint: String
    /// Its number, from 0 on.
    var chunk: Int
    /// SHA-256 of its file, in hexadecimal, and the file's length.
    var digest: String
    var bytes: Int
    var content: ChunkContent
    var measures: Measures

    /// Whether it speaks of that chunk of that job, and of all of it.
    func fits(_ commission: Commission, chunk: Int, _ frames: Range<Int>) -> Bool {
        let ticks = commission.look.index.ticks
        let followers = commission.score.followers(in: frames).count
        let expected = commission.measuredSize == nil ? 0 : followers
        return schema == Self.schemaOfToday && fingerprint == commission.fingerprint && self.chunk == chunk
            && content.frames == frames.count && content.first == ticks[frames.lowerBound]
            && content.last == ticks[frames.upperBound - 1] && content.end > content.last && content.tail >= 0
            && (measures.painted.count, measures.source.count) == (expected, expected)
            && (measures.held != nil) == commission.score.painting.steady.holds
    }
}
