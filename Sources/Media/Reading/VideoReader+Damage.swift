internal import CFFmpeg
import Imaging
import Machine

extension VideoReader {
    /// What was damaged since the last start of decoding.
    public var damage: Damage {
        var damage = Damage()
        damage.frames = decoder.damagedCount
        damage.missing = decoder.missingCount > 0 ? decoder.missingCount : nil
        damage.times = decoder.damagedTimes.map(seconds)
        damage.end = earlyEnd
        return damage
    }

    /// From the clip's start.
    func seconds(_ tick: Int64) -> Double {
        Timestamp(tick - information.video.start.value, timeBase: information.video.timeBase).seconds.rounded(digits: 3)
    }

    /// Counts the frames that should lie between two, where the container was found broken, or a recording's frames are
    /// damaged. Elsewhere a gap is a pause.
    func noteGap(from last: Int64, to tick: Int64) {
        let video = information.video
        // What comes behind a break may be shown before what was lost: B frames hang on a later one. In a program the
        // packet that takes up the next one's remains is damaged, and may be shown one earlier still.
        let isProgram = decoder.demuxer.formatName == "mpeg"
        let slack = Int64(max(0, decoder.context.pointee.has_b_frames) + (isProgram ? 1 : 0)) * video.usualDuration
        defer { decoder.forgetBreaks(before: tick - slack) }
        guard video.averageRate.value > 0 else { return }
        let usual = decoder.codedDistance(within: video.usualDuration)
        // Where frames come at even distances for a while, a gap is measured by those; not where they were moved apart.
        let isEven = 2 * lastSteps.1 > usual && abs(lastSteps.0 - lastSteps.1) <= lastSteps.1 / 4
        let distance = isEven ? lastSteps.1 : usual
        // Of film in a broadcast each second frame stays for half as long again.
        let gap = Int((Double(tick - last) / Double(distance) - 0.25).rounded()) - 1
        lastSteps = (lastSteps.1, tick - last)
        guard gap > 0 else { return }
        let missing = decoder.missing(
            of: gap, between: last...tick, slack: slack, isEven: isEven || lastSteps.0 == 0,
            isBrief: isProgram && isBrief(last...tick))
        if missing < gap, decoder.hasBegun(before: tick), gaps.count < Self.mostGaps {
            gaps.append(Gap(times: last...tick, left: gap - missing, known: missing))
        }
        guard missing > 0 else { return }
        decoder.noteMissing(inGap: missing, at: last + distance)
        if missing == gap { lastSteps.1 = distance }
    }

    /// A gap between two frames' times: how many would fit in it beside those that are known to be missing.
    struct Gap {
        let times: ClosedRange<Int64>
        let left, known: Int
    }

    private static let mostGaps = 1 << 16

    /// Looks for frames that were in a recording: by the times in its gaps of a transport stream's packets, by the
    /// numbers of an MPEG program's pictures. Where the clock jumps its own times are not those of frames.
    func noteSilentLosses() {
        guard decoder.demuxer.clockJumps == 0 else { return }
        switch decoder.demuxer.formatName {
        case "mpegts" where !gaps.isEmpty:
            let found = StampCensus.times(ofStream: decoder.stream.pointee.id, in: path, within: gaps.map(\.times))
            for (gap, times) in zip(gaps, found) {
                let missing = min(gap.left, times.count - gap.known)
                if missing > 0 { decoder.noteMissing(missing, at: times[0]) }
            }
        case "mpeg" where !gaps.isEmpty || decoder.damagedCount > 0: noteMissingNumbers()
        default: break
        }
    }

