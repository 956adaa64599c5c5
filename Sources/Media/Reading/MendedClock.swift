internal import CFFmpeg

/// One clock for a file whose own starts anew in mid-file, as where transport streams were joined or a receiver lost
/// its station: what comes after such a jump begins where what came before ends.
///
/// Each stream goes on where it left off. One of them, the video, leads: the others take its correction over, so that
/// picture and sound stay as far apart as they were. A single wrong time is a jump there and back.
struct MendedClock {
    /// The stream whose corrections the others follow.
    let leader: Int?
    /// How often the leader's clock started anew.
    private(set) var jumps = 0
    private var clocks: [Int: Clock] = [:]
    /// The leader's latest corrections, each with where in the file its last packet before that lies.
    private var turns: [(position: Int64, offset: Int64)] = []

    private struct Clock {
        var timeBase: AVRational
        /// What is added to the file's times, and what was before the last jump.
        var offset: Int64
        var formerOffset: Int64
        /// When the next packet should begin, corrected, and when it should have where the clock last jumped.
        var expected: Int64?
        var resumes: Int64?
        var lastStep: Int64 = 0
        /// The last decoding time, as the file has it, and where that packet lies.
        var last: Int64?
        /// Whether that is the file's own, for libav guesses it of packets without a time; and the last such before it.
        var isLastSure = false
        var sure: Int64?
        var position: Int64 = -1
        /// A leap ahead, as over a pause, until a second has followed it.
        var leap: (from: Int64, to: Int64)?
        /// Whether it jumped by itself, before the leader did.
        var isAhead = false

        mutating func noteLeap(from expected: Int64, to place: Int64) {
            if place - expected > second { leap = (expected, place) }
            if let leap, place - leap.to > second { self.leap = nil }
        }

        init(timeBase: AVRational, offset: Int64) {
            self.timeBase = timeBase
            self.offset = offset
            formerOffset = offset
        }

        var second: Int64 { av_rescale_q(1, AVRational(num: 1, den: 1), timeBase) }
        /// How far from what is expected a time may lie and be a pause; ffmpeg's limit ahead is ten seconds as well.
        var plausible: ClosedRange<Int64> { -second...10 * second }

        /// Whether a decoding time lies before the last one, by more than rounding: such times only rise, so that the
        /// clock has started anew, however short what came before was.
        ///
        /// Behind a sure time, but the last, it goes on from that: damage may part one packet into three, or put one of
        /// them too late, by a few frames.
        func goesBack(to time: Int64) -> Bool {
            guard let last, lastStep > 0, time < last - lastStep / 2 else { return false }
            return sure.map { time < $0 + lastStep / 2 } ?? true
        }

        /// Whether a place is where the clock was before it leapt ahead: then the leap was a wrong time.
        func leapt(from place: Int64) -> Bool { leap.map { abs(place - $0.from) < second } ?? false }
    }

    init(leader: Int?) { self.leader = leader }

    /// Forgets all corrections.
    mutating func restart() {
        (clocks, turns, jumps) = ([:], [], 0)
    }

    /// Brings a packet's times onto the clock.
    mutating func correct(_ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational) {
        let index = Int(packet.pointee.stream_index)
        let isDecoding = packet.pointee.dts != sv_no_timestamp
        let time = isDecoding ? packet.pointee.dts : packet.pointee.pts
        guard time != sv_no_timestamp else {
            // Of H.264 in an MPEG program only the first frame of a pack has a time.
            if packet.pointee.size > 0, let clock = clocks[index], let expected = clock.expected {
                clocks[index]?.expected = expected + clock.lastStep
            }
            return
        }
        var clock = clocks[index] ?? Clock(timeBase: timeBase, offset: leading(in: timeBase) ?? 0)
        if let expected = clock.expected {
            let gap = time + clock.offset - expected
            if !clock.plausible.contains(gap) || isDecoding && clock.goesBack(to: time) {
                jump(&clock, index: index, time: time, expected: expected, position: packet.pointee.pos)
                (clock.sure, clock.isLastSure) = (nil, false)
            } else if gap > clock.second, let leading = missedCorrection(clock, index: index, time: time) {
                clock.formerOffset = clock.offset
                clock.offset = leading
            }
            clock.noteLeap(from: expected, to: time + clock.offset)
        }
        if clock.isLastSure { clock.sure = clock.last }
        clock.last = isDecoding ? time : nil
        clock.isLastSure = isDecoding && packet.pointee.pts != sv_no_timestamp
        clock.position = packet.pointee.pos
        if packet.pointee.duration > 0 { clock.lastStep = packet.pointee.duration }
        clock.expected = time + clock.offset + clock.lastStep
        clocks[index] = clock
        if packet.pointee.dts != sv_no_timestamp { packet.pointee.dts += clock.offset }
        if packet.pointee.pts != sv_no_timestamp {
            // Where the two are far apart one of them is wrong, and the decoder makes do without.
            let isPlausible = clock.plausible.contains(packet.pointee.pts - time)
            packet.pointee.pts = isPlausible ? packet.pointee.pts + clock.offset : sv_no_timestamp
        }
    }

