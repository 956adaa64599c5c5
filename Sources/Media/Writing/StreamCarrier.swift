internal import CFFmpeg
import Imaging
import SystemPackage

/// Every track of sound and subtitles of a file, carried into the file being written in step with its video: packets
/// copied as they are where the container holds them, else in a form that it holds; and its attachments and cover.
final class StreamCarrier {
    /// A stretch of the source's clock; nil: open.
    struct Window {
        var start: Timestamp?
        var end: Timestamp?

        init(start: Timestamp?, end: Timestamp?) { (self.start, self.end) = (start, end) }

        /// Open where the selection is.
        /// - Parameters:
        ///   - zero: where the output begins.
        ///   - end: where the last frame ends, in ticks, if the sound shall end with it.
        init(_ selection: Selection, of video: ClipInformation.Video, zero: Timestamp, end: Int64?) {
            let last = min(end ?? .max, selection.end.map(video.firstTick) ?? .max)
            start = selection.start == nil ? nil : zero
            self.end = last == .max ? nil : Timestamp(last, timeBase: video.timeBase)
        }
    }

    private(set) var notices: [String] = []
    /// Streams of which nothing more is to be told.
    private(set) var settled: Set<Int> = []
    private let carriage: Carriage
    private var stills: [(packet: UnsafeMutablePointer<AVPacket>, stream: Int)] = []
    private let demuxer: Demuxer
    private let muxer: Muxer
    private let video: Int
    private var tracks: [Int: any CarriedTrack] = [:]
    private var isStarted = false
    private var hasEnded = false
    private var breakage: String?
    private var hasLateSound = false
    private var window = Window(start: nil, end: nil)
    /// The packet last read, not carried yet because it lies after the video so far.
    private var isWaiting = false
    private let waiting: UnsafeMutablePointer<AVPacket>

    /// Adds the file's tracks to the output. A file without any is fine.
    /// - Parameter video: the stream that is painted; of a file of several programmes only its own tracks are carried.
    init(_ path: FilePath, video: Int, _ carriage: Carriage, to muxer: Muxer) throws {
        (self.muxer, self.video, self.carriage) = (muxer, video, carriage)
        demuxer = try Demuxer(path, maximumPixels: VideoReader.maximumPixels, soundOf: video)
        waiting = LibAV.allocated(av_packet_alloc())
        let programme = demuxer.programme(of: video)
        for (index, kind) in demuxer.streamKinds.enumerated() where index != video {
            if kind == .audio && carriage.sound == .none || kind == .subtitle && carriage.subtitles == .none {
                settled.insert(index)
            } else if programme?.contains(index) ?? true {
                if try take(index, kind) { settled.insert(index) }
            } else if kind == .audio {
                notices.append("audio stream \(index) belongs to another programme than the video, and is left out")
            }
        }
    }

    /// Whether a stream is carried, or it has been told that it is not.
    private func take(_ index: Int, _ kind: ClipInformation.Stream.Kind) throws -> Bool {
        let stream = demuxer.stream(index)
        switch kind {
        case .audio: tracks[index] = try track(for: stream, index: index)
        case .subtitle, .data: tracks[index] = try TextTrack(stream, to: muxer)
        case .attachment: return try muxer.addAttachment(stream)
        case .cover:
            guard let cover = try muxer.addCover(stream) else { return false }
            if let place = cover.place { stills.append((cover.packet, place)) }
            return true
        default: return false
        }
        return kind == .audio || tracks[index] != nil
    }

    /// Writes what has no time, when the output's head is written.
    func writeStills() throws {
        for (packet, stream) in stills {
            var copy = av_packet_clone(packet)
            defer { av_packet_free(&copy) }
            let still = LibAV.allocated(copy)
            (still.pointee.pts, still.pointee.dts) = (0, 0)
            try muxer.write(still, stream: stream)
        }
    }

    /// The time code of the source's first picture.
    var timecode: String? {
        demuxer.stream(video).tag("timecode") ?? AVDictionaryBox.value("timecode", in: demuxer.context.pointee.metadata)
    }

    /// Streams of time codes alone.
    var timecodeStreams: [Int] {
        demuxer.streamKinds.indices.filter {
            LibAV.allocated(demuxer.stream($0).pointee.codecpar).pointee.codec_tag == sv_tag_timecode
        }
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = waiting
        av_packet_free(&packet)
    }

