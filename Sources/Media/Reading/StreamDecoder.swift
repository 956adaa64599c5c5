internal import CFFmpeg
import Imaging
import Machine

/// A stream's packets in, its frames out: each decoded frame once, in presentation order, to the last one that the
/// decoder holds back.
final class StreamDecoder {
    let demuxer: Demuxer
    let stream: UnsafeMutablePointer<AVStream>
    let context: UnsafeMutablePointer<AVCodecContext>
    private let aperture: Aperture?
    /// Nil where fields stay together.
    let deinterlacer: Deinterlacer?
    private let frame: UnsafeMutablePointer<AVFrame>
    private let notes: DecoderNotes
    private let marksLosses: Bool
    /// How many packets had been read when damage was met last.
    private var lastDamage = 0
    /// Whether the last packet is damaged, as far as its decoder tells.
    var endsInDamage: Bool { packetCount > 0 && lastDamage == packetCount }
    /// Whether the decoder has called anything an error that is damage only if it marks a frame so. By several threads
    /// it marks some too late.
    private(set) var isSuspect = false
    /// Packets with anything in them that is to be shown, and whether a frame came of two fields.
    private(set) var (filledCount, hasMetFields) = (0, false)
    private let ground: PictureGround?
    /// Nil of a recording: it may begin and end anywhere, and the gaps between times tell what is missing.
    private var promises: FramePromises?
    /// When damage was met that a frame may tell of once more.
    private var told: Set<Int64> = []
    private var isDraining = false
    /// After a seek. Transport streams are entered anywhere, and the HEVC decoder paints what it lacks there in grey.
    private var awaitsKeyFrame = false
    /// Packets or frames that could not be decoded, since the last start.
    private(set) var damagedCount = 0
    /// Those of them of which nothing came out, or that the container has lost.
    var missingCount: Int { gapCount + max(0, brokenCount - countedTwice) }
    private(set) var gapCount = 0
    private var brokenCount = 0
    /// Packets without frames in a gap that counts as a whole.
    private var countedTwice = 0
    /// Of packets before which the container was found broken.
    private var breaks: [Int64] = []
    /// Nil of what is no recording.
    private var losses: RecordingLosses?
    /// When the last packet is shown.
    private var lastTime = sv_no_timestamp
    /// How many of the next packets count as such: a break is seen ahead of those that parsers hold back.
    private var breaksAhead = 0
    /// The times of the first of them, in ticks of the stream's clock, where they have any.
    private(set) var damagedTimes: [Int64] = []
    private(set) var packetCount = 0
    /// Whether the last packet is marked as damaged, as one is that the file's end has cut off.
    private(set) var endsInPacket = false
    /// A time before which pictures that no other refers to are not wanted; nil: all are.
    var passesOver: Int64?
    /// Whether a codec's pictures that are marked as no reference can be left out without a change to any other: H.264
    /// and MPEG-2 say so. In HEVC the mark holds within one temporal layer only.
    private let mayPassOver: Bool
    /// libav's sentence for why the file broke off, where it did.
    private(set) var breakage: String?

