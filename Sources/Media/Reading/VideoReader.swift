internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// A clip's frames, upright, in RGB, each with its moment on the source's clock: every decoded frame of the selected
/// stretch once, in presentation order.
///
/// Opens the one named file; refuses playlists. Colours are converted with the source's matrix and range; where it names
/// none, as players do (BT.601 below 720 lines or so, BT.709 from there). Decoding is exact for any number of threads.
// Sendable: used by one thread at a time; a reader is opened by one stage and handed to another.
public final class VideoReader: @unchecked Sendable {
    /// The most pixels of one picture: 2^28.
    public static let maximumPixels = 1 << 28

    public let information: ClipInformation
    public let selection: Selection
    /// What a user should know of how the clip was read; grows until the last frame has been read.
    public var notices: [String] { ownNotices + converter.notices }
    /// Frames given so far.
    public private(set) var frameCount = 0

    /// Seconds that no usual rate leaves between a moment and the next frame.
    private static let longWait = 0.100_001
    private var ownNotices: [String] = []
    private let decoder: Decoder
    private let converter: FrameConverter
    /// The decoded frame that has been looked at and not given yet.
    private var waiting: UnsafeMutablePointer<AVFrame>?
    /// The last frame before the selection, which is on the screen when it starts, until a frame has been given.
    private var shown: Shown?
    private var hasEnded = false
    private let firstTick: Int64?
    private let endTick: Int64?
    private var lastTick: Int64?
    private var lastDuration: Int64 = 0
    private let claimedFrames: Int

    /// Opens a clip and decodes its first frame, or the first at or before the selection.
    /// - Parameter threads: the decoder's.
    /// - Throws: `MediaError`: missing, notMedia, noVideo, refused, damaged.
    public init(_ path: FilePath, selection: Selection = .all, threads: Int = 2) throws {
        self.selection = selection
        var decoder = try VideoReader.open(path, threads: threads)
        let demuxer = decoder.demuxer
        let index = Int(decoder.stream.pointee.index)
        guard var first = decoder.next() else { throw VideoReader.noFrame(decoder) }
        let stream = decoder.stream.pointee
        let frameTick = demuxer.sane(first.pointee.best_effort_timestamp, timeBase: stream.time_base)
        let start =
            stream.start_time != sv_no_timestamp ? stream.start_time : frameTick != sv_no_timestamp ? frameTick : 0
        converter = FrameConverter(
            first: first, fallback: Colour(stream.codecpar.pointee),
            aspect: demuxer.sampleAspectRatio(of: index, first), orientation: demuxer.orientation(of: index))
        information = demuxer.information(video: index, first: first, converter: converter, start: start)
        claimedFrames = demuxer.countedFrames(decoder.stream)
        firstTick = selection.start.map(information.video.firstTick)
        endTick = selection.end.map(information.video.firstTick)
        if let firstTick, frameTick != sv_no_timestamp, firstTick > frameTick {
            (decoder, first) = try VideoReader.restart(decoder, at: firstTick, start: start, path, threads: threads)
        }
        self.decoder = decoder
        waiting = first
        ownNotices = converter.sourceNotices(first) + demuxer.markNotices(of: index, first: first)
    }

    /// A frame of this clip's size.
    public func makeFrame() -> Frame {
        Frame(width: information.video.width, height: information.video.height)
    }

    /// Reads the next frame: its pixels, number, presentation time on the source's clock, and duration.
    /// - Returns: false after the last.
    /// - Throws: `MediaError`: emptySelection where the selected stretch has no frame; damaged.
    public func next(into frame: Frame) throws -> Bool {
        guard !hasEnded else { return false }
        guard frameCount < selection.frames ?? .max else { return try end(isWholeFile: false) }
        while let decoded = waiting ?? decoder.next() {
            waiting = nil
            // At uneven rates, as of slides, the frame that is on the screen at the start began long before it.
            if let firstTick, let shown, let next = bestTick(of: decoded),
                Double(next - firstTick) * information.video.timeBase.value > Self.longWait
            {
                waiting = decoded
                try give(shown.frame, at: firstTick, until: next, into: frame)
                return true
            }
            let tick = tick(of: decoded)
            if let firstTick, tick < firstTick {
                if firstTick < endTick ?? .max { shown = Shown(decoded, until: tick + lastDuration) }
                continue
            }
            if let endTick, tick >= endTick { return try end(isWholeFile: false) }
            try give(decoded, at: tick, until: tick + lastDuration, into: frame)
            if let endTick {
                // A selection's last frame lasts up to its end, whatever the container says of frames' lengths.
                waiting = decoder.next()
                if let waiting, bestTick(of: waiting) ?? .min >= endTick { place(frame, from: tick, until: endTick) }
            }
            return true
        }
        if let firstTick, let shown, shown.end > firstTick {
            try give(shown.frame, at: firstTick, until: shown.end, into: frame)
            return true
        }
        return try end(isWholeFile: firstTick == nil)
    }