    /// Numbers alone prove no loss, for an edited film may lack some, and a gap alone is a pause.
    private func noteMissingNumbers() {
        let missing = OrderCensus.missing(
            ofStream: decoder.stream.pointee.id, codec: decoder.context.pointee.codec_id, in: path)
        var left = missing - decoder.missingCount
        for gap in gaps where left > 0 && !isPause(gap) {
            // A key frame that is gone takes the numbers up to it along.
            decoder.noteMissing(gap.left, at: gap.times.lowerBound + information.video.usualDuration)
            left -= gap.left
        }
        // Numbers may be damaged themselves.
        if gaps.isEmpty, left > 0, left <= decoder.damagedCount, let time = decoder.damagedTimes.first {
            decoder.noteMissing(left, at: time)
        }
    }

    /// Whether a gap is a pause in what was recorded, or lies right before one, where the last pictures were never in
    /// the file that others would be shown before.
    private func isPause(_ gap: Gap) -> Bool {
        !isBrief(gap.times)
            || gaps.contains { pause in
                let begin = pause.times.lowerBound
                return !isBrief(pause.times) && (begin - ticksPerSecond...begin).overlaps(gap.times)
            }
    }

    private func isBrief(_ times: ClosedRange<Int64>) -> Bool {
        times.upperBound - times.lowerBound <= ticksPerSecond
    }

    private var ticksPerSecond: Int64 { Int64(ticks: 1 / information.video.timeBase.value) }

    /// Counts the frames that should lie before the first, in a container whose times begin at nought, where it was
    /// found broken on the way to that.
    func noteMissingBeginning(at tick: Int64) {
        let video = information.video
        guard firstTick == nil, !hasJumped, decoder.demuxer.hasBrokenAhead, video.averageRate.value > 0,
            ["matroska,webm", "ogg", "flv", "nut"].contains(decoder.demuxer.formatName)
        else { return }
        // FLV and NUT begin with what is decoded first, and Matroska and Ogg with what is shown.
        let delay = ["flv", "nut"].contains(decoder.demuxer.formatName) ? decoder.context.pointee.has_b_frames : 0
        let missing = Int((Double(tick) / Double(video.usualDuration)).rounded()) - Int(delay)
        if missing > 0 { decoder.noteMissing(missing, at: tick) }
    }

    /// A file that is cut off reads well up to its end; only its own claims tell.
    /// - Parameter countsPackets: whether the stream's packets have been read from the first to the last.
    func noteMissingEnd(countsPackets: Bool) {
        let video = information.video
        if let shortage = decoder.demuxer.spool?.shortage {
            notice("the source \(shortage); its video ends at \(videoEnd) s")
            endEarly()
        } else if decoder.demuxer.leavesFragments {
            notice("the source breaks off at \(videoEnd) s: what follows is no part of an MP4")
            endEarly()
        } else if countsPackets, decoder.demuxer.indexesEveryFrame, claimedFrames > decoder.packetCount {
            notice("the source says it has \(claimedFrames) frames, but holds \(decoder.packetCount): it is cut off")
            endEarly()
        } else if isGIF, !FileLength.isShort(path), let contents = try? FileContents(path),
            !GIFBlocks.areWhole(contents)
        {
            notice("the source breaks off at \(videoEnd) s: what follows is no block of a GIF")
            endEarly()
        } else if countsPackets, hasEveryFrame {
            // What may be cut off is no frame: an AVI's index lies behind them.
            return
        } else if FileLength.isShort(path) || decoder.demuxer.endsBeforeIndex(decoder.stream) {
            let lacks = decoder.demuxer.formatName == "nut" ? "lacks its index" : "is shorter than its head says"
            notice("the source \(lacks): it is cut off, and its video ends at \(videoEnd) s")
            endEarly()
        } else if decoder.demuxer.breaksAtEnd, !isGIF, !FileLength.isPadded(path) {
            notice("the source breaks off within a packet: it is cut off, and its video ends at \(videoEnd) s")
            endEarly()
        } else if isOfWholePackets, decoder.endsInPacket || endsInDamage {
            notice("the source ends in the midst of a frame: it is cut off, and its video ends at \(videoEnd) s")
            endEarly()
        } else if decoder.demuxer.clockJumps == 0, let claimed = video.seconds, let lastTick,
            !FileLength.isUnwritten(path)
        {
            // Of a clock that jumps, the length that libav takes from its ends means nothing.
            let end = Timestamp(lastTick + lastDuration - video.start.value, timeBase: video.timeBase).seconds
            if claimed > end * 1.1 + 1 {
                let claimed = claimed.rounded(digits: 3)
                notice("the source says it is \(claimed) s long; its video ends at \(videoEnd) s")
                if isLengthOfVideo || nothingFills(claimed) { endEarly() }
            }
        }
    }

