import Machine
import Media
import Pipeline
import SystemPackage

/// A clip's painting in chunks: paints those that are missing, and puts them together.
struct Film {
    let workshop: Workshop
    var ledger: Ledger
    /// Of the line's steps, by name.
    private var seconds: [String: Double] = [:]

    init(_ workshop: Workshop, _ ledger: Ledger) { (self.workshop, self.ledger) = (workshop, ledger) }

    private var run: Run { workshop.run }
    private var commission: Commission { ledger.commission }

    /// Begins a film of which nothing is there.
    mutating func begin() throws {
        try ledger.folder.write(commission, to: ledger.folder.job)
        try paint(ledger.chunks.indices, isFresh: true)
    }

    /// Goes on with what is there.
    mutating func goOn() throws {
        try ledger.check(ledger.chunks.indices, run)
        let (count, missing) = (ledger.chunks.count, ledger.missing(of: ledger.chunks.indices))
        for chunk in missing { try LockFile.checkFree(ledger.folder.lock(chunk)) }
        run.notice("\(count - missing.count) of \(count) chunks are there; the job goes on")
        try paint(ledger.chunks.indices, isFresh: false)
    }

    /// Paints those of some chunks that are not there: one line for those that follow one another.
    /// - Parameter isFresh: whether the workshop's own reader stands before the first of them.
    mutating func paint(_ numbers: some Collection<Int>, isFresh: Bool) throws {
        let (missing, all) = (ledger.missing(of: numbers), ledger.frames(in: numbers))
        let before = all - ledger.frames(in: missing)
        var done = before
        for group in missing.groups {
            let told: @Sendable (Int) -> Void = { [run] in
                run.progress(Progress(.painting, done: $0, total: all, before: before))
            }
            try paint(group, of: isFresh ? workshop.clip : reread(), from: done, told)
            done += ledger.frames(in: group)
        }
    }

    /// A reader that finds frames by what the first pass has noted of them.
    private func reread() throws -> WorkingClip {
        let reader = try VideoReader(workshop.job.input, selection: workshop.job.selection)
        (reader.index, reader.check) = (commission.look.index, run.cancellation.check)
        return WorkingClip(reader, settings: workshop.job.settings, team: workshop.studio.network.team)
    }

    /// The frame before the first is painted too where the first is measured against it.
    private mutating func paint(
        _ group: ClosedRange<Int>, of clip: WorkingClip, from done: Int, _ told: @escaping @Sendable (Int) -> Void
    ) throws {
        let frames = ledger.chunks[group.lowerBound].lowerBound..<ledger.chunks[group.upperBound].upperBound
        let isCompared = workshop.meter != nil && !commission.score.followers(in: frames.prefix(1)).isEmpty
        let extra = isCompared ? 1 : 0
        workshop.meter?.startOver()
        var run = run
        run.progress = { if $0.done > extra { told(done + $0.done - extra) } }
        let sink = try ChunkSink(ledger, from: group.lowerBound, workshop)
        defer { ledger = sink.ledger }
        do {
            let played = try workshop.play(
                frames.lowerBound - extra..<frames.upperBound, commission.score, of: clip, into: sink, run)
            seconds.merge(played.seconds, uniquingKeysWith: +)
        } catch {
            sink.abandon()
            throw error
        }
        _ = workshop.findings.take(frames.lowerBound - extra..<frames.lowerBound)
    }

    /// Puts the chunks together, which are all there.
    /// - Parameter firstPass: seconds that it took.
    mutating func finish(firstPass: Double) throws -> PaintReport {
        let closing = ContinuousClock.now
        let hasGrown = workshop.hasGrown(beyond: commission.score.source.frames)
        let notices = try ledger.join(workshop.job, like: workshop.source.information, endsSound: hasGrown, run)
        seconds["write", default: 0] += StyleVideo.seconds(since: closing)
        return report(firstPass: firstPass, notices)
    }

    /// Of a film that is there; the folder goes.
    func report(firstPass: Double = 0, _ notices: [String] = []) -> PaintReport {
        workshop.notices.add(commission.look.notices + notices)
        let measures = ledger.measures
        ledger.folder.clear()
        return workshop.report(commission.look, measures, firstPass: firstPass, seconds)
    }
}

extension Film {
    /// What is to be said where the job ends early; a folder that was made for nothing goes.
    func leave(after error: any Error, isNew: Bool) -> any Error {
        let (folder, score) = (ledger.folder, commission.score)
        let content = ledger.records.values.reduce(into: (frames: 0, bytes: 0)) {
            $0 = ($0.frames + $1.content.frames, $0.bytes + $1.bytes)
        }
        let error = Room(score: score).explain(error, written: content)
        if isNew { folder.clearIfUseless() }
        let kept = folder.recordCount
        guard kept > 0, let reason = error as? any Trouble, !(reason is Held) else { return error }
        return Explained(
            reason: reason,
            addition: "\(kept) of \(ledger.chunks.count) chunks are kept in \(printable(folder.path.string)), and the "
                + "same command goes on")
    }
}

extension [Int] {
    /// Of rising numbers, those that follow one another.
    fileprivate var groups: [ClosedRange<Int>] {
        reduce(into: []) { groups, number in
            if let last = groups.last, last.upperBound + 1 == number {
                groups[groups.count - 1] = last.lowerBound...number
            } else {
                groups.append(number...number)
            }
        }
    }
}

extension Range<Int> {
    fileprivate func prefix(_ count: Int) -> Range<Int> { lowerBound..<Swift.min(lowerBound + count, upperBound) }
}
