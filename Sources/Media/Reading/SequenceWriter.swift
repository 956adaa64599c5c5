internal import CFFmpeg
import Imaging
import SystemPackage

/// Writes files of pictures as packets of one stream: as they are where a container holds them, or else as PNGs of what
/// is read of them.
final class SequenceWriter {
    private let call = LibAV(file: "the pictures", kind: .output)
    private var context: UnsafeMutablePointer<AVFormatContext>?
    private let step: AVRational
    private var first: (kind: String, isHeld: Bool, name: String)?
    /// What a user should know of the pictures.
    private(set) var notice: String?

    init(_ path: FilePath, rate: Rational) throws {
        step = AVRational(num: rate.denominator, den: rate.numerator)
        try call.check(avformat_alloc_output_context2(&context, nil, "nut", nil), "keep")
        try call.check(avio_open(&output.pointee.pb, InputFile.url(path), AVIO_FLAG_WRITE), "keep")
    }

    private var output: UnsafeMutablePointer<AVFormatContext> { LibAV.allocated(context) }

    deinit {
        avio_closep(&output.pointee.pb)
        avformat_free_context(context)
    }

    func write(_ file: FilePath, at number: Int) throws {
        let name = file.lastComponent?.string ?? ""
        // A kind that libav has no reader of has no packets either: HEIC, of many tiles.
        let demuxer = try? Demuxer(file, maximumPixels: VideoReader.maximumPixels)
        let parameters = demuxer.flatMap { $0.streamKinds == [.video] ? $0.stream(0).pointee.codecpar : nil }
        let kind = parameters.map { String(cString: avcodec_get_name($0.pointee.codec_id)) } ?? "a rare kind"
        let isHeld = parameters.map(isHeld) ?? false
        try check(kind, name)
        if isHeld, case .packet(let packet)? = demuxer?.read(), let parameters {
            if first == nil { try begin(parameters) }
            first = first ?? (kind, true, name)
            try write(packet, at: number)
        } else {
            try draw(file, parameters, at: number)
            first = first ?? (kind, false, name)
        }
    }

    private func isHeld(_ parameters: UnsafeMutablePointer<AVCodecParameters>) -> Bool {
        let codec = parameters.pointee.codec_id
        return parameters.pointee.width > 0
            && avformat_query_codec(output.pointee.oformat, codec, FF_COMPLIANCE_NORMAL) == 1
    }

    /// - Throws: `MediaError` refused for a picture of another format than the first.
    private func check(_ kind: String, _ name: String) throws {
        guard let first, first.kind != kind else { return }
        throw MediaError(
            .refused, operation: "read", file: name,
            text: "a sequence is of one format, and this is \(kind) where \(first.name) is \(first.kind)")
    }

    /// Writes a picture as it is read, on black. Of one that is damaged, which is not the first, a PNG's mark and no
    /// more: it is missed when its turn comes, as a damaged PNG would be.
    private func draw(
        _ file: FilePath, _ parameters: UnsafeMutablePointer<AVCodecParameters>?, at number: Int
    ) throws {
        let frame: Frame
        do {
            frame = try PictureFile.read(file, over: .black)
        } catch let error as MediaError where error.kind == .damaged && first != nil {
            return try Self.mark.withUnsafeBytes { try write(bytes: $0, at: number) }
        }
        if first == nil {
            let stream = LibAV.allocated(avcodec_parameters_alloc())
            var freed: UnsafeMutablePointer<AVCodecParameters>? = stream
            defer { avcodec_parameters_free(&freed) }
            (stream.pointee.codec_type, stream.pointee.codec_id) = (AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_PNG)
            (stream.pointee.width, stream.pointee.height) = (Int32(frame.width), Int32(frame.height))
            try begin(stream)
            let format = parameters.map { AVPixelFormat($0.pointee.format) }
            if let bits = format.flatMap({ av_pix_fmt_desc_get($0) })?.pointee.comp.0.depth, bits > 8 {
                notice = "the pictures have \(bits) bits a component, of which 8 are read; PNG and DPX are read whole"
            }
        }
        try PictureEncoder(.png, frame: frame, file: "the pictures", isBrief: true).encode(frame) {
            try write(bytes: $0, at: number)
        }
    }

    private func write(bytes: UnsafeRawBufferPointer, at number: Int) throws {
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        let filled = LibAV.allocated(packet)
        try call.check(av_new_packet(filled, Int32(bytes.count)), "keep")
        UnsafeMutableRawBufferPointer(start: filled.pointee.data, count: bytes.count).copyMemory(from: bytes)
        try write(filled, at: number)
    }

    private static let mark: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private func write(_ packet: UnsafeMutablePointer<AVPacket>, at number: Int) throws {
        packet.pointee.pts = av_rescale_q(Int64(number), step, output.pointee.streams[0]!.pointee.time_base)
        packet.pointee.dts = packet.pointee.pts
        packet.pointee.duration = 0
        packet.pointee.stream_index = 0
        packet.pointee.flags = AV_PKT_FLAG_KEY
        try call.check(av_write_frame(context, packet), "keep")
        avio_flush(output.pointee.pb)
        try call.check(output.pointee.pb.pointee.error, "keep")
    }

    private func begin(_ parameters: UnsafeMutablePointer<AVCodecParameters>) throws {
        let stream = LibAV.allocated(avformat_new_stream(context, nil))
        try call.check(avcodec_parameters_copy(stream.pointee.codecpar, parameters), "keep")
        stream.pointee.codecpar.pointee.codec_tag = 0
        stream.pointee.time_base = step
        stream.pointee.avg_frame_rate = AVRational(num: step.den, den: step.num)
        try call.check(avformat_write_header(context, nil), "keep")
    }

    func finish() throws { try call.check(av_write_trailer(context), "keep") }
}
