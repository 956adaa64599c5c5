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
    /// The clip that was played last.
    private var played: WorkingClip?

    init(_ workshop: Workshop, _ ledger: Ledger) { (self.workshop, self.ledger) = (workshop, ledger) }

    private var run: Run { workshop.run }
    private var commission: Commission { ledger.commission }

    /// Begins a film of which nothing is there.
    mutating func begin() throws {
        try ledger.folder.begin(commission)
        // Another run may have been here since this one has looked.
        guard ledger.folder.recordCount == 0 else { return try goOn() }
        try paint(ledger.chunks.indices, isFresh: true)
    }

    /// Goes on with what is there.
    mutating func goOn() throws {
        ledger.folder.keep()
        try ledger.check(ledger.chunks.indices, run)
        let (count, missing) = (ledger.chunks.count, ledger.missing(of: ledger.chunks.indices))
        for chunk in missing { try LockFile.checkFree(ledger.folder.lock(chunk)) }
        run.notice("\(count - missing.count) of \(count) chunks are there; the job goes on")
        try ledger.checkRoom(workshop.job.rooms(commission.score))
        try paint(ledger.chunks.indices, isFresh: false)
    }

    /// Paints those of some chunks that are not there: one line for those that follow one another.
    /// - Parameters:
    ///   - isFresh: whether the workshop's own reader stands before the first of them.
    ///   - passingHeld: whether chunks that others are at work on are left to them.
    mutating func paint(_ numbers: some Collection<Int>, isFresh: Bool, passingHeld: Bool = false) throws {
        var left = ledger.missing(of: numbers)[...]
        let before = ledger.frames(in: numbers) - ledger.frames(in: left)
        while let first = left.first {
            let group = Array(left).groups[0]
            do {
                try paint(
                    group, of: isFresh ? workshop.fresh(commission.look) : workshop.reread(commission.look),
                    among: Array(numbers), before: before)
                left = left.dropFirst(group.count)
            } catch is Held where passingHeld {
                // Those before it are there now.
                left = left.drop { ledger.records[$0] != nil }.dropFirst()
            }
            while let next = left.first, next > first {
                ledger.checkAgain(next)
                guard ledger.records[next] != nil else { break }
                left = left.dropFirst()
            }
        }
    }

    /// The frame before the first is painted too where the first is measured against it.
    private mutating func paint(
        _ group: ClosedRange<Int>, of clip: WorkingClip, among numbers: [Int], before: Int
    ) throws {
        let frames = ledger.chunks[group.lowerBound].lowerBound..<ledger.chunks[group.upperBound].upperBound
        let isCompared = workshop.meter != nil && !commission.score.followers(in: frames.prefix(1)).isEmpty
        let extra = isCompared ? 1 : 0
        played = clip
        workshop.meter?.startOver()
        let (all, done) = (ledger.frames(in: numbers), ledger.frames(in: numbers.filter { ledger.records[$0] != nil }))
        let told = run.placing(commission.look) { frames.lowerBound + $0 - done - 1 }.progress
        var attempt = run.attempt()
        attempt.progress = {
            guard $0.done > extra else { return }
            told(Progress(.painting, done: done + $0.done - extra, total: all, before: before))
        }
        let sink = try ChunkSink(ledger, from: group.lowerBound, workshop)
        defer { ledger = sink.ledger }
        do {
            let played = try workshop.play(
                frames.lowerBound - extra..<frames.upperBound, commission.score, of: clip, into: sink, attempt)
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
        let hasGrown = played.map { workshop.hasGrown($0, beyond: commission.score.source.frames) } ?? false
        let notices = try ledger.join(workshop.job, like: workshop.source.information, endsSound: hasGrown, run)
        seconds["write", default: 0] += StyleVideo.seconds(since: closing)
        return report(firstPass: firstPass, notices)
    }

    /// Of a film that is there; the folder goes.
    func report(firstPass: Double = 0, _ notices: [String] = []) -> PaintReport {
        workshop.notices.add(notices)
        let measures = ledger.measures
        ledger.clear()
        return workshop.report(
            commission.look, measures, painted: ledger.frames(in: ledger.entered), firstPass: firstPass, seconds)
    }
}

extension Film {
    /// What is to be said where the job ends early; a folder that was made for nothing goes.
    func leave(after error: any Error, isNew: Bool) -> any Error {
        guard !error.isFilmElsewhere else { return error }
        let (folder, error) = (ledger.folder, ledger.explained(error))
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
    var groups: [ClosedRange<Int>] {
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
