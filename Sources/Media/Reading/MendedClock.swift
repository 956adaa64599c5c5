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

    private struct Clock {
        var timeBase: AVRational
        /// What is added to the file's times, and what was before the last jump.
        var offset: Int64
        var formerOffset: Int64
        /// When the next packet should begin, corrected.
        var expected: Int64?
        var lastStep: Int64 = 0
        /// Whether it jumped by itself, before the leader did.
        var isAhead = false

        init(timeBase: AVRational, offset: Int64) {
            self.timeBase = timeBase
            self.offset = offset
            formerOffset = offset
        }

        var second: Int64 { av_rescale_q(1, AVRational(num: 1, den: 1), timeBase) }
        /// How far from what is expected a time may lie and be a pause; ffmpeg's limit ahead is ten seconds as well.
        var plausible: ClosedRange<Int64> { -second...10 * second }
    }

    init(leader: Int?) { self.leader = leader }

    /// Forgets all corrections.
    mutating func restart() {
        clocks = [:]
        jumps = 0
    }

    /// Brings a packet's times onto the clock.
    mutating func correct(_ packet: UnsafeMutablePointer<AVPacket>, timeBase: AVRational) {
        let index = Int(packet.pointee.stream_index)
        let time = packet.pointee.dts != sv_no_timestamp ? packet.pointee.dts : packet.pointee.pts
        guard time != sv_no_timestamp else { return }
        var clock = clocks[index] ?? Clock(timeBase: timeBase, offset: leading(in: timeBase) ?? 0)
        if let expected = clock.expected {
            let gap = time + clock.offset - expected
            if !clock.plausible.contains(gap) {
                jump(&clock, index: index, time: time, expected: expected)
            } else if gap > clock.second, let leading = missedCorrection(clock, index: index, time: time) {
                clock.formerOffset = clock.offset
                clock.offset = leading
            }
        }
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

    private mutating func jump(_ clock: inout Clock, index: Int, time: Int64, expected: Int64) {
        let before = clock.offset
        if (-clock.second...clock.second).contains(time + clock.formerOffset - expected) {
            // Back: the time before was wrong.
            clock.offset = clock.formerOffset
            clock.isAhead = false
            if index == leader { jumps -= 1 }
        } else if isPause(clock, index: index, time: time) {
            return
        } else if index != leader, let leading = leading(in: clock.timeBase), leading != before,
            clock.plausible.contains(time + leading - expected)
        {
            clock.offset = leading
            clock.isAhead = false
        } else {
            clock.offset = expected - time
            clock.isAhead = index != leader && leader != nil
            if index == leader { jumps += 1 }
        }
        clock.formerOffset = before
        guard index == leader else { return }
        // Those that jumped first have waited for this.
        for other in clocks.keys where other != index {
            guard let follower = clocks[other], follower.isAhead else { continue }
            clocks[other]?.offset = av_rescale_q(clock.offset, clock.timeBase, follower.timeBase)
            clocks[other]?.isAhead = false
        }
    }

    /// Whether another stream has come as far as this one has after its leap: then the clock has gone on, and this
    /// stream alone had nothing to show or to play; or the leap leads back from a wrong time a few seconds ahead.
    private func isPause(_ clock: Clock, index: Int, time: Int64) -> Bool {
        let place = time + clock.offset
        let others = clocks.filter { $0.key != index }.values
        func distance(_ other: Clock) -> Int64? {
            other.expected.map { place - av_rescale_q($0, other.timeBase, clock.timeBase) }
        }
        if let own = clock.expected, place <= own {
            // A stream that ended long ago is no witness here: the one that has come furthest is asked, whatever it
            // did.
            return others.compactMap(distance).min().map { abs($0) < clock.second / 2 } ?? false
        }
        return others.filter { !$0.isAhead }.compactMap(distance).contains(where: clock.plausible.contains)
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

    private func leading(in timeBase: AVRational) -> Int64? {
        guard let leader, let clock = clocks[leader] else { return nil }
        return av_rescale_q(clock.offset, clock.timeBase, timeBase)
    }
}