    /// Of a bare stream nothing but its last frame tells that it is cut off.
    private var endsInDamage: Bool {
        Demuxer.takesRate(decoder.demuxer.context.pointee.iformat) && decoder.endsInDamage
    }

    /// What lies behind a GIF's end libav calls a broken block.
    private var isGIF: Bool { decoder.demuxer.formatName == "gif" }

    /// Counts the frames that an index names and no packet holds. Of a file that is cut off its end tells.
    func noteUnreadFrames() {
        guard let index = decoder.demuxer.index, !FileLength.isShort(path) else { return }
        let lacking = index.lacking(stream: Int(decoder.stream.pointee.index), read: decoder.filledCount)
        let unknown = lacking - decoder.gapCount
        if unknown > 0 { decoder.noteMissing(unknown, at: sv_no_timestamp) }
    }

    /// How many frames damage has taken, by their number: packets with a frame in each, and fewer frames. A key frame
    /// of H.264 takes all with it up to the next, without a word. Not of fields, which may be a packet each, nor of
    /// codecs with hidden frames.
    func noteLostFrames() {
        let hides = [AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1]
        guard decoder.damagedCount > 0, !decoder.demuxer.mayJump, !decoder.hasMetFields,
            !hides.contains(decoder.context.pointee.codec_id)
        else { return }
        decoder.setBroken(max(0, decoder.filledCount - frameCount))
    }

    /// Whether a decoder of several threads may have told less than one of one thread would.
    public var mayHideDamage: Bool { threads > 1 && decoder.isSuspect }

    /// Whether all frames are there that the container counts, and the last one is whole.
    private var hasEveryFrame: Bool {
        !decoder.demuxer.indexesEveryFrame && claimedFrames > 0 && decoder.packetCount >= claimedFrames
            && !decoder.endsInPacket
    }

    /// Whether a packet that is marked as damaged is one whose end is missing: transport streams mark others too, and
    /// are cut anywhere by those who record them.
    private var isOfWholePackets: Bool { !decoder.demuxer.mayJump }

    /// Whether nothing else in the file fills the length that it says: then it is the file that ends.
    private func nothingFills(_ claimed: Double) -> Bool {
        guard
            let demuxer = try? Demuxer(
                path, maximumPixels: Self.maximumPixels, raw: selection.raw, rate: selection.rate)
        else {
            return false
        }
        return demuxer.readToEnd() < claimed / 1.1 - 1
    }

    /// Whether the length that the container says is the video's: elsewhere it is the file's, of which sound or
    /// subtitles may fill the rest.
    private var isLengthOfVideo: Bool {
        decoder.demuxer.indexesEveryFrame
            || !information.streams.contains {
                $0.index != information.video.stream && ![.chapters, .cover, .attachment].contains($0.kind)
            }
    }

    /// Where the last frame ends.
    private var videoEnd: Double { lastTick.map { seconds($0 + lastDuration) } ?? 0 }

    func endEarly() { earlyEnd = earlyEnd ?? videoEnd }

    /// - Throws: `MediaError` damaged where any damage is an error.
    func checkStrictly() throws {
        guard isStrict, !damage.isNone else { return }
        let found =
            damage.times.first.map { "it is damaged at \($0) s" } ?? damage.end.map { "it ends early, at \($0) s" }
        throw MediaError(.damaged, operation: "read", file: information.file, text: found ?? "it is damaged")
    }
}
