internal import CFFmpeg
import Glibc

/// What a decoder's new pictures hold before anything is decoded into them: black, or the last one that came out.
///
/// Without it a picture holds what lay in its memory, which is another's at every run, and HEVC leaves what it has lost
/// of a picture as it was: six damaged clips gave eleven films in 36 runs.
final class PictureGround {
    private let last = HeldFrame()
    private let keepsLast: Bool

    /// - Parameter keepsLast: whether it is the last picture. By several threads nobody knows which that is.
    init(of context: UnsafeMutablePointer<AVCodecContext>, _ notes: DecoderNotes, keepsLast: Bool) {
        self.keepsLast = keepsLast
        notes.notes.pointee.ground = last.pointer
        sv_make_pictures(context) { context, frame, flags in
            let code = avcodec_default_get_buffer2(context, frame, flags)
            guard code >= 0, let frame, let ground = sv_notes(context)?.pointee.ground else { return code }
            PictureGround.lay(ground, under: frame)
            return code
        }
    }

    /// Takes a picture that has come out.
    func take(_ frame: UnsafeMutablePointer<AVFrame>) {
        if keepsLast { last.refer(to: frame) }
    }

    /// After a seek: what came before is not what lies before.
    func forget() { last.clear() }

    /// Formats that libav does not know to blacken stay zero.
    private static func lay(_ ground: UnsafeMutablePointer<AVFrame>, under frame: UnsafeMutablePointer<AVFrame>) {
        withUnsafeBytes(of: frame.pointee.buf) { buffers in
            for case let buffer? in buffers.bindMemory(to: UnsafeMutablePointer<AVBufferRef>?.self) {
                memset(buffer.pointee.data, 0, buffer.pointee.size)
            }
        }
        let (format, width, height) = (AVPixelFormat(frame.pointee.format), frame.pointee.width, frame.pointee.height)
        let range = frame.pointee.color_range
        lines(of: frame) { planes, strides in
            let signed = (0..<4).map { Int(strides[$0]) }
            _ = av_image_fill_black(planes, signed, format, range, width, height)
            guard ground.pointee.format == frame.pointee.format, ground.pointee.width <= width,
                ground.pointee.height <= height
            else { return }
            lines(of: ground) { source, sourceStrides in
                var source = (0..<4).map { UnsafePointer(source[$0]) }
                av_image_copy(
                    planes, strides, &source, sourceStrides, format, ground.pointee.width, ground.pointee.height)
            }
        }
    }

    /// The first four planes, and how far their lines are apart.
    private static func lines(
        of frame: UnsafeMutablePointer<AVFrame>,
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int32>) -> Void
    ) {
        withUnsafeMutableBytes(of: &frame.pointee.data) { planes in
            withUnsafeMutableBytes(of: &frame.pointee.linesize) { lines in
                body(
                    planes.bindMemory(to: UnsafeMutablePointer<UInt8>?.self).baseAddress!,
                    lines.bindMemory(to: Int32.self).baseAddress!)
            }
        }
    }
}
