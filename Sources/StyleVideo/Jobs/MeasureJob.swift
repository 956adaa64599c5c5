import Imaging
import Machine
public import Media
import Perception
import Pipeline
public import SystemPackage

/// Measures how steady a clip is, and how far from its source: what `stylevideo measure` does.
public struct MeasureJob: Sendable {
    public var input: FilePath
    /// The clip that `input` was painted from.
    public var against: FilePath?
    /// The stretch of `against` that was painted.
    public var selection = Selection.all

    public init(input: FilePath, against: FilePath? = nil) { (self.input, self.against) = (input, against) }

    /// - Throws: a `Trouble`: `MediaError`, `JobError` differentClips, `PerceptionError`, `Shortage`, errors of the
    ///   weights; the reason of the cancellation.
    public func run(_ run: Run = Run()) throws -> MeasureReport {
        let reader = try VideoReader(input, mapping: .off)
        // As it was painted from: mapped, but where the painting has kept the source's light.
        let mapping = reader.information.video.colour.isHighDynamicRange ? ToneMapping.off : .hable
        let source = try against.map { try VideoReader($0, selection: selection, mapping: mapping) }
        let notices = Notices(run.notice)
        notices.add(reader.notices)
        try checkMemory(for: [reader, source].compactMap { $0?.information.video }, run)
        let team = ThreadTeam(threads: run.threads)
        let lpips = try LPIPS(weights: run.resource("lpips-alex.safetensors"), team: team)
        // Whatever refuses does so before the clip is decoded as a whole.
        try LPIPS.checkSize(width: reader.information.video.width, height: reader.information.video.height)
        var content = try source.map { try ContentMeter($0, reader, lpips, team) }
        var own = TemporalLPIPS(lpips)
        // The source's cuts where it is given: paint may flash.
        let scenes = try FirstPass(
            input: against ?? input, selection: against == nil ? .all : selection,
            run: run.foreseeing { Progress.Prospect() }
        ).look().scenes
        try measure(reader, source, scenes, &own, &content, run)
        notices.add(reader.notices + (content?.otherTimes.map { [$0] } ?? []))
        guard
            let temporal = TemporalReport(
                output: own, start: reader.information.video.start.seconds, input: content?.temporal,
                inputStart: source?.start(ofFrames: content?.temporal.firstTime) ?? 0,
                measured: "the file's decoded frames")
        else { throw MediaError.changed(input) }
        var report = MeasureReport(
            input: input.string, against: against?.string, frames: reader.frameCount, scenes: scenes.count,
            temporalLPIPS: temporal, contentLPIPS: content?.figures, motion: content?.motion?.figures,
            rows: rows(own, content, start: reader.information.video.start.seconds), notices: notices.all,
            versions: Versions.all)
        report.sceneStarts = scenes.starts
        return report
    }

    /// Goes through both clips in step, each decoded on a thread of its own.
    private func measure(
        _ reader: VideoReader, _ source: VideoReader?, _ scenes: Scenes, _ own: inout TemporalLPIPS,
        _ content: inout ContentMeter?, _ run: Run
    ) throws {
        let painted = ReadAhead(reader, size: reader.size, cancellation: run.cancellation)
        let sources = source.map { ReadAhead($0, size: $0.size, cancellation: run.cancellation) }
        defer { for reading in [painted, sources] { reading?.end() } }
        var count = 0
        while let lease = try painted.next() {
            let startsScene = scenes.startsScene(lease.frame.place.number)
            try own.add(lease.frame, startsScene: startsScene)
            try content?.add(sources?.next()?.frame, own.lastFeatures!, of: lease, startsScene: startsScene)
            count += 1
            run.progress(Progress(.measuring, done: count, total: scenes.frameCount))
        }
        if let content, try sources?.next() != nil { throw content.otherLength }
    }

    /// Refuses what the caller's limit of addresses has no room for: AlexNet's weights and two frames' features, at
    /// most; a decoder's pictures and two frames of each clip; what is kept of frames to compare them along the motion.
    private func checkMemory(for clips: [ClipInformation.Video], _ run: Run) throws {
        let frames = clips.reduce(0) { $0 + $1.width * $1.height * VideoReader.bytesPerPixel(.rgb24) }
        let kept = clips.count > 1 ? MotionMeter.bytes(width: clips[0].width, height: clips[0].height) : 0
        try Memory.checkAddresses(for: 150 << 20 + frames + kept, threads: run.threads, isClip: true)
    }

    private func rows(_ own: TemporalLPIPS, _ content: ContentMeter?, start: Double) -> [MeasureReport.Row] {
        let temporal = Dictionary(uniqueKeysWithValues: own.pairs.map { ($0.frame, $0) })
        let source = Dictionary(
            uniqueKeysWithValues: (content?.temporal.pairs ?? []).map { ($0.frame, $0.distance) })
        guard let content else {
            return own.pairs.map {
                MeasureReport.Row(frame: $0.frame, time: ($0.time - start).rounded(digits: 6), temporal: $0.distance)
            }
        }
        return content.distances.enumerated().map { frame, distance in
            MeasureReport.Row(
                frame: frame, time: (content.times[frame] - start).rounded(digits: 6),
                temporal: temporal[frame]?.distance, sourceTemporal: source[frame], content: distance,
                motion: content.motion?.row(frame))
        }
    }
}
