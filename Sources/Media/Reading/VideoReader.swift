internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// A clip's frames, upright, in RGB, each with its moment on the source's clock: every decoded frame of the selected
/// stretch once, in presentation order.
///
/// Opens the one named file; refuses playlists. Colours are converted with the source's matrix and range; where it
/// names none, as players do (BT.601 below 720 lines or so, BT.709 from there). High dynamic range is mapped to BT.709.
/// Frames are of 8 bits or of 16, whatever the source is. Decoding is exact for any number of threads.
// Sendable: used by one thread at a time; a reader is opened by one stage and handed to another.
public final class VideoReader: @unchecked Sendable {
    /// About how many bytes a pixel of its frames takes: the decoder's references, and three whole frames.
    public static func bytesPerPixel(_ format: PixelFormat) -> Int { 12 * format.bytesPerPixel }
    /// The most pixels of one picture: 2^28.
    public static let maximumPixels = 1 << 28

    /// What frames are made of.
    public enum Content: Sendable, Hashable {
        /// Colours, laid over black where they are transparent.
        case picture
        /// How opaque each pixel is, as grey: black is transparent, white opaque. Of palettes and of animations (GIF,
        /// APNG) nobody knows before their last frame whether any place is transparent; those are taken.
        case opacity
    }

    public let information: ClipInformation
    public let selection: Selection
    /// What a user should know of how the clip was read; grows until the last frame has been read.
    public var notices: [String] { ownNotices + converter.notices }
    /// Frames given so far.
    public internal(set) var frameCount = 0

    /// Is called for every frame that is passed over on the way to another; what it throws ends the way.
    public var check: () throws -> Void = {}
    /// Whether something has been left out on the way to where the reader stands.
    var hasJumped = false
    /// Where the frames lie that have been read, noted on the way where this is not nil; `seek` goes by it.
    public var index: FrameIndex?
    private var meansOfPlanes: PlaneMeans?
    /// Holds a picture whose planes cannot be measured.
    private var converted: Frame?

    /// Whether anything since the last start of decoding was damaged.
    public var hasMetDamage: Bool { decoder.damagedCount > 0 || decoder.breakage != nil }
    /// Whether the first damage is an error.
    public var isStrict = false
    /// Where the file ends before its time; known when it has been read to there.
    var earlyEnd: Double?

    /// Seconds that no usual rate leaves between a moment and the next frame.
    private static let longWait = 0.100_001
    let path: FilePath
    let threads: Int
    private var ownNotices: [String] = []
    var decoder: StreamDecoder
    private let converter: FrameConverter
    private let content: Content
    /// The frame that the reader stands on, and where that is.
    private let current = HeldFrame()
    private var place: Place?
    /// The decoded frame that has been looked at and not given yet.
    var waiting: UnsafeMutablePointer<AVFrame>?
    /// The last frame before the selection, which is on the screen when it starts, until a frame has been given.
    private let shown = HeldFrame()
    /// The tick at which its own duration ends; nil where there is none.
    private var shownEnd: Int64?
    var hasEnded = false
    let firstTick: Int64?
    private let endTick: Int64?
    var lastTick: Int64?
    /// From each of the last three frames to the next, in ticks; 0 where there is none.
    var lastSteps: (Int64, Int64) = (0, 0)
    /// Between frames of a recording.
    var gaps: [Gap] = []
    var lastDuration: Int64 = 0
    let claimedFrames: Int

    /// Opens a clip and decodes its first frame, or the first at or before the selection.
    /// - Parameters:
    ///   - threads: the decoder's.
    ///   - mapping: of high dynamic range.
    ///   - content: what frames are made of.
    /// - Throws: `MediaError`: missing, notMedia, noVideo, refused, damaged; opaque, where opacity is wanted and the
    ///   clip's first frame has a pixel format without.
    public init(
        _ path: FilePath, selection: Selection = .all, threads: Int = 2, mapping: ToneMapping = .hable,
        content: Content = .picture
    ) throws {
        (self.path, self.selection, self.threads, self.content) = (path, selection, threads, content)
        decoder = try VideoReader.open(path, threads: threads, selection)
        let demuxer = decoder.demuxer
        let index = Int(decoder.stream.pointee.index)
        guard let first = decoder.next() else { throw VideoReader.noFrame(decoder) }
        let stream = decoder.stream.pointee
        let frameTick = demuxer.sane(first.pointee.best_effort_timestamp, timeBase: stream.time_base)
        let start =
            stream.start_time != sv_no_timestamp ? stream.start_time : frameTick != sv_no_timestamp ? frameTick : 0
        converter = FrameConverter(
            first: first, fallback: Colour(stream.codecpar.pointee),
            aspect: demuxer.sampleAspectRatio(of: index, first), orientation: demuxer.orientation(of: index),
            mapping: mapping, peak: demuxer.lightPeak(of: index), content: content)
        information = demuxer.information(video: index, first: first, converter: converter, start: start)
        claimedFrames = demuxer.countedFrames(decoder.stream)
        firstTick = selection.start.map(information.video.firstTick)
        endTick = selection.end.map(information.video.firstTick)
        if content == .opacity, !converter.pixelFormat.hasAlpha {
            throw MediaError(
                .opaque, operation: "read", file: information.file,
                text: "it has no transparency (its pixel format is \(converter.pixelFormat.name))")
        }
        ownNotices = converter.sourceNotices(first) + demuxer.markNotices(of: index, first: first)
        waiting = first
        try checkFields()
        noteFields()
        try goToSelection(from: first)
    }

