internal import CFFmpeg

/// Which frames an AVI's index names, and when each is shown. libav numbers those that it finds: behind one whose head
/// is damaged, which it passes over without a word, all came too early (libav 5.1).
struct ChunkIndex {
    /// Of each stream of pictures, when what lies at a place is shown.
    private var times: [Int: [Int64: Int64]] = [:]
    /// How many of them hold anything.
    private var counts: [Int: Int] = [:]

    /// Of a chunk's name and length.
    private static let headLength: Int64 = 8

    init(of context: UnsafeMutablePointer<AVFormatContext>) {
        for number in 0..<Int(context.pointee.nb_streams) {
            let stream = LibAV.allocated(context.pointee.streams[number])
            guard stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO else { continue }
            var (places, count) = ([Int64: Int64](), 0)
            for entry in 0..<avformat_index_get_entries_count(stream) {
                guard let entry = avformat_index_get_entry(stream, entry)?.pointee else { continue }
                places[entry.pos + Self.headLength] = entry.timestamp
                count += entry.size > 0 ? 1 : 0
            }
            (times[number], counts[number]) = (places, count)
        }
    }

    func correct(_ packet: UnsafeMutablePointer<AVPacket>) {
        guard let time = times[Int(packet.pointee.stream_index)]?[packet.pointee.pos],
            packet.pointee.dts != sv_no_timestamp, packet.pointee.dts != time
        else { return }
        if packet.pointee.pts != sv_no_timestamp { packet.pointee.pts += time - packet.pointee.dts }
        packet.pointee.dts = time
    }

    /// How many frames it names beside those that were read.
    func lacking(stream: Int, read count: Int) -> Int { max(0, (counts[stream] ?? 0) - count) }
}
