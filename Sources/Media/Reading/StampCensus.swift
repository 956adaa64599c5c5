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
        var context = avformat_alloc_context()
        context?.pointee.flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN
        var options = AVDictionaryBox(["protocol_whitelist": "file"])
        let format = av_find_input_format("mpegts")
        guard avformat_open_input(&context, InputFile.url(path), format, &options.pointer) >= 0, let context else {
            return found.map { _ in [] }
        }
        var opened: UnsafeMutablePointer<AVFormatContext>? = context
        var packet = av_packet_alloc()
        defer {
            av_packet_free(&packet)
            avformat_close_input(&opened)
        }
        let read = LibAV.allocated(packet)
        while av_read_frame(context, read) >= 0 {
            defer { av_packet_unref(read) }
            let (time, stream) = (read.pointee.pts, context.pointee.streams[Int(read.pointee.stream_index)]!)
            guard stream.pointee.id == program, time != sv_no_timestamp else { continue }
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
