internal import CFFmpeg
import Imaging
import SystemPackage

/// Every audio track of a file, carried into the file being written in step with its video: packets copied as they are
/// where MP4 holds them, else decoded and encoded as AAC.
final class SoundCarrier {
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
    private let demuxer: Demuxer
    private let muxer: Muxer
    private let video: Int
    private var tracks: [Int: any SoundTrack] = [:]
    private var isStarted = false
    private var hasEnded = false
    private var breakage: String?
    private var hasLateSound = false
    private var window = Window(start: nil, end: nil)
    /// The packet last read, not carried yet because it lies after the video so far.
    private var isWaiting = false
    private let waiting: UnsafeMutablePointer<AVPacket>

    /// Adds the file's audio tracks to the output. A file without any is fine.
    /// - Parameter video: the stream that is painted; of a file of several programmes only its own sound is carried.
    init(_ path: FilePath, video: Int, to muxer: Muxer) throws {
        (self.muxer, self.video) = (muxer, video)
        demuxer = try Demuxer(path, maximumPixels: VideoReader.maximumPixels, soundOf: video)
        waiting = LibAV.allocated(av_packet_alloc())
        let programme = demuxer.programme(of: video)
        for (index, kind) in demuxer.streamKinds.enumerated() where kind == .audio {
            let stream = demuxer.stream(index)
            guard programme?.contains(index) ?? true else {
                notices.append("audio stream \(index) belongs to another programme than the video, and is left out")
                continue
            }
            if let track = try track(for: stream, index: index) { tracks[index] = track }
        }
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = waiting
        av_packet_free(&packet)
    }

    private func track(for stream: UnsafeMutablePointer<AVStream>, index: Int) throws -> (any SoundTrack)? {
        let parameters = LibAV.allocated(stream.pointee.codecpar)
        let codec = String(cString: avcodec_get_name(parameters.pointee.codec_id))
        if parameters.pointee.sample_rate > 0, muxer.holds(parameters) {
            return try CopiedTrack(stream, hasExactLength: demuxer.indexesEveryFrame, to: muxer)
        }
        do {
            let track = try EncodedTrack(stream, of: demuxer, to: muxer)
            let taken = track.channelsTaken.map { ", the first \($0) of its channels, which have no names" } ?? ""
            notices.append("audio stream \(index): MP4 does not hold \(codec); it is encoded as AAC\(taken)")
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
        if tracks.isEmpty, demuxer.mayShowMoreStreams { _ = try read() }
        // Tracks lie side by side with some slack: read on until each is well past the end.
        var past: Set<Int> = []
        while past.count < tracks.count, try read() {
            let index = Int(waiting.pointee.stream_index)
            guard let track = tracks[index] else { continue }
            if let end = window.end?.seconds, track.begin(of: waiting) >= end { past.insert(index) }
            try pass(to: track, zero: zero, window: window)
        }
        // In the file's order, whatever a dictionary's is: the same input gives the same bytes.
        for (_, track) in tracks.sorted(by: { $0.key < $1.key }) { try track.finish(zero: zero) }
    }

    private func pass(to track: any SoundTrack, zero: Timestamp, window: Window) throws {
        isWaiting = false
        let begin = track.begin(of: waiting)
        if let start = window.start?.seconds, begin + track.length(of: waiting) <= start { return }
        if let end = window.end?.seconds, begin >= end { return }
        try track.take(waiting, zero: zero)
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
        guard !hasLateSound, index >= demuxer.knownStreams, demuxer.programme(of: video)?.contains(index) ?? true
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
            // By way of the video, which is what containers index; two seconds early, for tracks that lag.
            let target = Int64(ticks: (moment.seconds - 2) * Double(AV_TIME_BASE))
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
            "audio stream \($0.key): \($0.value.damagedCount) damaged packet(s) are left out"
        }
        return damaged + (breakage.map { ["the sound breaks off: \($0)"] } ?? [])
            + (hasLateSound ? ["sound that begins in mid-file is left out"] : [])
    }
}

/// One audio track on its way into the output.
protocol SoundTrack: AnyObject {
    /// Packets that could not be carried.
    var damagedCount: Int { get }
    /// When a packet begins, in seconds of the source's clock.
    func begin(of packet: UnsafeMutablePointer<AVPacket>) -> Double
    /// How long it lasts, in seconds.
    func length(of packet: UnsafeMutablePointer<AVPacket>) -> Double
    /// Takes the next packet, which it may change.
    func take(_ packet: UnsafeMutablePointer<AVPacket>, zero: Timestamp) throws
    func finish(zero: Timestamp) throws
}
