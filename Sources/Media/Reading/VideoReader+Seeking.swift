internal import CFFmpeg
public import Imaging
import SystemPackage

extension VideoReader {
    /// Makes a frame the next one that `advance` stands on, wherever the reader stands now. The frame is, byte for
    /// byte, the one that reading in order gives.
    ///
    /// Goes there by the container where decoding from a key frame is known to give the same: the frame must come out
    /// at its tick, undamaged, on a clock that does not start anew. Everywhere else it reads on, or from the
    /// beginning. With an `index` it jumps only where a key frame lies between.
    /// - Parameter target: a place that a reader of the same selection has given.
    /// - Throws: `MediaError`, as for reading.
    public func seek(to target: Place) throws {
        let isAhead = !hasEnded && target.number >= frameCount
        if let index, index.isCertain || !isAhead {
            let isNear = isAhead && index.key(before: target.number) ?? 0 <= frameCount
            if index.isCertain, try isNear ? hunt(target) : jump(to: target) { return }
            self.index?.isCertain = false
            try readAgain()
        } else if index == nil, target.number != frameCount, try !jump(to: target) {
            try readAgain()
        }
        try passOver(until: target.number)
    }

    /// The same by a frame's number: by the index, or where that does not know the frame, by reading in order.
    public func seek(toFrame number: Int) throws {
        if let index, index.ticks.indices.contains(number) {
            let time = Timestamp(index.ticks[number], timeBase: information.video.timeBase)
            return try seek(to: Place(number: number, presentationTime: time))
        }
        if number < frameCount { try readAgain() }
        try passOver(until: number)
    }

    private func passOver(until number: Int) throws {
        while frameCount < number, try advance() != nil { try check() }
    }

    /// Goes to a key frame before the target, or to the beginning where none is found, and decodes from there.
    private func jump(to target: Place) throws -> Bool {
        guard !decoder.demuxer.mayJump else { return false }
        let tick = target.presentationTime.value
        let wanted = firstWanted(for: tick)
        decoder.passesOver = wanted
        defer { decoder.passesOver = nil }
        if let first = VideoReader.seek(decoder, to: tick, start: information.video.start.value) {
            forgetPosition()
            (waiting, hasJumped) = (first, true)
        } else {
            try readAgain()
        }
        return try hunt(target, wanted: wanted)
    }

    /// The time from which on no picture may be passed over on the way to another: a second earlier, where the frame
    /// before that one may be needed.
    private func firstWanted(for tick: Int64) -> Int64 {
        guard let deinterlacer = decoder.deinterlacer else { return tick }
        let isProgressive = decoder.stream.pointee.codecpar.pointee.field_order == AV_FIELD_PROGRESSIVE
        let second = Int64(ticks: 1 / information.video.timeBase.value)
        return isProgressive && !deinterlacer.hasMet ? tick : tick - second
    }

    /// Decodes up to the target.
    /// - Parameter wanted: from when on no picture has been passed over on the way to here.
    /// - Returns: false where it does not come as it should.
    private func hunt(_ target: Place, wanted: Int64? = nil) throws -> Bool {
        let (tick, damage) = (target.presentationTime.value, decoder.damagedCount)
        let wanted = wanted ?? firstWanted(for: tick)
        decoder.passesOver = wanted
        defer { decoder.passesOver = nil }
        while let decoded = waiting ?? decoder.next() {
            waiting = decoded
            guard let found = bestTick(of: decoded), found <= tick, decoder.damagedCount == damage else { return false }
            if found == tick {
                // What an interlaced frame is made of must not have been passed over.
                if let before = decoder.deinterlacer?.timeBefore, before < wanted { return false }
                frameCount = target.number
                return true
            }
            (waiting, lastTick) = (nil, found)
            try check()
        }
        return false
    }

    /// Opens the file anew and stands before the selection's first frame.
    private func readAgain() throws {
        forgetPosition()
        hasJumped = false
        decoder = try VideoReader.open(path, threads: threads, selection)
        guard let first = decoder.next() else { throw VideoReader.noFrame(decoder) }
        waiting = first
        try goToSelection(from: first)
    }

    func goToSelection(from first: UnsafeMutablePointer<AVFrame>) throws {
        guard let firstTick, let tick = bestTick(of: first), firstTick > tick else { return }
        (decoder, waiting) = try VideoReader.restart(
            decoder, at: firstTick, start: information.video.start.value, path, threads: threads,
            selection)
    }
}
