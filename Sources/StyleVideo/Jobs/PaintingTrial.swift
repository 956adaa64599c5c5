import Imaging
import Machine
import Media
import Motion
import Stillness

/// Paints, steadies, measures and encodes three frames of a clip, to tell what its frames take.
struct PaintingTrial {
    let secondsPerFrame: Double
    let frames: Int

    /// - Parameters:
    ///   - clip: stands at the first of the frames; the last may be the clip's.
    ///   - frame: holds it, and is written over.
    ///   - trial: is finished.
    ///   - paint: a frame into another.
    init(
        _ clip: WorkingClip, from frame: Frame, team: ThreadTeam, _ steady: Steadiness, _ meter: SteadinessMeter?,
        _ trial: EncodingTrial, _ run: Run, by paint: (Frame, Frame) throws -> Void
    ) throws {
        var steadying = SteadyTrial(steady, like: clip, team: team)
        var (spent, encoding) = ([Double](), 0.0)
        var isLast = false
        while !isLast {
            try run.cancellation.check()
            let start = ContinuousClock.now
            let painted = try steadying.steady(frame, painting: paint)
            try meter?.add(source: frame, painted: painted, startsScene: false)
            spent.append(seconds(since: start))
            isLast = try spent.count == 3 || clip.advance() == nil
            let writing = ContinuousClock.now
            try trial.write(painted)
            if isLast { try trial.finish() }
            encoding += seconds(since: writing)
            if !isLast { try clip.picture(into: frame) }
        }
        // The first frame also touches its memory for the first time; the median leaves that out. Steps run at the same
        // time, but painting and measuring keep all cores busy, so their times add up, and the encoder's too.
        frames = spent.count
        secondsPerFrame = spent.sorted()[spent.count / 2] + encoding / Double(spent.count)
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

    mutating func steady(_ frame: Frame, painting paint: (Frame, Frame) throws -> Void) rethrows -> Frame {
        let (content, painting, steadied) = (makeFrame(), makeFrame(), makeFrame())
        still?.look(at: frame)
        if let still { still.give(frame, into: content) } else { content.copyPixels(of: frame) }
        content.place = frame.place
        try paint(content, painting)
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