    /// - Parameters:
    ///   - threads: by one, what is damaged comes out the same each time.
    ///   - maximumPixels: a picture of more is not decoded.
    init(
        _ demuxer: Demuxer, stream index: Int, threads: Int, maximumPixels: Int, _ deinterlacing: Deinterlacing = .off
    ) throws {
        self.demuxer = demuxer
        deinterlacer = deinterlacing == .auto ? Deinterlacer() : nil
        stream = demuxer.stream(index)
        let call = LibAV(file: demuxer.path.string, stream: index, kind: .damaged)
        let parameters = stream.pointee.codecpar
        guard let codec = StreamDecoder.codec(of: stream) else {
            let name = String(cString: avcodec_get_name(parameters!.pointee.codec_id))
            throw MediaError(
                .notMedia, operation: "decode", file: demuxer.path.string, stream: index,
                text: "this system's libavcodec cannot decode \(name)")
        }
        aperture = demuxer.aperture(of: index)
        mayPassOver = [AV_CODEC_ID_H264, AV_CODEC_ID_MPEG2VIDEO].contains(codec.pointee.id)
        context = LibAV.allocated(avcodec_alloc_context3(codec))
        frame = LibAV.allocated(av_frame_alloc())
        try call.check(avcodec_parameters_to_context(context, parameters), "decode")
        context.pointee.pkt_timebase = stream.pointee.time_base
        context.pointee.thread_count = Int32(threads)
        context.pointee.max_pixels = Int64(maximumPixels)
        // Else what H.264 and HEVC cut off at the left is cut only as far as rows stay aligned.
        context.pointee.flags |= AV_CODEC_FLAG_UNALIGNED
        // H.264's decoder marks what it has lost, and calls errors what real streams are full of.
        marksLosses = codec.pointee.id == AV_CODEC_ID_H264
        notes = DecoderNotes(of: context)
        let isGroundSeen = codec.pointee.id == AV_CODEC_ID_HEVC
        ground = threads == 1 || isGroundSeen ? PictureGround(of: context, notes, keepsLast: threads == 1) : nil
        promises = demuxer.mayJump ? nil : FramePromises(of: stream)
        losses = demuxer.mayJump ? RecordingLosses() : nil
        try call.check(avcodec_open2(context, codec, nil), "decode")
    }

    /// Of VP8 and VP9 with transparency, which WebM keeps beside each frame, libvpx's: libav's own pass it over.
    private static func codec(of stream: UnsafeMutablePointer<AVStream>) -> UnsafePointer<AVCodec>? {
        let codec = LibAV.allocated(stream.pointee.codecpar).pointee.codec_id
        let name = codec == AV_CODEC_ID_VP8 ? "libvpx" : codec == AV_CODEC_ID_VP9 ? "libvpx-vp9" : nil
        if let name, stream.tag("alpha_mode") == "1", let found = avcodec_find_decoder_by_name(name) { return found }
        return avcodec_find_decoder(codec)
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&frame)
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// The next frame, valid until the next call; nil at the end.
    func next() -> UnsafeMutablePointer<AVFrame>? {
        let next = deinterlacer.map { $0.next(decode) } ?? decode()
        if let next { aperture?.crop(next) }
        return next
    }

    private func decode() -> UnsafeMutablePointer<AVFrame>? {
        var errorsAtTheEnd = 0
        while true {
            let code = avcodec_receive_frame(context, frame)
            if code >= 0 {
                let isFlagged =
                    frame.pointee.decode_error_flags != 0 || frame.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
                let time = frame.pointee.best_effort_timestamp
                hasMetFields = hasMetFields || frame.pointee.interlaced_frame != 0
                if hasErred(at: time) || isFlagged, told.remove(time) == nil { noteDamage(at: time) }
                noteBroken(promises?.keep(frame))
                losses?.keep(frameAt: time)
                ground?.take(frame)
                return frame
            }
            if code == sv_error_end_of_file || code == sv_error_again && isDraining {
                noteBroken(promises?.end())
                return nil
            }
            if code == sv_error_again {
                sendPacket()
                continue
            }
            _ = isDamage(code, at: sv_no_timestamp)
            // A decoder that answers its flushing with errors for ever must not hold the program.
            if isDraining { errorsAtTheEnd += 1 }
            if errorsAtTheEnd > 256 { return nil }
        }
    }