    private func track(for stream: UnsafeMutablePointer<AVStream>, index: Int) throws -> (any CarriedTrack)? {
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let codec = String(cString: avcodec_get_name(parameters.pointee.codec_id))
        let isAAC = parameters.pointee.codec_id == AV_CODEC_ID_AAC
        let rare = muxer.format.rareSound[codec]
        let isHeld = parameters.pointee.sample_rate > 0 && muxer.holds(parameters)
        if isHeld, rare != true, carriage.sound != .aac || isAAC {
            let track = try CopiedTrack(stream, hasExactLength: demuxer.indexesEveryFrame, to: muxer)
            if rare != nil {
                let reason = "which few players play in \(muxer.format.title); most play AAC"
                notices.append("audio stream \(index) stays \(codec), \(reason)")
            }
            return track
        }
        do {
            let track = try EncodedTrack(stream, of: demuxer, to: muxer)
            let taken = track.channelsTaken.map { ", the first \($0) of its channels, which have no names" } ?? ""
            let (container, target) = (muxer.format.title, muxer.format.sound.title)
            let reason =
                !isHeld
                ? "\(container) does not hold \(codec); "
                : rare == true ? "few players play \(codec) in \(container); " : ""
            notices.append("audio stream \(index): \(reason)it is encoded as \(target)\(taken)")
            return track
        } catch let error as MediaError where error.kind == .notMedia {
            notices.append("audio stream \(index) (\(codec)) is left out: \(error.text)")
            return nil
        }
    }

    /// Carries sound up to a moment of the output.
    func carry(until time: Int64, timeBase: AVRational, zero: Timestamp, window: Window) throws {
        guard !tracks.isEmpty else { return }
        try start(in: window)
        while try read() {
            guard let track = tracks[Int(waiting.pointee.stream_index)] else { continue }
            let begin = track.begin(of: waiting) - zero.seconds
            if begin >= Double(time) * Rational(timeBase).value { return }
            try pass(to: track, zero: zero, window: Window(start: window.start, end: nil))
        }
    }

    /// Carries the rest, up to the window's end.
    func finish(zero: Timestamp, window: Window) throws {
        try start(in: window)
        // Where there is nothing to carry, it may come yet.
        if tracks.isEmpty, carriage.sound != .none, demuxer.mayShowMoreStreams { _ = try read() }
        // Tracks lie side by side with some slack: read on until each is well past the end.
        var past: Set<Int> = []
        // Subtitles may be far apart, or none more may come.
        let guides = tracks.filter { !$0.value.isSparse }.isEmpty ? tracks : tracks.filter { !$0.value.isSparse }
        while !guides.keys.allSatisfy(past.contains), try read() {
            let index = Int(waiting.pointee.stream_index)
            guard let track = tracks[index] else { continue }
            if let end = window.end?.seconds, track.begin(of: waiting) >= end { past.insert(index) }
            try pass(to: track, zero: zero, window: window)
        }
        // In the file's order, whatever a dictionary's is: the same input gives the same bytes.
        for (_, track) in tracks.sorted(by: { $0.key < $1.key }) { try track.finish(zero: zero) }
    }

    private func pass(to track: any CarriedTrack, zero: Timestamp, window: Window) throws {
        isWaiting = false
        let begin = track.begin(of: waiting)
        if let start = window.start?.seconds, begin + track.length(of: waiting) <= start {
            return track.pass(waiting)
        }
        if let end = window.end?.seconds, begin >= end { return }
        try track.take(waiting, zero: zero, window: self.window)
    }

    /// Makes sure that `waiting` holds a packet of sound; false at the end.
    private func read() throws -> Bool {
        if isWaiting { return true }
        guard !hasEnded else { return false }
        while true {
            switch demuxer.read() {
            case .packet(let packet):
                guard tracks[Int(packet.pointee.stream_index)] != nil else {
                    noteLateSound(packet)
                    continue
                }
                av_packet_unref(waiting)
                av_packet_move_ref(waiting, packet)
                isWaiting = true
                return true
            case .failed(let code):
                breakage = LibAV.text(of: code)
                hasEnded = true
                return false
            case .end:
                hasEnded = true
                return false
            }
        }
    }

