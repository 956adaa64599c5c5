internal import CFFmpeg
import SystemPackage

/// Writes pictures as a clip without loss: each as a PNG in a QuickTime file, which keeps how long the last is shown,
/// too.
final class AnimationWriter {
    private let call: LibAV
    private let height: Int
    private var file: UnsafeMutablePointer<AVFormatContext>?
    private var encoder: UnsafeMutablePointer<AVCodecContext>?
    private var frame = av_frame_alloc()
    private var packet = av_packet_alloc()

    private static let milliseconds = AVRational(num: 1, den: 1000)

    /// - Parameter name: by which errors call the animation.
    init(_ path: FilePath, name: String, width: Int, height: Int, hasOpacity: Bool) throws {
        call = LibAV(file: name, kind: .output)
        self.height = height
        encoder = LibAV.allocated(avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_PNG)))
        let encoder = LibAV.allocated(encoder)
        (encoder.pointee.width, encoder.pointee.height) = (Int32(width), Int32(height))
        encoder.pointee.pix_fmt = hasOpacity ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24
        encoder.pointee.time_base = Self.milliseconds
        encoder.pointee.thread_count = 1
        // It is read once or twice, and then gone.
        encoder.pointee.compression_level = 1
        try call.check(avcodec_open2(encoder, nil, nil), "keep")
        let frame = LibAV.allocated(frame)
        (frame.pointee.width, frame.pointee.height) = (Int32(width), Int32(height))
        frame.pointee.format = encoder.pointee.pix_fmt.rawValue
        try call.check(av_frame_get_buffer(frame, 0), "keep")
        try call.check(avformat_alloc_output_context2(&file, nil, "mov", nil), "keep")
        let file = LibAV.allocated(file)
        try call.check(avio_open(&file.pointee.pb, InputFile.url(path), AVIO_FLAG_WRITE), "keep")
        let stream = LibAV.allocated(avformat_new_stream(file, nil))
        try call.check(avcodec_parameters_from_context(stream.pointee.codecpar, encoder), "keep")
        stream.pointee.time_base = Self.milliseconds
        var options = AVDictionaryBox(["video_track_timescale": "1000"])
        try call.check(avformat_write_header(file, &options.pointer), "keep")
    }

    deinit {
        av_packet_free(&packet)
        av_frame_free(&frame)
        avcodec_free_context(&encoder)
        if let file { avio_closep(&file.pointee.pb) }
        avformat_free_context(file)
    }

    /// - Parameters:
    ///   - start: in milliseconds, as the duration.
    ///   - fill: writes a row of RGBA, or of RGB.
    func write(
        at start: Int, for duration: Int, _ fill: (_ y: Int, _ row: UnsafeMutablePointer<UInt8>) -> Void
    ) throws {
        let (frame, packet, file) = (LibAV.allocated(frame), LibAV.allocated(packet), LibAV.allocated(file))
        try call.check(av_frame_make_writable(frame), "keep")
        let rows = LibAV.allocated(frame.pointee.data.0)
        for y in 0..<height { fill(y, rows + y * Int(frame.pointee.linesize.0)) }
        frame.pointee.pts = Int64(start)
        try call.check(avcodec_send_frame(encoder, frame), "keep")
        try call.check(avcodec_receive_packet(encoder, packet), "keep")
        (packet.pointee.pts, packet.pointee.dts) = (Int64(start), Int64(start))
        (packet.pointee.duration, packet.pointee.stream_index) = (Int64(duration), 0)
        av_packet_rescale_ts(packet, Self.milliseconds, file.pointee.streams[0]!.pointee.time_base)
        try call.check(av_write_frame(file, packet), "keep")
        av_packet_unref(packet)
        try call.check(file.pointee.pb.pointee.error, "keep")
    }

    func finish() throws {
        try call.check(av_write_trailer(file), "keep")
        avio_flush(LibAV.allocated(file).pointee.pb)
        try call.check(LibAV.allocated(file).pointee.pb.pointee.error, "keep")
    }
}
