internal import CFFmpeg

/// How many frames damage has taken of a recording. It may begin and end anywhere, and pause, so that neither its
/// packets nor its times tell by themselves: a gap counts where damage lies in it, as far as there were packets for it.
///
/// A packet whose beginning is damaged has no time, or becomes a part of the one before it: where frames come at even
/// distances a gap of as many frames as there are damaged packets counts too.
struct RecordingLosses {
    /// When the first key frame is shown, and that of each part behind a jump of the clock: what comes before hangs on
    /// frames that were never there.
    private var begin: Int64?
    private var jumps = 0
    /// When packets are to be shown whose frames have not come, and those that will not come any more.
    private var awaited: Set<Int64> = []
    private var gone: [Int64] = []
    private var damages: [Int64] = []
    /// Of the last packet.
    private var last = sv_no_timestamp

    /// - Parameter jumps: how often the clock has begun anew.
    mutating func send(_ packet: UnsafeMutablePointer<AVPacket>, jumps: Int) {
        let packet = packet.pointee
        if self.jumps != jumps { (begin, self.jumps) = (nil, jumps) }
        last = packet.pts
        guard packet.pts != sv_no_timestamp, packet.size > 0, packet.flags & AV_PKT_FLAG_DISCARD == 0 else { return }
        if begin == nil, packet.flags & AV_PKT_FLAG_KEY != 0 { begin = packet.pts }
        if let begin, packet.pts >= begin { awaited.insert(packet.pts) }
    }

    func hasBegun(before time: Int64) -> Bool { begin.map { $0 < time } ?? false }

    mutating func note(damageAt time: Int64) {
        if time != sv_no_timestamp, let begin, time >= begin { damages.append(time) }
    }

    /// A frame has come. Those before it do not come any more.
    mutating func keep(frameAt time: Int64) {
        guard time != sv_no_timestamp else { return }
        awaited.remove(time)
        let passed = awaited.filter { $0 < time }
        awaited.subtract(passed)
        gone += passed
    }

    /// - Parameters:
    ///   - gap: how many frames would fit between two.
    ///   - times: theirs.
    ///   - slack: how far what is shown may lie from what it hangs on.
    ///   - isEven: whether frames came at even distances before.
    ///   - isBrief: whether they are too near for a pause, in a container that tells of no loss, as MPEG programs: of
    ///     what damage has taken there packets bear no times, and one may hold several frames.
    ///   - hasEnded: whether all has been sent. A last packet that is damaged was cut there, and what would have been
    ///     shown before it was never in it.
    func missing(
        of gap: Int, between times: ClosedRange<Int64>, slack: Int64, isEven: Bool, isBrief: Bool, hasEnded: Bool
    ) -> Int {
        let damages = damages.filter { $0 > times.lowerBound - slack && !(hasEnded && $0 == last) }
        guard !damages.isEmpty else { return 0 }
        func lies(_ time: Int64) -> Bool { time > times.lowerBound && time < times.upperBound }
        let promised = gone.count(where: lies) + awaited.count(where: lies)
        let near = damages.count { $0 <= times.upperBound + slack }
        if isBrief, isEven, near > 0, !hasEnded { return gap }
        return gap <= promised + near && (promised > 0 || isEven) ? gap : min(gap, promised)
    }

    mutating func forget(before time: Int64) {
        gone.removeAll { $0 <= time }
        damages.removeAll { $0 <= time }
    }
}
