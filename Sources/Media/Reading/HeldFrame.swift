internal import CFFmpeg
import Glibc
import Machine

/// A decoded frame that is kept while others are decoded. Holds a reference to libav's planes and copies none.
final class HeldFrame {
    let pointer: UnsafeMutablePointer<AVFrame> = LibAV.allocated(av_frame_alloc())

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&frame)
    }

    /// Takes another's content, which is empty after that.
    func take(_ other: UnsafeMutablePointer<AVFrame>) {
        av_frame_unref(pointer)
        av_frame_move_ref(pointer, other)
    }

    /// Takes part in another's content, which stays.
    func refer(to other: UnsafeMutablePointer<AVFrame>) {
        av_frame_unref(pointer)
        if av_frame_ref(pointer, other) < 0 { Exhaustion.end(nil) }
    }

    var isEmpty: Bool { pointer.pointee.buf.0 == nil }

    /// Whether both have the same sides and hold pixels in the same way.
    func isLike(_ other: HeldFrame) -> Bool {
        let (own, others) = (pointer.pointee, other.pointer.pointee)
        return (own.width, own.height, own.format) == (others.width, others.height, others.format)
    }

    func clear() { av_frame_unref(pointer) }
}
