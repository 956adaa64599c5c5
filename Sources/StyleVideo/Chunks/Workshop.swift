import Imaging
import Machine
import Media
import Pipeline
import StyleKernel
import Synchronization
import SystemPackage

/// What painting a clip takes: made before any long work, so that what it cannot do is told at once.
struct Workshop {
    let job: VideoJob
    let run: Run
    let source: VideoReader
    let studio: Studio
    /// The source at the size at which it is painted; stands at its beginning.
    let clip: WorkingClip
    let meter: SteadinessMeter?
    let cache: Cache
    let notices: Notices
    /// About how many bytes the job takes, with what it has taken by now.
    let memory: Int
    let findings = Findings()
    private let foresight = Foresight()
    private let held = HeldMasks()
    private let start = ContinuousClock.now
    /// Bytes of stacks, packets and whatever else is small: three clips of 480 pixels held 16 to 65 MiB more than what
    /// is reckoned.
    private static let sundries = 80 << 20

    /// - Parameter paints: whether painting follows the first pass.
    /// - Throws: as `VideoJob.run`.
    init(_ job: VideoJob, _ run: Run, paints: Bool = true) throws {
        source = try VideoReader(job.input, selection: job.selection, mapping: job.settings.toneMapping)
        var job = job
        if job.mayKeepOpacity, source.hasOpacity { job.encoder = job.encoder.keepingOpacity }
        self.job = job
        self.run = paints ? run.foreseeing(foresight.prospect) : run
        studio = try Studio(job.settings, job.hand, run)
        clip = job.clip(source, studio)
        foresight.foresee(studio, clip)
        meter =
            try job.measure
            ? SteadinessMeter(for: clip, team: studio.network.team, run, distances: findings.distances) : nil
        try studio.network.checkMemory(for: clip, meter, job.settings.steady, job.hand.demand)
        notices = Notices(run.notice)
        notices.add(source.notices)
        cache = studio.network.cache(
            run.cache, for: clip, meter, job.settings.steady, job.hand.demand, notices)
        memory =
            (Memory.peak ?? 0) + Self.sundries
            + studio.network.memoryNeeded(
                width: clip.width, height: clip.height, format: clip.format, source: source.size, job.settings.steady,
                job.hand.demand, beside: meter.bytes(for: clip) + clip.bytesOfOpacity(job.settings.steady),
                cache: cache)
        // What a container tells of its frames' times is not all, but enough to refuse a mask by. Of a stretch only the
        // first pass knows the last.
        let selection = job.selection
        if !job.hand.regions.isEmpty, selection.start == nil, selection.end == nil, selection.frames == nil,
            let index = try FrameIndex(packetsOf: job.input, job.selection, check: run.cancellation.check)
        {
            _ = try masks(for: index)
        }
        if job.measure, meter == nil {
            notices.add(["frames of \(clip.width) x \(clip.height) are too small for LPIPS, which is not measured"])
        }
    }

    /// Looks the clip through, once.
    func look() throws -> Look {
        var pass = FirstPass(job, run)
        let seen: FirstPass.Seen
        if let find = run.scout?.find(for: run) { (pass, seen) = find } else { seen = try pass.lookTwice() }
        let damage = seen.reader.damage
        let samples = job.clip(seen.reader, studio)
        let scenes =
            job.settings.isUnpainted
            ? seen.shots.map { Score.Scene(frames: $0.frames, statistics: SceneStatistics(channels: [:]), noise: nil) }
            : try pass.scored(
                seen.shots, of: samples, by: FigureTaker(studio, like: samples), steady: job.settings.steady)
        guard let index = seen.reader.index else { throw MediaError.changed(job.input) }
        let times = source.times(of: index)
        // Before the first is painted.
        _ = try masks(for: index)
        precondition(times.ticks.count == seen.shots.last!.frames.upperBound, "frames whose times were not noted")
        return Look(
            score: try score(times, scenes), index: index,
            notices: seen.reader.notices + studio.hand.notices(on: times), damage: damage, start: times.start)
    }

    /// The score of all that is known without looking at the clip.
    func score(_ times: FrameTimes, _ scenes: [Score.Scene]) throws -> Score {
        try Score(
            clip, times, scenes: scenes, studio: studio, settings: job.settings,
            output: Score.Output(
                encoding: job.encoder, audio: job.audio, subtitles: job.subtitles, chunkLength: job.chunkLength))
    }

    func commission(_ look: Look, isPlanned: Bool) -> Commission {
        Commission(
            job, look, weights: studio.network.weights, measuredSize: meter?.size, isPlanned: isPlanned)
    }

    /// What this job differs in from one that was begun before.
    func differences(from other: Commission) throws -> (job: [String], machine: [String]) {
        var look = other.look
        look.score = try score(source.times(of: look.index), other.score.scenes)
        look.score.source.digest = try Digest.sha256(of: job.input)
        return commission(look, isPlanned: other.isPlanned).differences(from: other)
    }

