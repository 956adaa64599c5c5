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
        if look.score.chunks.count > 1 { abandon() }
        let room = try room(look, workshop)
        guard let writer else {
            return try film(workshop, ledger(workshop, look, said, room), firstPass: seconds)
        }
        defer { writer.abandon() }
        do {
            return try whole(workshop, (look, seconds), into: writer)
        } catch {
            throw room.explain(error, written: writer.encoded)
        }
    }

    /// - Parameter said: of the output.
    private func ledger(
        _ workshop: Workshop, _ look: Look, _ said: [String], _ room: Room, isPlanned: Bool = false
    ) throws -> Ledger {
        var look = look
        look.score.source.digest = try Digest.sha256(of: input)
        look.notices = workshop.source.notices + said + look.notices
        var commission = workshop.commission(look, isPlanned: isPlanned)
        (commission.film, commission.sound) = (room.film, room.sound)
        return Ledger(folder, commission)
    }

    /// Writes down what is to be painted, and paints nothing.
    func plan(_ run: Run) throws -> Ledger {
        let isDone = try isDone()
        let workshop = try Workshop(self, run, paints: false)
        if restart { try folder.startOver() }
        if let known = try known(workshop, isDone: isDone) { return known }
        if isDone { try checkOutput() }
        let writer = try writer(for: workshop)
        defer { writer.abandon() }
        let look = try workshop.look()
        let room = try room(look, workshop)
        let ledger = try ledger(workshop, look, writer.notices, room, isPlanned: true)
        let lock = try folder.enter()
        defer { lock.release() }
        if let begun = try begun(ledger) { return begun }
        try folder.write(ledger.commission, to: folder.job)
        return ledger
    }

    /// Reckons what the painting takes, says so, and refuses disks that cannot hold it.
    /// - Throws: `JobError` noRoom; as for painting.
    private func room(_ look: Look, _ workshop: Workshop) throws -> Room {
        var room = Room(score: look.score, sound: audio != .none ? workshop.source.information.soundBytes ?? 0 : 0)
        try room.check(rooms(look.score))
        guard let forecast = try Forecast(look, workshop) else { return room }
        workshop.foresee(forecast)
        room.film = forecast.film
        workshop.run.notice(forecast.sentence(disk: forecast.film + room.sound))
        try room.check(rooms(look.score))
        return room
    }

    /// Where the film goes, and its chunks.
    func rooms(_ score: Score) -> [FilePath] {
        [output.removingLastComponent()] + (score.chunks.count > 1 ? [folder.ground] : [])
    }

    private func writer(for workshop: Workshop) throws -> VideoWriter {
        let writer = try VideoWriter(
            output, like: workshop.source.information, width: workshop.clip.width, height: workshop.clip.height,
            settings: workshop.job.encoder, audioFrom: carried, carrying: .init(sound: audio, subtitles: subtitles),
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
        guard all.isEmpty else { try folder.refuse(all, hasLock: true) }
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
        guard isDone else { try folder.refuse(all, hasLock: false) }
        // Its film is complete, and only the folder was left behind.
        try checkOutput()
        folder.clear()
        return nil
    }
}
