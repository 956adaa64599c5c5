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

    /// Nil where swscale cannot convert between the two formats.
    init?(from: Side, to: Side, yuv: YUVLayout) {
        self.from = from
        self.to = to
        self.yuv = yuv
        let source = AVPixelFormat(from.format)
        let target = AVPixelFormat(to.format)
        guard sws_isSupportedInput(source) > 0, sws_isSupportedOutput(target) > 0 else { return nil }
        context = LibAV.allocated(sws_alloc_context())
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
            sws_freeContext(context)
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

    deinit { sws_freeContext(context) }

    /// A decoded frame into rows of RGB.
    func convert(_ frame: UnsafePointer<AVFrame>, to bytes: UnsafeMutableRawBufferPointer, stride: Int) {
        precondition(bytes.count >= stride * Int(to.height))
        // A picture's planes; they are only read here, which AVFrame's type for them does not say.
        let planes = UnsafeRawPointer(frame.pointee.extended_data)?.assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
        let rows = [bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil, nil]
        sws_scale(context, planes, frame.strides, 0, from.height, rows, [Int32(stride), 0, 0, 0])
    }

    /// Rows of RGB into the planes of a frame to be encoded.
    func convert(_ bytes: UnsafeRawBufferPointer, stride: Int, to frame: UnsafeMutablePointer<AVFrame>) {
        precondition(bytes.count >= stride * Int(from.height))
        let rows = [bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, nil, nil]
        let strides = UnsafePointer(frame).strides
        sws_scale(context, rows, [Int32(stride), 0, 0, 0], 0, from.height, frame.pointee.extended_data, strides)
    }
}

extension UnsafePointer<AVFrame> {
    /// Bytes from one row to the next, of each plane; C's array comes as a tuple.
    fileprivate var strides: [Int32] {
        Swift.withUnsafeBytes(of: pointee.linesize) { Array($0.bindMemory(to: Int32.self)) }
    }
}
