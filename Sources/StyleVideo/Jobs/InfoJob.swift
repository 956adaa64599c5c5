import Imaging
import Machine
public import Media
import Motion
import Stillness
import StyleKernel
public import SystemPackage

/// Tells what a clip holds and what painting it would take: what `stylevideo info` does.
public struct InfoJob: Sendable {
    public var input: FilePath
    /// How the clip is read.
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
        let pass = FirstPass(input: input, selection: selection, run: run, toneMapping: settings.toneMapping)
        let scenes = try pass.look().scenes
        let decoding = seconds(since: start)
        let timed = try timed(clip, from: first, network, tokens, meter, trial, run)
        let plan = plan(clip, network, timed, trial, scenes, decoding)
        return InfoReport(reader.information, scenes: scenes, plan: plan, notices: reader.notices)
    }

    /// Paints, measures and encodes the clip's first three frames.
    /// - Returns: seconds of each, and of encoding one.
    private func timed(
        _ clip: WorkingClip, from frame: Frame, _ network: Network, _ tokens: StyleTokens, _ meter: SteadinessMeter?,
        _ trial: EncodingTrial, _ run: Run
    ) throws -> (frames: [Double], encoding: Double) {
        var steadying = SteadyTrial(settings.steady, like: clip, team: network.team)
        var (spent, encoding) = ([Double](), 0.0)
        while true {
            try run.cancellation.check()
            let start = ContinuousClock.now
            let painted = steadying.steady(frame) {
                network.stylizer.paint($0, style: StyleMix(tokens), statistics: nil, into: $1)
            }
            try meter?.add(source: frame, painted: painted, startsScene: false)
            spent.append(seconds(since: start))
            let isLast = try spent.count == 3 || clip.advance() == nil
            let writing = ContinuousClock.now
            try trial.write(painted)
            if isLast { try trial.finish() }
            encoding += seconds(since: writing)
            guard !isLast else { return (spent, encoding / Double(spent.count)) }
            try clip.picture(into: frame)
        }
    }

    private func plan(
        _ clip: WorkingClip, _ network: Network, _ timed: (frames: [Double], encoding: Double), _ trial: EncodingTrial,
        _ scenes: Scenes, _ decodeSeconds: Double
    ) -> InfoReport.Plan {
        // The first frame also touches its memory for the first time; the median leaves that out. Steps run at the same
        // time, but painting and measuring keep all cores busy, so their times add up, and the encoder's too.
        let perFrame = timed.frames.sorted()[timed.frames.count / 2] + timed.encoding
        let count = Double(scenes.frameCount)
        // Statistics of up to eight frames a scene, each about a third of a painting; the clip is decoded twice more.
        let sampled = Double((0..<scenes.count).reduce(0) { $0 + min(8, scenes.frames(of: $1).count) })
        return InfoReport.Plan(
            width: clip.width, height: clip.height, timedFrames: timed.frames.count, secondsPerFrame: perFrame,
            seconds: perFrame * (count + sampled / 3) + 2 * decodeSeconds,
            outputBytes: trial.bytes(frames: scenes.frameCount, keys: scenes.frameCount / Chunks.length + scenes.count)
                + (clip.reader.information.soundBytes ?? 0),
            preset: network.stylizer.configuration.preset.rawValue, threads: network.team.count,
            steady: settings.steady, precision: settings.precision.rawValue)
    }
}

/// What steadiness does to a few frames, for its time: without a look ahead, which takes none.
private struct SteadyTrial {
    private let still: StillPicture?
    private let blend: NeighbourBlend?
    private let makeFrame: () -> Frame
    private var (contents, paintings): ([Frame], [Frame]) = ([], [])

    init(_ steady: Steadiness, like clip: WorkingClip, team: ThreadTeam) {
        let (width, height) = clip.size
        still = steady.holds ? StillPicture(width: width, height: height, team: team) : nil
        let isSteadied = steady == .full && Pyramid.canSee(width: width, height: height)
        blend = isSteadied ? NeighbourBlend(width: width, height: height, format: clip.format, team: team) : nil
        makeFrame = clip.makeFrame
        still?.begin(.none, ofScene: true)
    }

    mutating func steady(_ frame: Frame, painting paint: (Frame, Frame) -> Void) -> Frame {
        let (content, painting, steadied) = (makeFrame(), makeFrame(), makeFrame())
        still?.look(at: frame)
        if let still { still.give(frame, into: content) } else { content.copyPixels(of: frame) }
        content.place = frame.place
        paint(content, painting)
        contents.append(content)
        paintings.append(painting)
        guard let blend else { return painting }
        let (contents, paintings) = (contents, paintings)
        let number = contents.count - 1
        blend.blend(
            number, of: max(0, number - NeighbourBlend.reach)...number, source: { contents[$0] },
            painted: { paintings[$0] }, into: steadied)
        steadied.place = frame.place
        return steadied
    }
}
