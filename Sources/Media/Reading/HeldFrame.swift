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

    /// Takes a reference to another's content.
    func hold(_ other: UnsafeMutablePointer<AVFrame>) {
        av_frame_unref(pointer)
        if av_frame_ref(pointer, other) < 0 { Exhaustion.end(nil) }
    }

    func clear() { av_frame_unref(pointer) }
}
