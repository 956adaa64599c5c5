import Machine
import Media

extension VideoJob {
    /// Paints into a file: all at once where it is one chunk, else in a folder.
    func film(_ workshop: Workshop, isDone: Bool) throws -> PaintReport {
        if restart { try folder.startOver() }
        let known = try known(workshop, isDone: isDone)
        if isDone, known == nil { try checkOutput() }
        // Made now, so that what it cannot do is told at once.
        var writer: VideoWriter? = try writer(for: workshop)
        let said = writer?.notices ?? []
        // Chunks have an encoder of their own, beside which there is no room for this one. To let go of it is not
        // enough: its file then stayed until the film was complete.
        func abandon() {
            writer?.abandon()
            writer = nil
        }
        if known != nil { abandon() }
        if let known { return try film(workshop, known, firstPass: nil, isDone: isDone) }
        let (look, seconds) = try workshop.lookThrough()
        try checkRoom(look.score)
        if look.score.chunks.count > 1 { abandon() }
        guard let writer else {
            return try film(workshop, ledger(workshop, look, said), firstPass: seconds)
        }
        defer { writer.abandon() }
        do {
            return try whole(workshop, (look, seconds), into: writer)
        } catch {
            let written = (frames: writer.frameCount, bytes: FilmMark(writer.temporary)?.bytes ?? 0)
            throw Room(score: look.score).explain(error, written: written)
        }
    }

    /// - Parameter said: of the output.
    private func ledger(
        _ workshop: Workshop, _ look: Look, _ said: [String], isPlanned: Bool = false
    ) throws -> Ledger {
        var look = look
        look.score.source.digest = try Digest.sha256(of: input)
        look.notices = workshop.source.notices + said + look.notices
        return Ledger(folder, workshop.commission(look, isPlanned: isPlanned))
    }

    /// Writes down what is to be painted, and paints nothing.
    func plan(_ run: Run) throws -> Ledger {
        let isDone = !restart && folder.holds(film: output)
        if !isDone { try checkOutput() }
        let workshop = try Workshop(self, run)
        if restart { try folder.startOver() }
        if let known = try known(workshop, isDone: isDone) { return known }
        if isDone { try checkOutput() }
        let writer = try writer(for: workshop)
        defer { writer.abandon() }
        let look = try workshop.look()
        try checkRoom(look.score)
        let ledger = try ledger(workshop, look, writer.notices, isPlanned: true)
        let lock = try folder.enter()
        defer { lock.release() }
        if let begun = try begun(ledger) { return begun }
        try folder.write(ledger.commission, to: folder.job)
        return ledger
    }

    /// - Throws: `JobError` noRoom.
    private func checkRoom(_ score: Score) throws {
        let isChunked = score.chunks.count > 1
        try Room(score: score).check([output.removingLastComponent()] + (isChunked ? [folder.ground] : []))
    }

    private func writer(for workshop: Workshop) throws -> VideoWriter {
        let writer = try VideoWriter(
            output, like: workshop.source.information, width: workshop.clip.width, height: workshop.clip.height,
            settings: encoder, audioFrom: input, carrying: .init(sound: audio, subtitles: subtitles),
            selection: selection)
        workshop.notices.add(writer.notices)
        return writer
    }

    /// Paints in a folder.
    /// - Parameter firstPass: seconds that it took; nil where the folder was there.
    private func film(
        _ workshop: Workshop, _ ledger: Ledger, firstPass: Double?, isDone: Bool = false
    ) throws -> PaintReport {
        workshop.notices.add(ledger.commission.look.notices)
        guard !isDone else { return Film(workshop, ledger).report() }
        let lock = try folder.enter()
        defer { lock.release() }
        let begun = try begun(ledger)
        var film = Film(workshop, begun ?? ledger)
        // Asked again: another run may have made the film while this one looked the clip through.
        if begun != nil, folder.holds(film: output) { return film.report() }
        do {
            try checkOutput()
            if begun == nil { try film.begin() } else { try film.goOn() }
            return try film.finish(firstPass: firstPass ?? 0)
        } catch {
            throw film.leave(after: workshop.run.cancellation.reason ?? error, isNew: begun == nil)
        }
    }

    /// The job as it is in the folder by now: another run may have begun one since this one has looked.
    /// - Precondition: this run has the lock.
    /// - Throws: `JobError`: otherJob, damagedJob.
    private func begun(_ ledger: Ledger) throws -> Ledger? {
        guard let found = try folder.commission() else { return nil }
        let differences = ledger.commission.differences(from: found)
        let all = differences.job + differences.machine
        guard all.isEmpty else { throw JobError.otherJob(folder: folder.path.string, differences: all) }
        return Ledger(folder, found)
    }

    /// What an earlier run of the same job has left.
    /// - Throws: `JobError` otherJob.
    private func known(_ workshop: Workshop, isDone: Bool) throws -> Ledger? {
        guard let found = try folder.commission() else {
            // A run was killed while it cleared the folder.
            if isDone { folder.clear() }
            return nil
        }
        let differences = try workshop.differences(from: found)
        let all = differences.job + differences.machine
        guard !all.isEmpty else {
            if isStrict { try found.look.checkWhole(input) }
            return Ledger(folder, found)
        }
        guard isDone else { throw JobError.otherJob(folder: folder.path.string, differences: all) }
        // Its film is complete, and only the folder was left behind.
        try checkOutput()
        folder.clear()
        return nil
    }
}
