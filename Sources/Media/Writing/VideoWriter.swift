internal import CFFmpeg
public import Imaging
import Machine
public import SystemPackage

/// An MP4 file: frames as H.264, with the source's times, colours and pixel shape, and the source's sound.
///
/// Written under a temporary name beside the target; `finish` gives it the target's name. A writer that is dropped
/// without `finish` takes its temporary file away.
// Sendable: used by one thread at a time; a writer is opened by one stage and handed to another.
public final class VideoWriter: @unchecked Sendable {
    /// What a user should know of what was not carried over, or not as it was. Complete after `finish`.
    public private(set) var notices: [String] = []
    /// Frames written so far.
    public private(set) var frameCount = 0
    /// The temporary file.
    public var temporary: FilePath { file.temporary }

    private let file: OutputFile
    private let muxer: Muxer
    private let encoder: VideoEncoder
    private let sound: SoundCarrier?
    private let information: ClipInformation
    private let selection: Selection
    private let width: Int
    private let height: Int
    private let videoStream: Int
    /// The moment of the source's clock that is the output's zero; of a selection with a start, its first frame's.
    private var zero: Int64?
    private var last: (time: Int64, duration: Int64)?
    private var isOpen = true
    /// Whether the sound ends with the last frame, as where frames are counted.
    private var endsSound: Bool

    /// Creates the temporary file, opens the encoder and writes the head of the file.
    /// - Parameters:
    ///   - target: the file's name when it is complete.
    ///   - temporary: its name until then, in the same folder; nil: one is made up.
    ///   - information: the source, whose times, colours, pixel shape, tags and chapters are taken.
    ///   - width: of the frames that will be written; nil: the source's.
    ///   - audioFrom: the file whose sound is carried over, usually the source; nil: none.
    ///   - selection: the stretch that the frames are from, which the sound is cut to.
    /// - Throws: `MediaError`: cannotCreate, encoderMissing, output; of the sound's file as for `VideoReader`.
    public init(
        _ target: FilePath, temporary: FilePath? = nil, like information: ClipInformation, width: Int? = nil,
        height: Int? = nil, settings: EncoderSettings = EncoderSettings(), audioFrom: FilePath? = nil,
        selection: Selection = .all
    ) throws {
        self.information = information
        self.selection = selection
        endsSound = selection.frames != nil
        self.width = width ?? information.video.width
        self.height = height ?? information.video.height
        encoder = try VideoEncoder(
            file: target.string, like: information.video, width: self.width, height: self.height, settings: settings)
        let file = try OutputFile(target: target, temporary: temporary)
        self.file = file
        do {
            let muxer = try Muxer(file.temporary, file: target.string)
            self.muxer = muxer
            videoStream = try muxer.addVideo(encoder, like: information)
            sound = try audioFrom.map { try SoundCarrier($0, video: information.video.stream, to: muxer) }
            muxer.setMetadata(information.metadata)
            // A count of frames says only at the end how long the output is; then the writer still takes chapters.
            if selection.frames == nil { try muxer.addChapters(of: information, selection: selection) }
            try muxer.writeHeader(videoTimescale: information.video.timeBase.denominator)
        } catch {
            file.remove()
            throw error
        }
        zero = selection.start == nil ? information.zero.value : nil
        notices = encoder.notices + leftOut + (sound?.notices ?? [])
    }

    deinit { abandon() }

    /// Encodes a frame, which may be reused at once; its presentation time is on the source's clock and after the frame
    /// before it.
    public func write(_ frame: Frame) throws {
        precondition(isOpen, "a writer that is closed")
        precondition(frame.width == width && frame.height == height, "a frame of another size than the writer's")
        precondition(frame.presentationTime.timeBase == information.video.timeBase, "a frame of another clock")
        let source = frame.presentationTime.value
        precondition(last.map { $0.time < source } ?? true, "frames out of order")
        if zero == nil { zero = source }
        let duration = frame.duration?.value ?? information.video.usualDuration
        last = (source, duration)
        try encoder.encode(frame, time: source - (zero ?? 0), duration: duration, to: writeVideo)
        frameCount += 1
    }

    /// Cuts the sound at the end of the last frame, although the selection is open there.
    public func endSoundWithFrames() { endsSound = true }

