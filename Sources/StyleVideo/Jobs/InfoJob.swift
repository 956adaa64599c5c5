import Imaging
import Machine
public import Media
import StyleKernel
public import SystemPackage

/// Tells what a clip holds and what painting it would take: what `stylevideo info` does.
public struct InfoJob: Sendable {
    public var input: FilePath
    /// How the clip is read, and which stretch of it.
    public var selection = Selection.all
    public var settings: Settings
    public var encoder = EncoderSettings()

    public init(input: FilePath, settings: Settings = Settings()) { (self.input, self.settings) = (input, settings) }

    /// - Throws: a `Trouble`: `MediaError`, `JobError`, `Shortage`, errors of the weights; the reason of the
    ///   cancellation.
    public func run(_ run: Run = Run()) throws -> InfoReport {
        let reader = try VideoReader(input, selection: selection, mapping: settings.toneMapping)
        // Whatever refuses does so before the clip is decoded as a whole.
        let network = try Network(settings, run)
        let clip = WorkingClip(
            reader, settings: settings, format: encoder.pixelFormat.frameFormat, team: network.team)
        // The style is the first frame: its manner does not change the cost.
        let first = clip.makeFrame()
        guard try clip.advance() != nil else { throw MediaError.changed(input) }
        try clip.picture(into: first)
        let tokens = try network.remember(first, shorterSide: settings.styleSize)
        let meter = try SteadinessMeter(for: clip, team: network.team, run)
        try network.checkMemory(for: clip, meter, settings.steady)
        let trial = try EncodingTrial(
            like: reader.information, width: clip.width, height: clip.height, settings: encoder)
        let start = ContinuousClock.now
        var pass = FirstPass(input: input, selection: selection, run: run, toneMapping: settings.toneMapping)
        let seen = try pass.lookTwice()
        let scenes = seen.scenes
        let decoding = seconds(since: start)
        let style = StyleMix(tokens)
        let timed = try PaintingTrial(clip, from: first, team: network.team, settings.steady, meter, trial, run) {
            network.stylizer.paint($0, style: style, statistics: nil, into: $1)
        }
        let plan = plan(clip, network, timed, trial, scenes, decoding)
        let own = reader.notices.filter { !seen.reader.notices.contains($0) }
        return InfoReport(
            reader.information, scenes: scenes, damage: seen.reader.damage, plan: plan,
            notices: seen.reader.notices + own)
    }

    /// Of a pixel: three frames may be of a moment at rest, and of six clips none took less than 0.31.
    private static let leastBits = 0.31

    private func plan(
        _ clip: WorkingClip, _ network: Network, _ timed: PaintingTrial, _ trial: EncodingTrial,
        _ scenes: Scenes, _ decodeSeconds: Double
    ) -> InfoReport.Plan {
        let perFrame = timed.secondsPerFrame
        let count = Double(scenes.frameCount)
        let information = clip.reader.information
        let share = information.estimatedFrameCount(of: .all).map { min(1, count / Double(max($0, 1))) } ?? 1
        let sound = Int(Double(information.soundBytes ?? 0) * share)
        let least = Int(count * Self.leastBits / 8 * Double(clip.width * clip.height))
        // Statistics of up to eight frames a scene, each about a third of a painting; the clip is decoded twice more.
        let sampled = Double((0..<scenes.count).reduce(0) { $0 + min(8, scenes.frames(of: $1).count) })
        return InfoReport.Plan(
            width: clip.width, height: clip.height, timedFrames: timed.frames, secondsPerFrame: perFrame,
            seconds: perFrame * (count + sampled / 3) + 2 * decodeSeconds,
            outputBytes: max(
                trial.bytes(frames: scenes.frameCount, keys: scenes.frameCount / Chunks.length + scenes.count), least)
                + sound,
            preset: network.stylizer.configuration.preset.rawValue, threads: network.team.count,
            steady: settings.steady, precision: settings.precision.rawValue)
    }
}
