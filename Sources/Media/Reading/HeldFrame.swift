internal import CFFmpeg

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

    func clear() { av_frame_unref(pointer) }
}
