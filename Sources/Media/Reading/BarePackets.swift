internal import CFFmpeg
import SystemPackage

/// A file's packets as they lie in it, before a parser makes frames of them.
enum BarePackets {
    /// - Parameters:
    ///   - format: libav's name of the container.
    ///   - take: gets each packet with its stream.
    static func read(
        _ path: FilePath, _ format: String,
        _ take: (UnsafeMutablePointer<AVPacket>, UnsafeMutablePointer<AVStream>) -> Void
    ) {
        var context = avformat_alloc_context()
        context?.pointee.flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN
        var options = AVDictionaryBox(["protocol_whitelist": "file"])
        let format = av_find_input_format(format)
        guard avformat_open_input(&context, InputFile.url(path), format, &options.pointer) >= 0, let context else {
            return
        }
        var opened: UnsafeMutablePointer<AVFormatContext>? = context
        var packet = av_packet_alloc()
        defer {
            av_packet_free(&packet)
            avformat_close_input(&opened)
        }
        let read = LibAV.allocated(packet)
        while av_read_frame(context, read) >= 0 {
            take(read, context.pointee.streams[Int(read.pointee.stream_index)]!)
            av_packet_unref(read)
        }
    }
}
