internal import CFFmpeg
import Imaging
import SystemPackage

/// Writes files of pictures as packets of one stream.
final class SequenceWriter {
    private let call = LibAV(file: "the pictures", kind: .output)
    private var context: UnsafeMutablePointer<AVFormatContext>?
    private let step: AVRational
    private var first: (codec: AVCodecID, name: String)?

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
        let demuxer = try Demuxer(file, maximumPixels: VideoReader.maximumPixels)
        guard demuxer.streamKinds == [.video], case .packet(let packet) = demuxer.read() else {
            throw MediaError(.notMedia, operation: "read", file: file.string, text: "it is no picture")
        }
        let parameters = LibAV.allocated(demuxer.stream(0).pointee.codecpar)
        try begin(parameters, name: file.lastComponent?.string ?? "")
        packet.pointee.pts = av_rescale_q(Int64(number), step, output.pointee.streams[0]!.pointee.time_base)
        packet.pointee.dts = packet.pointee.pts
        packet.pointee.duration = 0
        packet.pointee.stream_index = 0
        packet.pointee.flags = AV_PKT_FLAG_KEY
        try call.check(av_write_frame(context, packet), "keep")
        avio_flush(output.pointee.pb)
        try call.check(output.pointee.pb.pointee.error, "keep")
    }

    private func begin(_ parameters: UnsafeMutablePointer<AVCodecParameters>, name: String) throws {
        if let first {
            guard first.codec != parameters.pointee.codec_id else { return }
            let names = [first.codec, parameters.pointee.codec_id].map { String(cString: avcodec_get_name($0)) }
            throw MediaError(
                .refused, operation: "read", file: name,
                text: "a sequence is of one format, and this is \(names[1]) where \(first.name) is \(names[0])")
        }
        first = (parameters.pointee.codec_id, name)
        let codec = parameters.pointee.codec_id
        let isHeld = avformat_query_codec(output.pointee.oformat, codec, FF_COMPLIANCE_NORMAL) == 1
        guard parameters.pointee.width > 0, isHeld else {
            throw MediaError(
                .refused, operation: "read", file: name,
                text: "pictures of this kind (\(String(cString: avcodec_get_name(codec)))) are not read as a clip's "
                    + "frames; make PNGs of them first")
        }
        let stream = LibAV.allocated(avformat_new_stream(context, nil))
        try call.check(avcodec_parameters_copy(stream.pointee.codecpar, parameters), "keep")
        stream.pointee.codecpar.pointee.codec_tag = 0
        stream.pointee.time_base = step
        stream.pointee.avg_frame_rate = AVRational(num: step.den, den: step.num)
        try call.check(avformat_write_header(context, nil), "keep")
    }

    func finish() throws { try call.check(av_write_trailer(context), "keep") }
}