    private func sendPacket() {
        while !isDraining {
            switch demuxer.read() {
            case .packet(let packet):
                guard packet.pointee.stream_index == stream.pointee.index else {
                    if demuxer.hasJustBroken { breaksAhead = Self.heldBack }
                    continue
                }
                packetCount += 1
                if packet.pointee.size > 0, packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0 { filledCount += 1 }
                noteBreak(before: packet)
                noteSwallowed(by: packet)
                endsInPacket = packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
                if awaitsKeyFrame, packet.pointee.flags & AV_PKT_FLAG_KEY == 0 { continue }
                awaitsKeyFrame = false
                let isPassedOver = isPassedOver(packet)
                context.pointee.skip_frame = isPassedOver ? AVDISCARD_NONREF : AVDISCARD_DEFAULT
                let (time, isCut) = (packet.pointee.pts, isCut(packet))
                if !isPassedOver { losses?.send(packet, jumps: demuxer.clockJumps) }
                let code = avcodec_send_packet(context, packet)
                let isInLog = notes.hasMetError()
                noteSuspicion(isInLog, at: time)
                let hasErred = isInLog && !marksLosses || isCut
                if isDamage(code, at: time) {
                    promises?.refuse(at: time)
                    continue
                }
                if hasErred {
                    noteDamage(at: time)
                    if time != sv_no_timestamp { told.insert(time) }
                }
                if !isPassedOver { promises?.make(packet, told: hasErred ? .already : isInLog ? .inLog : .not) }
                return
            case .failed(let code):
                breakage = code == sv_error_not_implemented ? "what follows is not read" : LibAV.text(of: code)
                noteBreakAtEnd()
                drain()
            case .end:
                noteBreakAtEnd()
                drain()
            }
        }
    }

    /// Of a transport stream the packet before a lost one is marked, which may be whole: its decoder tells.
    private func isCut(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
        packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 && !demuxer.mayJump
    }

    private func isPassedOver(_ packet: UnsafeMutablePointer<AVPacket>) -> Bool {
        guard mayPassOver, let passesOver, packet.pointee.pts != sv_no_timestamp else { return false }
        return packet.pointee.pts < passesOver
    }

    /// Counts what a decoder refuses. What the system refuses is no fault of the file's.
    private func isDamage(_ code: Int32, at time: Int64) -> Bool {
        guard code < 0 else { return false }
        if code == sv_error_no_memory { Exhaustion.end(nil) }
        noteDamage(at: time)
        return true
    }