    /// Gives out a decoded frame that is shown from one tick until another, or until the selection ends.
    private func give(_ decoded: UnsafeMutablePointer<AVFrame>, at tick: Int64, until next: Int64, into frame: Frame)
        throws
    {
        try converter.convert(decoded, into: frame, file: information.file)
        frame.number = frameCount
        place(frame, from: tick, until: min(next, endTick ?? .max))
        frameCount += 1
        shown = nil
    }

    private func place(_ frame: Frame, from tick: Int64, until next: Int64) {
        let timeBase = information.video.timeBase
        frame.presentationTime = Timestamp(tick, timeBase: timeBase)
        frame.duration = next > tick ? Timestamp(next - tick, timeBase: timeBase) : nil
    }

    private func bestTick(of frame: UnsafeMutablePointer<AVFrame>) -> Int64? {
        let tick = decoder.demuxer.sane(
            frame.pointee.best_effort_timestamp, timeBase: decoder.stream.pointee.time_base)
        return tick == sv_no_timestamp ? nil : tick
    }

    /// A decoded frame that is kept while others are decoded.
    private final class Shown {
        let frame: UnsafeMutablePointer<AVFrame>
        /// The tick at which its own duration ends.
        let end: Int64

        init(_ decoded: UnsafeMutablePointer<AVFrame>, until end: Int64) {
            frame = LibAV.allocated(av_frame_clone(decoded))
            self.end = end
        }

        deinit {
            var frame: UnsafeMutablePointer<AVFrame>? = frame
            av_frame_free(&frame)
        }
    }

    /// The frame's moment: the decoder's best guess, and never at or before the frame that came before it.
    private func tick(of frame: UnsafeMutablePointer<AVFrame>) -> Int64 {
        var tick =
            bestTick(of: frame) ?? lastTick.map { $0 + max(lastDuration, information.video.usualDuration) }
            ?? information.video.start.value
        if let lastTick, tick <= lastTick {
            notice("the file gives two frames the same moment, or an earlier one; they are moved apart")
            tick = lastTick + 1
        }
        lastTick = tick
        lastDuration = min(max(frame.pointee.pkt_duration, 0), 1 << 60)
        return tick
    }

    private func end(isWholeFile: Bool) throws -> Bool {
        hasEnded = true
        if decoder.damagedCount > 0 {
            notice("\(decoder.damagedCount) damaged frame(s) in the source could not be decoded, or only in part")
        }
        if let breakage = decoder.breakage {
            let moment = lastTick.map {
                Timestamp($0 - information.video.start.value, timeBase: information.video.timeBase)
            }
            notice("the source breaks off at \((moment?.seconds ?? 0).rounded(digits: 3)) s: \(breakage)")
        }
        if decoder.demuxer.clockJumps > 0 {
            notice("the source's clock jumps \(decoder.demuxer.clockJumps) time(s); its parts are joined")
        }
        if isWholeFile { noteMissingEnd() }
        guard frameCount > 0 else {
            let length = (information.video.seconds ?? 0).rounded(digits: 3)
            throw MediaError(
                .emptySelection, operation: "read", file: information.file,
                text: "no frame lies in the selected stretch; the clip is \(length) s long")
        }
        return false
    }