    /// A frame of this clip's size.
    public func makeFrame(_ format: PixelFormat = .rgb24) -> Frame {
        Frame(width: information.video.width, height: information.video.height, format: format)
    }

    /// Reads the next frame: its pixels, number, presentation time on the source's clock, and duration.
    /// - Returns: false after the last.
    /// - Throws: `MediaError`: emptySelection where the selected stretch has no frame; damaged.
    public func next(into frame: Frame) throws -> Bool {
        guard try advance() != nil else { return false }
        try picture(into: frame)
        return true
    }

    /// Decodes the next frame of the selection and stands on it. No pixel is converted.
    /// - Returns: its number, presentation time on the source's clock, and duration; nil after the last.
    /// - Throws: `MediaError` emptySelection where the selected stretch has no frame.
    public func advance() throws -> Place? {
        place = nil
        guard !hasEnded else { return nil }
        guard frameCount < selection.frames ?? .max else { return try end(isOfFile: false) }
        while let decoded = waiting ?? decoder.next() {
            try checkStrictly()
            try checkFields()
            waiting = nil
            // At uneven rates, as of slides, the frame that is on the screen at the start began long before it.
            if let firstTick, shownEnd != nil, let next = bestTick(of: decoded),
                Double(next - firstTick) * information.video.timeBase.value > Self.longWait
            {
                waiting = decoded
                return standOnShown(at: firstTick, until: next)
            }
            let tick = tick(of: decoded)
            if let firstTick, tick < firstTick {
                if firstTick < endTick ?? .max {
                    shown.take(decoded)
                    shownEnd = tick + lastDuration
                }
                continue
            }
            if let endTick, tick >= endTick { return try end(isOfFile: false) }
            return stand(on: decoded, at: tick)
        }
        if let firstTick, let shownEnd, shownEnd > firstTick { return standOnShown(at: firstTick, until: shownEnd) }
        return try end(isOfFile: true)
    }

    /// Converts the frame that the reader stands on, upright and to RGB, and gives it its place.
    /// - Parameter frame: of any format.
    /// - Throws: `MediaError` damaged, where swscale knows no way from the frame's pixel format.
    public func picture(into frame: Frame) throws { try picture(into: frame, opacity: nil) }

    /// The same, with how opaque each pixel is, as grey: white is opaque. Colours are then straight, as the file has
    /// them, and black where nothing is opaque; a notice is not made.
    /// - Parameter opacity: of the frame's sides and format; nil: the frame is laid over black.
    public func picture(into frame: Frame, opacity: Frame?) throws {
        guard let place else { preconditionFailure("a picture of no frame") }
        try converter.convert(current.pointer, into: frame, opacity: opacity, file: information.file)
        frame.place = place
    }

    /// Whether pictures that matter come with their opacity: then nothing is said of places that are laid over black.
    public var keepsOpacity: Bool {
        get { converter.keepsOpacity }
        set { converter.keepsOpacity = newValue }
    }

    /// Whether the first frame's pixel format has transparency.
    public var hasOpacity: Bool { converter.pixelFormat.hasAlpha }

    /// Means of the frame that the reader stands on, of a grid of cells over the upright picture, from the decoder's
    /// own planes: a small part of what `picture` costs.
    /// - Parameter pixels: red, green and blue of each cell, 0 to 255, interleaved: of large cells the means of every
    ///   second row and column. They are the picture's within half a level, where its colours are such that RGB holds
    ///   them; what it does not hold, as the overshoot at an edge, is brought back for the cell and not for the pixel,
    ///   and high dynamic range is not mapped.
    /// - Throws: as `picture`.
    public func means(columns: Int, rows: Int, into pixels: inout [Float]) throws {
        precondition(place != nil, "means of no frame")
        let means = planeMeans(columns: columns, rows: rows)
        let yuv = converter.layout(of: current.pointer)
        if content == .picture,
            means.measure(current.pointer, yuv: yuv, orientation: converter.orientation, into: &pixels)
        {
            return
        }
        let frame = converted ?? makeFrame()
        converted = frame
        converter.isQuiet = true
        defer { converter.isQuiet = false }
        try picture(into: frame)
        means.measure(frame, into: &pixels)
    }

