internal import CFFmpeg
import Imaging
import Machine
import SystemPackage

/// The file that is published: packets of video in step with the source's sound, its chapters and its tags.
///
/// Written under a temporary name beside the target. Whoever drops it without `publish` or `abandon` leaves that.
final class Assembly {
    let file: OutputFile
    let notices: [String]
    private let muxer: Muxer
    private let sound: StreamCarrier?
    private let information: ClipInformation
    private let selection: Selection
    private let videoStream: Int

    /// Creates the temporary file and writes its head.
    /// - Parameter addVideo: adds the track of video, and answers its index in the file.
    init(
        _ target: FilePath, temporary: FilePath? = nil, like information: ClipInformation, format: OutputFormat,
        audioFrom: FilePath?, carrying carriage: Carriage, selection: Selection, addVideo: (Muxer) throws -> Int
    ) throws {
        (self.information, self.selection) = (information, selection)
        let file = try OutputFile(target: target, temporary: temporary)
        self.file = file
        do {
            let muxer = try Muxer(file.temporary, file: target.string, format: format)
            self.muxer = muxer
            videoStream = try addVideo(muxer)
            sound = try audioFrom.map { try StreamCarrier($0, video: information.video.stream, carriage, to: muxer) }
            let code = sound?.timecode.flatMap {
                timecode($0, rate: information.video.averageRate, after: selection.start ?? 0)
            }
            if let code { muxer.setTimecode(code, rate: information.video.averageRate, stream: videoStream) }
            let settled = sound.map { $0.settled.union(code == nil ? [] : $0.timecodeStreams) } ?? []
            notices = information.leftOut(beside: settled, of: format) + (sound?.notices ?? [])
            muxer.setMetadata(information.metadata)
            // A count of frames says only at the end how long the output is; then the writer still takes chapters.
            if selection.frames == nil { try muxer.addChapters(of: information, selection: selection) }
            try muxer.writeHeader(videoTimescale: information.video.timeBase.denominator)
            try sound?.writeStills()
        } catch {
            file.remove()
            throw error
        }
    }

    /// Known once the sound has been carried.
    var finalNotices: [String] { sound?.finalNotices ?? [] }

    /// Writes a packet of video after all sound that belongs before it.
    /// - Parameters:
    ///   - timeBase: the packet's.
    ///   - zero: the moment of the source's clock that is the output's zero.
    func add(
        _ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational, zero: Timestamp, window: StreamCarrier.Window
    ) throws {
        let target = muxer.timeBase(videoStream)
        av_packet_rescale_ts(packet, timeBase, target)
        try sound?.carry(until: packet.pointee.dts, timeBase: target, zero: zero, window: window)
        if try !muxer.write(packet, stream: videoStream) {
            throw muxer.call.failure("write", "a packet is not accepted")
        }
    }

    /// Writes the rest of the sound and what comes last, and gives the file its name.
    /// - Parameter whenWritten: is given the temporary file, whole, before it is named.
    func publish(
        zero: Timestamp, window: StreamCarrier.Window, replacing: Bool,
        whenWritten: (FilePath) throws -> Void = { _ in }
    ) throws {
        try sound?.finish(zero: zero, window: window)
        if selection.frames != nil, let end = window.end {
            try muxer.addChapters(of: information, selection: selection, length: end.seconds - zero.seconds)
        }
        try muxer.finish()
        try whenWritten(file.temporary)
        try file.publish(replacing: replacing)
    }

    /// Closes and removes the temporary file.
    func abandon() {
        _ = muxer.close()
        file.remove()
    }
}

extension ClipInformation {
    /// Streams that the container does not hold. `StreamCarrier` tells of sound, and chapters are written anew.
    fileprivate func leftOut(beside settled: Set<Int>, of format: OutputFormat) -> [String] {
        streams.compactMap { stream in
            guard stream.index != video.stream, stream.kind != .audio, stream.kind != .chapters,
                !settled.contains(stream.index)
            else { return nil }
            let title = stream.title ?? stream.language
            return "stream \(stream.index) (\(stream.kind.rawValue), \(stream.codec)\(title.map { ", \($0)" } ?? "")) "
                + "is not carried over into \(format.title)"
        }
    }
}

extension Muxer {
    func addVideo(_ encoder: VideoEncoder, like information: ClipInformation) throws -> Int {
        var parameters = avcodec_parameters_alloc()
        defer { avcodec_parameters_free(&parameters) }
        let filled = LibAV.allocated(parameters)
        try call.check(avcodec_parameters_from_context(filled, encoder.context), "write")
        return try addVideo(filled, like: information)
    }

    func addVideo(_ parameters: UnsafePointer<AVCodecParameters>, like information: ClipInformation) throws -> Int {
        let source = information.streams.first { $0.index == information.video.stream }
        return try addStream(
            parameters, timeBase: AVRational(information.video.timeBase), disposition: AV_DISPOSITION_DEFAULT,
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