    private mutating func jump(
        _ clock: inout Clock, index: Int, time: Int64, expected: Int64, position: Int64
    ) {
        let before = clock.offset
        // Of a small leap no more than half: parts of one length lead to the same place again and again.
        let nearness = min(clock.second, abs(clock.offset - clock.formerOffset) / 2)
        let isBehind = clock.resumes.map { time + clock.formerOffset < $0 - clock.lastStep / 2 } ?? false
        if abs(time + clock.formerOffset - expected) <= nearness, !isBehind {
            // Back: the time before was wrong. What leads further back is a part that begins as one before did.
            clock.offset = clock.formerOffset
            clock.isAhead = false
            if index == leader { jumps -= 1 }
        } else if isPause(clock, index: index, time: time) {
            return
        } else if index != leader, let leading = leading(in: clock.timeBase, at: position), leading != before,
            clock.plausible.contains(time + leading - expected)
        {
            clock.offset = leading
            clock.isAhead = false
        } else {
            clock.offset = expected - time
            clock.isAhead = index != leader && leader != nil
            if index == leader { jumps += 1 }
        }
        (clock.formerOffset, clock.resumes) = (before, expected)
        guard index == leader else { return }
        turns.append((clock.position, clock.offset))
        if turns.count > 8 { turns.removeFirst() }
        // Those that jumped first have waited for this.
        for other in clocks.keys where other != index {
            guard let follower = clocks[other], follower.isAhead else { continue }
            clocks[other]?.offset = av_rescale_q(clock.offset, clock.timeBase, follower.timeBase)
            clocks[other]?.isAhead = false
        }
    }

    /// Whether another stream has come as far as this one has after its leap: then the clock has gone on, and this
    /// stream alone had nothing to show or to play. Or the leap leads back from a wrong time a few seconds ahead.
    private func isPause(_ clock: Clock, index: Int, time: Int64) -> Bool {
        let place = time + clock.offset
        if clock.leapt(from: place) { return true }
        if let own = clock.expected, place <= own { return false }
        return clocks.contains { other, witness in
            guard other != index, !witness.isAhead, let expected = witness.expected else { return false }
            return clock.plausible.contains(place - av_rescale_q(expected, witness.timeBase, clock.timeBase))
        }
    }

    /// The leader's correction, for a stream that begins again after a silence and has slept through a jump: its time
    /// is nearer to the leader's with that than with its own.
    private func missedCorrection(_ clock: Clock, index: Int, time: Int64) -> Int64? {
        guard let leader, index != leader, let ahead = clocks[leader], let expected = ahead.expected,
            let leading = leading(in: clock.timeBase), leading != clock.offset
        else { return nil }
        let place = av_rescale_q(expected, ahead.timeBase, clock.timeBase)
        return abs(time + leading - place) < abs(time + clock.offset - place) ? leading : nil
    }

    /// The same for a packet that lies somewhere in the file. Packets come out some time after they were met, sound
    /// later than pictures, so that the leader may be parts ahead: what lies before its last packet of a part is of
    /// that part.
    private func leading(in timeBase: AVRational, at position: Int64) -> Int64? {
        guard let leader, let clock = clocks[leader], position >= 0,
            let turn = turns.last(where: { $0.position < position })
        else { return leading(in: timeBase) }
        return av_rescale_q(turn.offset, clock.timeBase, timeBase)
    }

    private func leading(in timeBase: AVRational) -> Int64? {
        guard let leader, let clock = clocks[leader] else { return nil }
        return av_rescale_q(clock.offset, clock.timeBase, timeBase)
    }
}
