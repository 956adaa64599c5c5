internal import CFFmpeg

/// A decoder's frames, of which those that are interlaced are made anew of their fields.
///
/// A frame of two fields shows two moments. What is made of it depends on it and on the frames beside it, as they were
/// decoded, and on no others: so it is the same after any seek. Of a clip's first and last frame that frame itself
/// takes the missing one's place.
final class Deinterlacer {
    private let before = HeldFrame()
    private let current = HeldFrame()
    private let following = HeldFrame()
    private let made = HeldFrame()
    private var filter: FieldFilter?
    /// Whether the filter has taken all frames up to `following`.
    private var goesOn = false
    private var lacksBefore = false
    /// When the frame before the last interlaced one is shown; nil where there was none, or the last was not
    /// interlaced.
    private(set) var timeBefore: Int64?
    /// Whether any frame was interlaced.
    private(set) var hasMet = false
    /// Whether one was, and this system has nothing to make it anew.
    private(set) var isMissing = false

    /// After a seek: what comes next has lost the frame before it.
    func restart() {
        for frame in [before, current, following] { frame.clear() }
        (goesOn, lacksBefore) = (false, true)
    }

    /// The next frame, valid until the next call; nil at the end. An interlaced frame that has lost the one before it
    /// is passed over.
    func next(_ decode: () -> UnsafeMutablePointer<AVFrame>?) -> UnsafeMutablePointer<AVFrame>? {
        before.take(current.pointer)
        if following.isEmpty {
            guard let decoded = decode() else { return nil }
            current.take(decoded)
        } else {
            current.take(following.pointer)
        }
        timeBefore = nil
        let isInterlaced = current.pointer.pointee.interlaced_frame != 0
        hasMet = hasMet || isInterlaced
        guard isInterlaced, let library = FilterLibrary.shared else {
            (goesOn, lacksBefore, isMissing) = (false, false, isInterlaced)
            return copy()
        }
        if lacksBefore {
            lacksBefore = false
            return next(decode)
        }
        if let decoded = decode() { following.take(decoded) }
        timeBefore = before.isEmpty ? nil : before.pointer.pointee.best_effort_timestamp
        return makeAnew(library) ? made.pointer : copy()
    }

    private func copy() -> UnsafeMutablePointer<AVFrame> {
        made.refer(to: current.pointer)
        return made.pointer
    }

    /// - Returns: whether frames of this kind can be.
    private func makeAnew(_ library: FilterLibrary) -> Bool {
        guard let filter = goesOn ? self.filter : begin(library) else {
            goesOn = false
            return false
        }
        goesOn = !following.isEmpty && following.isLike(current)
        filter.put(goesOn ? following.pointer : nil)
        guard filter.take(into: made.pointer) else { preconditionFailure("bwdif gave no frame") }
        av_frame_copy_props(made.pointer, current.pointer)
        made.pointer.pointee.interlaced_frame = 0
        return true
    }

    /// A filter that has seen the current frame and the one before it.
    private func begin(_ library: FilterLibrary) -> FieldFilter? {
        guard let filter = FieldFilter(library, like: current.pointer) else { return nil }
        self.filter = filter
        if !before.isEmpty, before.isLike(current) { filter.put(before.pointer) }
        filter.put(current.pointer)
        while filter.take(into: made.pointer) {}
        return filter
    }
}
