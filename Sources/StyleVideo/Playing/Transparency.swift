import Imaging
import Kernels
import Machine
import Media
import Tensors

/// A reader's frames with how opaque they are, brought down where they are painted smaller.
///
/// Their colours are straight, so that what shines through at an edge is no part of what is painted there: laid over
/// black, a painting's edges are dark wherever it is put later. What is wholly transparent is black, whatever the file
/// hides there: a keyed-out green would lead the statistics, and a hidden one bleeds into the strokes beside it.
final class Transparency {
    private let reader: VideoReader
    private let pool: FramePool
    private let reduction: Reduction?

    fileprivate struct Reduction {
        let resampler: Resampler
        let team: ThreadTeam
        /// 16 bits, for little is left of colours that are nearly transparent.
        let source, sourceOpacity, frame, opacity: Frame
    }

    /// - Precondition: the reader's clip has transparency.
    init(_ reader: VideoReader, width: Int, height: Int, format: PixelFormat, team: ThreadTeam) {
        self.reader = reader
        pool = FramePool(width: width, height: height, format: format)
        let video = reader.information.video
        guard (width, height) != (video.width, video.height) else {
            reduction = nil
            return
        }
        func frame() -> Frame { Frame(width: width, height: height, format: .rgb48) }
        reduction = Reduction(
            resampler: Resampler(
                filter: .lanczos3, sourceWidth: video.width, sourceHeight: video.height, width: width, height: height,
                format: .rgb48),
            team: team, source: reader.makeFrame(.rgb48), sourceOpacity: reader.makeFrame(.rgb48), frame: frame(),
            opacity: frame())
    }

    func picture(into frame: Frame) throws {
        let lease = pool.lease()
        if let reduction {
            try reader.picture(into: reduction.source, opacity: reduction.sourceOpacity)
            reduction.run(into: frame, lease.frame)
            frame.place = reduction.source.place
        } else {
            try reader.picture(into: frame, opacity: lease.frame)
        }
        frame.opacity = lease
    }
}

extension Transparency.Reduction {
    /// A mean of pixels counts each by how opaque it is. Halves of both are brought down: beside an edge the filter
    /// swings over, and where opacity alone were cut off at white, colours would come out brighter than any.
    fileprivate func run(into target: Frame, _ targetOpacity: Frame) {
        source.withMutableRows(beside: sourceOpacity) {
            let count = 3 * source.width
            Opacity.multiply($0, by: $1, count: count)
            for samples in [$0, $1] { Opacity.copy(samples, times: 0.5, count: count, into: samples) }
        }
        resampler(source, into: frame, team: team)
        resampler(sourceOpacity, into: opacity, team: team)
        opacity.withMutableRows(beside: targetOpacity) {
            Opacity.copy($0, times: 2, count: 3 * opacity.width, into: $1)
        }
        target.withMutableSamples { straight in
            var y = 0
            frame.withMutableRows(beside: opacity) {
                Opacity.divide($0, by: $1, count: 3 * frame.width, into: straight + y * target.rowStride)
                y += 1
            }
        }
        target.withMutableRows(beside: targetOpacity) { Opacity.clear($0, under: $1, count: 3 * target.width) }
    }
}

extension Frame {
    /// Calls for each row, with the same row of a frame of the same sides.
    fileprivate func withMutableRows(beside other: Frame, _ body: (MutableSamples, MutableSamples) -> Void) {
        withMutableSamples { own in
            other.withMutableSamples { others in
                for y in 0..<height { body(own + y * rowStride, others + y * other.rowStride) }
            }
        }
    }
}
