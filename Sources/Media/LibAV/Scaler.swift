internal import CFFmpeg

/// swscale with everything said that it would otherwise guess: matrix, range, chroma sites; and in its exact mode, so
/// that the bits do not depend on the CPU.
final class Scaler {
    struct Side: Hashable {
        var width: Int32
        var height: Int32
        var format: Int32

        init(width: Int, height: Int, format: AVPixelFormat) {
            self.width = Int32(width)
            self.height = Int32(height)
            self.format = format.rawValue
        }
    }

    let from: Side
    let to: Side
    /// How the YUV side (at most one side is) means its numbers.
    let yuv: YUVLayout
    private let context: OpaquePointer
    /// Names the rows of RGB as libav wants them named; its planes are the caller's.
    private let rows: UnsafeMutablePointer<AVFrame>

    /// Nil where swscale cannot convert between the two formats.
    init?(from: Side, to: Side, yuv: YUVLayout) {
        self.from = from
        self.to = to
        self.yuv = yuv
        let source = AVPixelFormat(from.format)
        let target = AVPixelFormat(to.format)
        guard sws_isSupportedInput(source) > 0, sws_isSupportedOutput(target) > 0 else { return nil }
        context = LibAV.allocated(sws_alloc_context())
        rows = LibAV.allocated(av_frame_alloc())
        let sourceChroma = yuv.chromaPosition(of: source)
        let targetChroma = yuv.chromaPosition(of: target)
        let flags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP
        let options: KeyValuePairs<String, Int64> = [
            "srcw": Int64(from.width), "srch": Int64(from.height), "src_format": Int64(from.format),
            "dstw": Int64(to.width), "dsth": Int64(to.height), "dst_format": Int64(to.format),
            "sws_flags": Int64(flags),
            "src_h_chr_pos": sourceChroma.horizontal, "src_v_chr_pos": sourceChroma.vertical,
            "dst_h_chr_pos": targetChroma.horizontal, "dst_v_chr_pos": targetChroma.vertical,
        ]
        for (name, value) in options { av_opt_set_int(UnsafeMutableRawPointer(context), name, value, 0) }
        guard sws_init_context(context, nil, nil) >= 0 else {
            return nil
        }
        // Answers -1 where neither side is YUV, and then nothing needs saying.
        let range: Int32 = yuv.isFullRange ? 1 : 0
        let coefficients = sws_getCoefficients(yuv.matrix)
        let one: Int32 = 1 << 16
        let isToRGB = target.isRGB
        sws_setColorspaceDetails(
            context, coefficients, isToRGB ? range : 1, coefficients, isToRGB ? 1 : range, 0, one, one)
    }

    deinit {
        sws_freeContext(context)
        var rows: UnsafeMutablePointer<AVFrame>? = rows
        av_frame_free(&rows)
    }

    /// A decoded frame into rows of RGB.
    func convert(_ frame: UnsafePointer<AVFrame>, to bytes: UnsafeMutableRawBufferPointer, stride: Int) {
        precondition(bytes.count >= stride * Int(to.height))
        describe(bytes.baseAddress, stride: stride)
        scale(from: frame, to: rows)
    }

    /// Rows of RGB into the planes of a frame to be encoded.
    func convert(_ bytes: UnsafeRawBufferPointer, stride: Int, to frame: UnsafeMutablePointer<AVFrame>) {
        precondition(bytes.count >= stride * Int(from.height))
        // They are only read here, which AVFrame's type for them does not say.
        describe(UnsafeMutableRawPointer(mutating: bytes.baseAddress), stride: stride)
        scale(from: rows, to: frame)
    }

    private func describe(_ bytes: UnsafeMutableRawPointer?, stride: Int) {
        rows.pointee.data.0 = bytes?.assumingMemoryBound(to: UInt8.self)
        rows.pointee.linesize.0 = Int32(stride)
    }

    /// From planes to planes.
    func scale(from source: UnsafePointer<AVFrame>, to target: UnsafePointer<AVFrame>) {
        let planes = UnsafeRawPointer(source.pointee.extended_data)
        sws_scale(
            context, planes?.assumingMemoryBound(to: UnsafePointer<UInt8>?.self), source.strides, 0, from.height,
            target.pointee.extended_data, target.strides)
    }
}

extension UnsafePointer<AVFrame> {
    /// Bytes from one row to the next, of each plane. C's array comes as a tuple, and is looked at where it lies.
    fileprivate var strides: UnsafePointer<Int32> {
        let place = UnsafeRawPointer(self) + MemoryLayout<AVFrame>.offset(of: \.linesize)!
        return place.assumingMemoryBound(to: Int32.self)
    }
}