    /// Pictures in a row with nothing between them are told apart by how each begins: one whose beginning is lost is
    /// taken as what lies behind the end of the picture before it.
    private func noteSwallowed(by packet: UnsafeMutablePointer<AVPacket>) {
        guard demuxer.isBarePictures, packet.pointee.size > 0 else { return }
        let bytes = [UInt8](UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
        guard let rest = JPEGHeader(bytes).map({ bytes[$0.length...] }) else { return }
        // What servers write between pictures holds no picture's end.
        if rest.reversed().drop(while: { $0 == 0 }).starts(with: [0xD9, 0xFF]) {
            noteMissing(1, at: packet.pointee.pts)
        }
    }

    private static let heldBack = 3

    private func noteBreak(before packet: UnsafeMutablePointer<AVPacket>) {
        lastTime = packet.pointee.pts != sv_no_timestamp ? packet.pointee.pts : packet.pointee.dts
        if demuxer.hasJustBroken { breaksAhead = Self.heldBack }
        guard breaksAhead > 0 else { return }
        breaksAhead -= 1
        if lastTime != sv_no_timestamp { breaks.append(lastTime) }
    }

    /// What is broken behind the last packet has taken such as are shown before it. A recording ends anywhere.
    private func noteBreakAtEnd() {
        if demuxer.hasJustBroken, !demuxer.mayJump, lastTime != sv_no_timestamp { breaks.append(lastTime) }
    }

    /// From one frame to the next in ticks, as a recording's pictures say, where that is less than the mean but no half
    /// of it: the mean is libav's guess by the first packets, and damage among them makes it too large.
    func codedDistance(within mean: Int64) -> Int64 {
        let (rate, clock) = (Rational(context.pointee.framerate), Rational(stream.pointee.time_base))
        guard demuxer.mayJump, rate.value > 0, clock.value > 0 else { return mean }
        let coded = Int64((1 / (rate.value * clock.value)).rounded())
        return coded < mean && 2 * coded > mean ? coded : mean
    }

    /// How many frames are missing of those that would fit between two.
    /// - Parameters: as of `RecordingLosses`.
    func missing(
        of gap: Int, between times: ClosedRange<Int64>, slack: Int64, isEven: Bool, isBrief: Bool
    ) -> Int {
        if breaks.contains(where: { $0 > times.lowerBound - slack }) { return gap }
        return losses?.missing(
            of: gap, between: times, slack: slack, isEven: isEven, isBrief: isBrief, hasEnded: isDraining) ?? 0
    }

    /// Whether a recording's first key frame is shown before a time.
    func hasBegun(before time: Int64) -> Bool { losses?.hasBegun(before: time) ?? false }

    func forgetBreaks(before time: Int64) {
        breaks.removeAll { $0 <= time }
        losses?.forget(before: time)
    }

    private func hasErred(at time: Int64) -> Bool {
        let isInLog = notes.hasMetError()
        noteSuspicion(isInLog, at: time)
        return isInLog && !marksLosses
    }

    private func noteSuspicion(_ isInLog: Bool, at time: Int64) {
        isSuspect = isSuspect || isInLog
        // What H.264's decoder calls an error may have taken a frame without a mark on any other.
        if isInLog, marksLosses { losses?.note(damageAt: time) }
    }

    /// How many frames did not come of packets, where their numbers tell.
    func setBroken(_ count: Int) {
        brokenCount = count
        damagedCount = max(damagedCount, missingCount)
    }

    /// Frames between the last two that come to an end there: some had packets.
    func noteMissing(inGap count: Int, at time: Int64) {
        countedTwice += min(count, promises?.lastPassed ?? 0)
        noteMissing(count, at: time)
    }

    /// Frames of which there is nothing.
    func noteMissing(_ count: Int, at time: Int64) {
        // The packet whose frame did not come may have been told of.
        if losses == nil || !damagedTimes.contains(time) { tally(damageAt: time) }
        damagedCount += count - 1
        gapCount += count
    }

    private func noteBroken(_ broken: FramePromises.Broken?) {
        guard let broken else { return }
        broken.times.forEach(noteDamage)
        brokenCount += broken.times.count + broken.told
    }

    private func noteDamage(at time: Int64) {
        losses?.note(damageAt: time)
        tally(damageAt: time)
    }

    private func tally(damageAt time: Int64) {
        damagedCount += 1
        lastDamage = packetCount
        if time != sv_no_timestamp, damagedTimes.count < Damage.mostTimes { damagedTimes.append(time) }
    }

    private func drain() {
        isDraining = true
        // It should always succeed, and answers what has gone wrong by then: of as many threads one tells of the packet
        // that lies as many before the end (libav 5.1).
        _ = isDamage(avcodec_send_packet(context, nil), at: sv_no_timestamp)
    }

    /// Reads up to a time, without decoding.
    /// - Returns: how many packets of the stream lie before the last key frame at or before the time.
    func packets(before time: Int64) -> Int {
        var (count, seen) = (0, 0)
        while case .packet(let packet) = demuxer.read() {
            guard packet.pointee.stream_index == stream.pointee.index else { continue }
            let shown = packet.pointee.pts != sv_no_timestamp ? packet.pointee.pts : packet.pointee.dts
            if packet.pointee.flags & AV_PKT_FLAG_KEY != 0, shown != sv_no_timestamp, shown <= time { count = seen }
            if packet.pointee.dts != sv_no_timestamp, packet.pointee.dts > time { break }
            seen += 1
        }
        return count
    }

    /// Passes over the stream's first packets; decoding then begins with a key frame.
    func skip(_ count: Int) {
        var left = count
        while left > 0, case .packet(let packet) = demuxer.read() {
            if packet.pointee.stream_index == stream.pointee.index { left -= 1 }
        }
        awaitsKeyFrame = count > 0
        if count > 0 { deinterlacer?.restart() }
    }

    /// Goes to the key frame at or before a time; false where the format cannot seek.
    func restart(before time: Int64) -> Bool {
        guard demuxer.seek(stream: Int(stream.pointee.index), before: time) else { return false }
        avcodec_flush_buffers(context)
        isDraining = false
        awaitsKeyFrame = true
        deinterlacer?.restart()
        ground?.forget()
        promises?.forget()
        (damagedCount, damagedTimes, gapCount, brokenCount, breaks, breaksAhead) = (0, [], 0, 0, [], 0)
        countedTwice = 0
        (packetCount, filledCount, lastDamage, lastTime) = (0, 0, 0, sv_no_timestamp)
        if losses != nil { losses = RecordingLosses() }
        breakage = nil
        return true
    }
}