    private func planeMeans(columns: Int, rows: Int) -> PlaneMeans {
        if let meansOfPlanes, (meansOfPlanes.columns, meansOfPlanes.rows) == (columns, rows) { return meansOfPlanes }
        let made = PlaneMeans(columns: columns, rows: rows)
        meansOfPlanes = made
        return made
    }

    /// Stands on a decoded frame whose time has come.
    private func stand(on decoded: UnsafeMutablePointer<AVFrame>, at tick: Int64) -> Place? {
        current.take(decoded)
        var next = tick + lastDuration
        if let endTick {
            // A selection's last frame lasts up to its end, whatever the container says of frames' lengths.
            waiting = decoder.next()
            if let waiting, bestTick(of: waiting) ?? .min >= endTick { next = endTick }
        }
        return stand(from: tick, until: next)
    }

    /// Stands on what is on the screen at the selection's start.
    private func standOnShown(at tick: Int64, until next: Int64) -> Place? {
        current.take(shown.pointer)
        return stand(from: tick, until: next)
    }

    private func stand(from tick: Int64, until next: Int64) -> Place? {
        let timeBase = information.video.timeBase
        let next = min(next, endTick ?? .max)
        if index?.ticks.count == frameCount { index?.note(tick, isKey: current.pointer.pointee.key_frame != 0) }
        place = Place(
            number: frameCount, presentationTime: Timestamp(tick, timeBase: timeBase),
            duration: next > tick ? Timestamp(next - tick, timeBase: timeBase) : nil)
        frameCount += 1
        shown.clear()
        shownEnd = nil
        return place
    }

    func bestTick(of frame: UnsafeMutablePointer<AVFrame>) -> Int64? {
        let tick = decoder.demuxer.sane(
            frame.pointee.best_effort_timestamp, timeBase: decoder.stream.pointee.time_base)
        return tick == sv_no_timestamp ? nil : tick
    }

    /// The frame's moment: the decoder's best guess, and never at or before the frame that came before it.
    private func tick(of frame: UnsafeMutablePointer<AVFrame>) -> Int64 {
        let best = bestTick(of: frame)
        var tick =
            best ?? lastTick.map { $0 + max(lastDuration, information.video.usualDuration) }
            ?? information.video.start.value
        if best == nil { index?.isCertain = false }
        if let lastTick, tick <= lastTick {
            notice("the file gives two frames the same moment, or an earlier one; they are moved apart")
            index?.isCertain = false
            tick = lastTick + 1
        }
        if let lastTick { noteGap(from: lastTick, to: tick) } else { noteMissingBeginning(at: tick) }
        lastTick = tick
        lastDuration = min(max(frame.pointee.pkt_duration, 0), 1 << 60)
        return tick
    }

    /// Looks back on all that was read, and stands on no frame.
    /// - Parameter isOfFile: whether the file has been read to its end.
    private func end(isOfFile: Bool) throws -> Place? {
        hasEnded = true
        if isOfFile, firstTick == nil, !hasJumped {
            noteLostFrames()
            noteSilentLosses()
            noteUnreadFrames()
        }
        if decoder.damagedCount > 0 || decoder.breakage != nil || decoder.demuxer.mayJump { index?.isCertain = false }
        if decoder.damagedCount > 0 {
            let times = damage.times.map { "\($0)" }.joined(separator: ", ")
            let more = damage.times.count == Damage.mostTimes ? ", ..." : ""
            notice(
                "\(decoder.damagedCount) damaged frame(s) in the source could not be decoded, or only in part"
                    + (damage.missing.map { ", and \($0) of them are not there at all" } ?? "")
                    + (times.isEmpty ? "" : ": at \(times)\(more) s"))
        }
        if let breakage = decoder.breakage {
            notice("the source breaks off at \(lastTick.map(seconds) ?? 0) s: \(breakage)")
            endEarly()
        }
        noteFields()
        if decoder.demuxer.clockJumps > 0 {
            notice("the source's clock jumps \(decoder.demuxer.clockJumps) time(s); its parts are joined")
        }
        // After a jump it is not known how many packets there are.
        if isOfFile { noteMissingEnd(countsPackets: firstTick == nil && !hasJumped) }
        try checkStrictly()
        guard frameCount > 0 else {
            let length = (information.video.seconds ?? 0).rounded(digits: 3)
            throw MediaError(
                .emptySelection, operation: "read", file: information.file,
                text: "no frame lies in the selected stretch; the clip is \(length) s long")
        }
        return nil
    }

    /// Stands nowhere, before the first frame.
    func forgetPosition() {
        (frameCount, place, waiting, lastTick, lastDuration) = (0, nil, nil, nil, 0)
        shown.clear()
        (shownEnd, hasEnded) = (nil, false)
        (lastSteps, gaps) = ((0, 0), [])
    }

    private func noteFields() {
        guard decoder.deinterlacer?.hasMet == true else { return }
        notice("the source is interlaced; of the two fields of each such frame a whole one is made")
    }

    func notice(_ text: String) {
        if !ownNotices.contains(text) { ownNotices.append(text) }
    }
}