    /// An MP4's tracks are settled before its first packet: sound that the file had not shown by then is not carried.
    private func noteLateSound(_ packet: UnsafeMutablePointer<AVPacket>) {
        let index = Int(packet.pointee.stream_index)
        guard !hasLateSound, carriage.sound != .none, index >= demuxer.knownStreams,
            demuxer.programme(of: video)?.contains(index) ?? true
        else { return }
        let stream = demuxer.stream(index).pointee
        guard LibAV.allocated(stream.codecpar).pointee.codec_type == AVMEDIA_TYPE_AUDIO else { return }
        let time = packet.pointee.pts != sv_no_timestamp ? packet.pointee.pts : packet.pointee.dts
        let seconds = time == sv_no_timestamp ? nil : Double(time) * Rational(stream.time_base).value
        if let seconds, seconds < window.start?.seconds ?? seconds || seconds >= window.end?.seconds ?? .infinity {
            return
        }
        hasLateSound = true
    }

    /// Goes near the window's start, once, and from then on reads sound only.
    private func start(in window: Window) throws {
        self.window = window
        guard !isStarted else { return }
        isStarted = true
        let moment = window.start
        // Where a clock may start anew, what lies before the moment is read and passed over.
        if let moment, moment.seconds > 4, !demuxer.mayJump {
            // By way of the video, which is what containers index; two seconds early, for tracks that lag, and half a
            // minute for words that are still to be seen.
            let lead = tracks.contains { $0.value.isSparse } ? 30.0 : 2
            let target = Int64(ticks: max(0, moment.seconds - lead) * Double(AV_TIME_BASE))
            if demuxer.seek(stream: -1, before: target) {
                demuxer.keepOnly(Set(tracks.keys))
                if try read(), let track = tracks[Int(waiting.pointee.stream_index)],
                    track.begin(of: waiting) <= moment.seconds
                {
                    return
                }
            }
            isWaiting = false
            hasEnded = false
            _ = demuxer.seek(stream: -1, before: max(demuxer.context.pointee.start_time, 0))
        }
        demuxer.keepOnly(Set(tracks.keys))
    }

    var finalNotices: [String] {
        let damaged = tracks.sorted { $0.key < $1.key }.filter { $0.value.damagedCount > 0 }.map {
            ($0.value.isSparse ? "" : "audio ")
                + "stream \($0.key): \($0.value.damagedCount) damaged packet(s) are left out"
        }
        return damaged + (breakage.map { ["what goes with the pictures breaks off: \($0)"] } ?? [])
            + (hasLateSound ? ["sound that begins in mid-file is left out"] : [])
    }
}

/// A track on its way into the output.
protocol CarriedTrack: AnyObject {
    /// Of the source.
    var stream: UnsafeMutablePointer<AVStream> { get }
    /// Packets that could not be carried.
    var damagedCount: Int { get }
    /// When a packet begins, in seconds of the source's clock.
    func begin(of packet: UnsafeMutablePointer<AVPacket>) -> Double
    /// How long it lasts, in seconds.
    func length(of packet: UnsafeMutablePointer<AVPacket>) -> Double
    /// Takes the next packet, which it may change.
    func take(_ packet: UnsafeMutablePointer<AVPacket>, zero: Timestamp, window: StreamCarrier.Window) throws
    /// Lets a packet pass that lies before all that is carried.
    func pass(_ packet: UnsafeMutablePointer<AVPacket>)
    func finish(zero: Timestamp) throws
    /// Whether it is silent for long.
    var isSparse: Bool { get }
}

extension CarriedTrack {
    var isSparse: Bool { false }
    func pass(_ packet: UnsafeMutablePointer<AVPacket>) {}

    func begin(of packet: UnsafeMutablePointer<AVPacket>) -> Double {
        let time = packet.pointee.pts != sv_no_timestamp ? packet.pointee.pts : packet.pointee.dts
        return time == sv_no_timestamp ? 0 : Double(time) * Rational(stream.pointee.time_base).value
    }

    func length(of packet: UnsafeMutablePointer<AVPacket>) -> Double {
        Double(packet.pointee.duration) * Rational(stream.pointee.time_base).value
    }
}