    /// A file that is cut off reads well up to its end; only its own claims tell.
    private func noteMissingEnd() {
        let video = information.video
        if decoder.demuxer.indexesEveryFrame, claimedFrames > decoder.packetCount {
            notice("the source says it has \(claimedFrames) frames, but holds \(decoder.packetCount): it is cut off")
        } else if let claimed = video.seconds, let lastTick {
            let end = Timestamp(lastTick + lastDuration - video.start.value, timeBase: video.timeBase).seconds
            if claimed > end * 1.1 + 1 {
                let (claimed, end) = (claimed.rounded(digits: 3), end.rounded(digits: 3))
                notice("the source says it is \(claimed) s long; its video ends at \(end) s")
            }
        }
    }

    private func notice(_ text: String) {
        if !ownNotices.contains(text) { ownNotices.append(text) }
    }
}

extension VideoReader {
    private static func open(_ path: FilePath, threads: Int) throws -> Decoder {
        let demuxer = try Demuxer(path, maximumPixels: maximumPixels)
        let index = try videoStream(of: demuxer)
        demuxer.keepOnly([index])
        return try Decoder(demuxer, stream: index, threads: threads, maximumPixels: maximumPixels)
    }

    private static func videoStream(of demuxer: Demuxer) throws -> Int {
        if demuxer.isStillPicture {
            throw MediaError(
                .noVideo, operation: "read", file: demuxer.path.string, text: "it is a still picture, not a video")
        }
        let kinds = demuxer.streamKinds
        let best = Int(av_find_best_stream(demuxer.context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0))
        // libav finds none best where nothing is known of them; then the first is taken, and its decoder says why not.
        if let index = kinds.indices.contains(best) && kinds[best] == .video ? best : kinds.firstIndex(of: .video) {
            try demuxer.checkSize(stream: index, maximumPixels: maximumPixels)
            return index
        }
        let held = Set(kinds.map(\.rawValue)).sorted().joined(separator: ", ")
        throw MediaError(
            .noVideo, operation: "read", file: demuxer.path.string,
            text: "it has no video stream" + (held.isEmpty ? "" : " (only \(held))"))
    }

    /// Goes to the selection: by seeking, or where that does not land early enough, from the file's beginning anew. Where the
    /// clock may start anew, a seek may land in any part, so the file is read up to the selection and decoded from there.
    private static func restart(
        _ decoder: Decoder, at tick: Int64, start: Int64, _ path: FilePath, threads: Int
    ) throws -> (Decoder, UnsafeMutablePointer<AVFrame>) {
        if !decoder.demuxer.mayJump {
            if let first = seek(decoder, to: tick, start: start) { return (decoder, first) }
        } else {
            let later = try open(path, threads: threads)
            later.skip(try open(path, threads: threads).packets(before: tick))
            if let first = first(of: later, notAfter: tick) { return (later, first) }
        }
        let fresh = try open(path, threads: threads)
        guard let first = fresh.next() else { throw noFrame(fresh) }
        return (fresh, first)
    }

    /// The next frame, if it is known not to be later than a tick.
    private static func first(of decoder: Decoder, notAfter tick: Int64) -> UnsafeMutablePointer<AVFrame>? {
        guard let frame = decoder.next() else { return nil }
        let found = frame.pointee.best_effort_timestamp
        return found != sv_no_timestamp && found <= tick ? frame : nil
    }

    private static func noFrame(_ decoder: Decoder) -> MediaError {
        let call = LibAV(
            file: decoder.demuxer.path.string, stream: Int(decoder.stream.pointee.index), kind: .damaged)
        let why = decoder.breakage.map { ": \($0)" } ?? ""
        return call.error(sv_error_invalid_data, "decode", found: "it is too damaged to give a single frame" + why)
    }

    /// Goes to a key frame early enough that decoding from there meets the tick, and answers the first frame from there.
    ///
    /// Containers index by decoding time, and a seek may land on a key frame that is shown after the tick, so the first
    /// decoded frame is looked at, and where it is too late the seek is repeated from further back. Nil where no seek
    /// lands early enough: the clip is then read from its beginning.
    private static func seek(_ decoder: Decoder, to tick: Int64, start: Int64) -> UnsafeMutablePointer<AVFrame>? {
        let second = max(1, Int64(ticks: 1 / Rational(decoder.stream.pointee.time_base).value))
        for margin in [0, 1, 4, 16, 64] {
            let target = tick - Int64(margin) * second
            guard target > start, decoder.restart(before: target) else { break }
            if let frame = first(of: decoder, notAfter: tick) { return frame }
        }
        return nil
    }
}