    /// - Throws: `JobError`: otherMachine, otherInput.
    func checkSame(as planned: Commission) throws {
        let differences = try differences(from: planned)
        guard differences.machine.isEmpty else { throw JobError.otherMachine(differences: differences.machine) }
        guard differences.job.isEmpty else {
            throw JobError.otherInput(file: job.input.string, differences: differences.job)
        }
    }

    /// The clip once more, by what the first pass has noted of it.
    func reread(_ look: Look) throws -> WorkingClip {
        let reader = try VideoReader(
            job.input, selection: job.selection, threads: look.threads, mapping: job.settings.toneMapping)
        (reader.index, reader.check) = (look.index, run.cancellation.check)
        return job.clip(reader, studio)
    }

    /// The clip at its beginning.
    func fresh(_ look: Look) throws -> WorkingClip { look.damage.isNone ? clip : try reread(look) }

    /// Plays some of a score's frames.
    func play(
        _ frames: Range<Int>, _ score: Score, of clip: WorkingClip, into sink: any FrameSink, _ run: Run
    ) throws -> Line.Played {
        // A clip at its beginning has no index, and has just been looked through.
        let masks = try clip.reader.index.map(masks(for:)) ?? held.masks
        let played = try Player(score: score, studio: studio, cache: cache, masks: masks, shares: findings.shares)
            .play(frames, of: clip, meter: meter, into: sink, run)
        guard played.frames == frames.count else { throw MediaError.changed(job.input) }
        return played
    }

    /// The masks of the job's regions; nil where it has none.
    /// - Parameter index: where the clip's frames lie.
    private func masks(for index: FrameIndex) throws -> Masks? {
        guard !job.hand.regions.isEmpty, let span = source.times(of: index).span else { return nil }
        if let masks = held.masks, masks.isMade(for: span) { return masks }
        let made = try Masks(
            job.hand, job.input, of: clip, span, team: studio.network.team, check: run.cancellation.check)
        held.masks = made
        return made
    }

    /// What a few frames have told of all of them.
    func foresee(_ forecast: Forecast) {
        foresight.secondsPerFrame.withLock { $0 = forecast.seconds / Double(forecast.frames) }
    }

    /// Whether a clip that has been read to its end has more frames than it had at first.
    func hasGrown(_ clip: WorkingClip, beyond frames: Int) -> Bool {
        guard clip.reader.frameCount > frames else { return false }
        notices.add(["the source has grown since it was first read; what came later is left out"])
        return true
    }

    /// - Parameters:
    ///   - painted: how many frames this run has painted.
    ///   - firstPass: seconds that it took.
    ///   - steps: seconds of the line's steps, by name.
    func report(
        _ look: Look, _ measures: Measures, painted: Int, firstPass: Double, _ steps: [String: Double]
    ) -> PaintReport {
        let stages = PaintReport.StageSeconds(
            total: seconds(since: start), firstPass: firstPass, style: studio.styleSeconds, steps)
        var settings = SettingsReport(
            job.settings, job.hand, studio.network, encoder: job.encoder, selection: job.selection, audio: job.audio,
            subtitles: job.subtitles,
            steady: job.settings.steady)
        settings.cache = cache.rawValue
        var report = PaintReport(
            job, look, measures, size: meter?.size, painted: painted, stages, settings, notices.all)
        report.reuse = studio.network.stylizer.reuse
        return report
    }
}

/// What painting will take, by what is known of it before.
private final class Foresight: Sendable {
    let secondsPerFrame = Mutex<Double?>(nil)
    /// So many times what the network takes to remember as large a style picture: 3.3 to 6 on three clips.
    private static let paintingPerStyle = 4.5

    /// By the style pictures, which are the first that the network has looked at, and about 1.3 times as wide as high.
    func foresee(_ studio: Studio, _ clip: WorkingClip) {
        let pixels = Set(studio.pictures + studio.regionPictures).reduce(0) { $0 + 1.3 * Double($1.size * $1.size) }
        let perPixel = studio.styles.clock.seconds / max(pixels, 1)
        secondsPerFrame.withLock { $0 = Self.paintingPerStyle * perPixel * Double(clip.width * clip.height) }
    }

    @Sendable func prospect() -> Progress.Prospect {
        Progress.Prospect(secondsPerFrame: secondsPerFrame.withLock { $0 })
    }
}

/// Those of the times that were asked for last.
// Sendable: a workshop makes them before it plays, and plays one stretch at a time.
private final class HeldMasks: @unchecked Sendable {
    var masks: Masks?
}

extension VideoJob {
    /// What a reader reads, as the job paints it: as deep as it is encoded.
    fileprivate func clip(_ reader: VideoReader, _ studio: Studio) -> WorkingClip {
        WorkingClip(
            reader, settings: settings, format: encoder.pixelFormat.frameFormat,
            keepsOpacity: encoder.pixelFormat.hasOpacity, team: studio.network.team)
    }
}