    /// Writes what the encoder and the sound still hold, brings the file safely to the disk and gives it its name.
    /// - Parameter replacing: whether a file that bears the name is replaced.
    /// - Throws: `MediaError`: output, or cannotCreate where the name is taken: the file then has a free name beside
    ///   it, which the error tells. The temporary file is gone.
    public func finish(replacing: Bool = false) throws {
        precondition(isOpen, "a writer that is closed")
        do {
            if frameCount > 0 { try encoder.finish(to: writeVideo) }
            try sound?.finish(zero: zeroTime, window: window)
            if selection.frames != nil, let end = window.end {
                try muxer.addChapters(of: information, selection: selection, length: end.seconds - zeroTime.seconds)
            }
            try muxer.finish()
            try file.publish(replacing: replacing)
        } catch {
            abandon()
            throw error
        }
        isOpen = false
        notices += sound?.finalNotices ?? []
    }

    /// Gives up: closes and removes the temporary file. Nothing happens after `finish`.
    public func abandon() {
        guard isOpen else { return }
        isOpen = false
        _ = muxer.close()
        file.remove()
    }

    /// Writes a packet of video after all sound that belongs before it.
    private func writeVideo(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        let timeBase = muxer.timeBase(videoStream)
        av_packet_rescale_ts(packet, encoder.context.pointee.time_base, timeBase)
        try sound?.carry(until: packet.pointee.dts, timeBase: timeBase, zero: zeroTime, window: window)
        if try !muxer.write(packet, stream: videoStream) {
            throw muxer.call.failure("write", "a packet is not accepted")
        }
    }

    private var zeroTime: Timestamp { Timestamp(zero ?? 0, timeBase: information.video.timeBase) }

    /// The stretch of the source's clock whose sound is kept: open where the selection is. Where it ends with the frames, its end
    /// moves with them.
    private var window: SoundCarrier.Window {
        let video = information.video
        let end = endsSound ? last.map { $0.time + $0.duration } : nil
        let selected = selection.end.map(video.firstTick)
        return SoundCarrier.Window(
            start: selection.start == nil ? nil : zeroTime,
            end: [end, selected].compactMap { $0 }.min().map { Timestamp($0, timeBase: video.timeBase) })
    }

    /// Streams of the source that no MP4 of ours has. `SoundCarrier` tells of sound, and chapters are written anew.
    private var leftOut: [String] {
        information.streams.compactMap { stream in
            guard stream.index != information.video.stream, stream.kind != .audio, stream.kind != .chapters else {
                return nil
            }
            let title = stream.title ?? stream.language
            return "stream \(stream.index) (\(stream.kind.rawValue), \(stream.codec)\(title.map { ", \($0)" } ?? "")) "
                + "is not carried over"
        }
    }
}

extension Muxer {
    func addVideo(_ encoder: VideoEncoder, like information: ClipInformation) throws -> Int {
        var parameters = avcodec_parameters_alloc()
        defer { avcodec_parameters_free(&parameters) }
        let filled = LibAV.allocated(parameters)
        try call.check(avcodec_parameters_from_context(filled, encoder.context), "write")
        let source = information.streams.first { $0.index == information.video.stream }
        return try addStream(
            filled, timeBase: encoder.context.pointee.time_base, disposition: AV_DISPOSITION_DEFAULT,
            language: source?.language, title: source?.title)
    }

    /// Chapters, counted from the output's zero and cut to the selection, or to the output's length in seconds.
    fileprivate func addChapters(of information: ClipInformation, selection: Selection, length: Double? = nil) throws {
        let video = information.video
        let zero = selection.start.map { video.start.seconds + $0 } ?? information.zero.seconds
        let length = length ?? selection.end.map { $0 - (selection.start ?? 0) } ?? .infinity
        for (number, chapter) in information.chapters.enumerated() {
            let (start, end) = (chapter.start.seconds - zero, chapter.end.seconds - zero)
            guard end > 0, start < length else { continue }
            try addChapter(
                number, timeBase: Rational(1, 1_000_000), start: Int64(ticks: max(start, 0) * 1e6),
                end: Int64(ticks: min(end, length) * 1e6), title: chapter.title)
        }
    }
}
