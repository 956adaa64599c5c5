internal import CFFmpeg

/// How opaque decoded frames are, as frames of grey in full range: white is opaque. A plane that lies by itself is
/// referred to, others are copied row by row.
final class OpacityPlane {
    /// Refers to a decoded frame's plane.
    private let lent: UnsafeMutablePointer<AVFrame>
    /// Has memory of its own.
    private let own: UnsafeMutablePointer<AVFrame>
    /// Of one component, as libav reads it out.
    private var row: [UInt16] = []

    init() {
        lent = LibAV.allocated(av_frame_alloc())
        own = LibAV.allocated(av_frame_alloc())
    }

    deinit {
        for frame in [lent, own] {
            var frame: UnsafeMutablePointer<AVFrame>? = frame
            av_frame_free(&frame)
        }
    }

    /// - Returns: a frame that is good until the next, and as long as the decoded one: white all over where the format
    ///   knows no transparency; nil where its numbers are read by nobody here (half floats).
    func take(_ decoded: UnsafeMutablePointer<AVFrame>) -> UnsafeMutablePointer<AVFrame>? {
        let format = AVPixelFormat(decoded.pointee.format)
        guard format.hasAlpha, let description = av_pix_fmt_desc_get(format)?.pointee else { return white(decoded) }
        if format == AV_PIX_FMT_PAL8 { return ofPalette(decoded) }
        let component = description.components.last!
        let isFloat = description.flags & UInt64(AV_PIX_FMT_FLAG_FLOAT) != 0
        guard let grey = OpacityPlane.grey(depth: Int(component.depth), isFloat: isFloat) else { return nil }
        let bytes = (component.depth + 7) / 8
        let isNative = description.flags & UInt64(AV_PIX_FMT_FLAG_BE | AV_PIX_FMT_FLAG_BITSTREAM) == 0
        if isNative, component.step == bytes, component.shift == 0, component.offset == 0 {
            let (data, stride) = UnsafePointer(decoded).plane(Int(component.plane))
            lent.pointee.data.0 = UnsafeMutableRawPointer(mutating: data).assumingMemoryBound(to: UInt8.self)
            lent.pointee.linesize.0 = Int32(stride)
            return named(lent, grey, like: decoded)
        }
        guard !isFloat else { return nil }
        return copy(decoded, description, grey)
    }

    private static func grey(depth: Int, isFloat: Bool) -> AVPixelFormat? {
        if isFloat { return depth == 32 ? AV_PIX_FMT_GRAYF32LE : nil }
        return switch depth {
        case 8: AV_PIX_FMT_GRAY8
        case 9: AV_PIX_FMT_GRAY9LE
        case 10: AV_PIX_FMT_GRAY10LE
        case 12: AV_PIX_FMT_GRAY12LE
        case 14: AV_PIX_FMT_GRAY14LE
        case 16: AV_PIX_FMT_GRAY16LE
        default: nil
        }
    }

    private func named(
        _ frame: UnsafeMutablePointer<AVFrame>, _ format: AVPixelFormat, like decoded: UnsafeMutablePointer<AVFrame>
    ) -> UnsafeMutablePointer<AVFrame> {
        (frame.pointee.width, frame.pointee.height) = (decoded.pointee.width, decoded.pointee.height)
        frame.pointee.format = format.rawValue
        frame.pointee.color_range = AVCOL_RANGE_JPEG
        return frame
    }

    /// Calls for each row of a frame of its own.
    private func rows(
        _ format: AVPixelFormat, like decoded: UnsafeMutablePointer<AVFrame>,
        _ fill: (_ y: Int, _ row: UnsafeMutablePointer<UInt8>) -> Void
    ) -> UnsafeMutablePointer<AVFrame> {
        let (width, height) = (decoded.pointee.width, decoded.pointee.height)
        if own.pointee.format != format.rawValue || (own.pointee.width, own.pointee.height) != (width, height)
            || own.pointee.buf.0 == nil
        {
            av_frame_unref(own)
            _ = named(own, format, like: decoded)
            _ = LibAV.allocated(av_frame_get_buffer(own, 0) >= 0 ? own : nil)
        }
        let data = LibAV.allocated(own.pointee.data.0)
        for y in 0..<Int(height) { fill(y, data + y * Int(own.pointee.linesize.0)) }
        return named(own, format, like: decoded)
    }

    private func white(_ decoded: UnsafeMutablePointer<AVFrame>) -> UnsafeMutablePointer<AVFrame> {
        let width = Int(decoded.pointee.width)
        return rows(AV_PIX_FMT_GRAY8, like: decoded) { $1.update(repeating: 255, count: width) }
    }

    /// A palette's entries are numbers of 32 bits, opacity in the highest.
    private func ofPalette(_ decoded: UnsafeMutablePointer<AVFrame>) -> UnsafeMutablePointer<AVFrame> {
        let (data, stride) = UnsafePointer(decoded).plane(0)
        let entries = UnsafePointer(decoded).plane(1).data.assumingMemoryBound(to: UInt32.self)
        let width = Int(decoded.pointee.width)
        return rows(AV_PIX_FMT_GRAY8, like: decoded) { y, row in
            let indices = (data + y * stride).assumingMemoryBound(to: UInt8.self)
            for x in 0..<width { row[x] = UInt8(entries[Int(indices[x])] >> 24) }
        }
    }

    private func copy(
        _ decoded: UnsafeMutablePointer<AVFrame>, _ description: AVPixFmtDescriptor, _ grey: AVPixelFormat
    ) -> UnsafeMutablePointer<AVFrame> {
        let (width, component) = (decoded.pointee.width, Int32(description.nb_components) - 1)
        if row.count != Int(width) { row = [UInt16](repeating: 0, count: Int(width)) }
        let isWide = grey.depth > 8
        return withUnsafePointer(to: description) { description in
            rows(grey, like: decoded) { y, target in
                row.withUnsafeMutableBytes {
                    UnsafePointer(decoded).readLine(
                        $0.baseAddress!, description, y: Int32(y), component, count: width, bytes: 2)
                }
                // It gives no bytes.
                for x in 0..<Int(width) {
                    if isWide {
                        UnsafeMutableRawPointer(target).storeBytes(of: row[x], toByteOffset: 2 * x, as: UInt16.self)
                    } else {
                        target[x] = UInt8(truncatingIfNeeded: row[x])
                    }
                }
            }
        }
    }
}

extension UnsafePointer<AVFrame> {
    /// Reads one component of a row out, in numbers of this machine.
    /// - Parameter bytes: of a number: 4 for floats, else 2.
    func readLine(
        _ row: UnsafeMutableRawPointer, _ description: UnsafePointer<AVPixFmtDescriptor>, y: Int32, _ component: Int32,
        count: Int32, bytes: Int32
    ) {
        let data = UnsafeRawPointer(self) + MemoryLayout<AVFrame>.offset(of: \.data)!
        let strides = UnsafeRawPointer(self) + MemoryLayout<AVFrame>.offset(of: \.linesize)!
        av_read_image_line2(
            row, UnsafeMutableRawPointer(mutating: data).assumingMemoryBound(to: UnsafePointer<UInt8>?.self),
            strides.assumingMemoryBound(to: Int32.self), description, 0, y, component, count, 0, bytes)
    }
}
