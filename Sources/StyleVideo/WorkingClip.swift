import Imaging
import Machine
import Media
import SystemPackage
import Tensors

/// A clip's frames at the size at which they are painted: the reader's, brought down where the settings say so.
final class WorkingClip {
    let reader: VideoReader
    let width: Int
    let height: Int
    private let reduction: (resampler: Resampler, source: Frame, team: ThreadTeam)?

    init(_ reader: VideoReader, settings: Settings, team: ThreadTeam) {
        self.reader = reader
        let video = reader.information.video
        (width, height) = settings.outputSize(width: video.width, height: video.height)
        if (width, height) == (video.width, video.height) {
            reduction = nil
        } else {
            let resampler = Resampler(
                filter: .lanczos3, sourceWidth: video.width, sourceHeight: video.height, width: width, height: height)
            reduction = (resampler, reader.makeFrame(), team)
        }
    }

    func makeFrame() -> Frame { Frame(width: width, height: height) }

    /// - Returns: false after the last.
    func next(into frame: Frame) throws -> Bool {
        guard let reduction else { return try reader.next(into: frame) }
        guard try reader.next(into: reduction.source) else { return false }
        reduction.resampler(reduction.source, into: frame, team: reduction.team)
        frame.place = reduction.source.place
        return true
    }
}

extension VideoReader {
    /// The decoder's threads where decoding is all there is to do: the cores, as long as each has a frame to itself.
    /// What is decoded does not depend on it.
    static let passThreads = min(Cores.available(), 16)

    /// When the clip begins, in seconds of the source's clock. A stretch is treated as the whole clip: it starts with
    /// its first frame.
    /// - Parameter firstTime: that frame's, where it is known.
    func start(ofFrames firstTime: Double?) -> Double {
        (selection.start == nil ? nil : firstTime) ?? information.video.start.seconds
    }
}

extension Resampler {
    /// Frames instead of rows of bytes.
    func callAsFunction(_ source: Frame, into target: Frame, team: ThreadTeam) {
        source.withBytes { from in
            target.withMutableBytes { to in
                self(from, stride: source.rowStride, into: to, stride: target.rowStride, team: team)
            }
        }
    }
}
