public import Imaging
internal import Kernels
public import Machine

/// Holds what stands still: of a stretch of frames it gives each again, and where nothing has moved beyond the source's
/// noise, with the same bytes as before.
///
/// The picture is judged in blocks of 4 x 4 pixels. A block stands still while it keeps within the noise of what it
/// was, for `lookahead` frames at least; from the first of them it is their mean, rounded. Where it has moved, and one
/// block around that, the frame is the source. A change of light, which all that stands still has in common, is taken
/// along. What a scene showed at its beginning is given again wherever it is still there, or there once more. A frame
/// follows from its stretch up to `lookahead` frames after it, and from its scene's first ones.
// Sendable: one caller at a time; a team's workers share no block.
public final class StillPicture: @unchecked Sendable {
    /// How many frames must agree: as many frames' mean has a third of their noise, and as many wait in memory.
    public static let lookahead = 8
    /// Which frame of a scene its later stretches refer to. An encoder's first one has noise of its own.
    public static let anchorFrame = 8

    let comparison: BlockComparison
    var noise = SourceNoise.none
    /// What is given, [height, width, 3], as the frame that was given last has its light.
    let held: UnsafeMutablePointer<Int16>
    /// What the scene's anchor frame had held, and by block, whether it had.
    let anchor: UnsafeMutablePointer<Int16>
    let isAnchored: UnsafeMutableBufferPointer<Bool>
    /// From the anchor's light to that of the frame that was given last.
    var anchorLight = Light()
    var beginsScene = true
    /// Whether frames have more than 8 bits.
    var isFine = false
    let states: UnsafeMutableBufferPointer<State>
    private let judged: UnsafeMutableBufferPointer<Judgement>
    private let moved: UnsafeMutableBufferPointer<Bool>
    let isHeld: UnsafeMutableBufferPointer<Bool>
    private let weights: UnsafeMutableBufferPointer<Int32>
    private var finder = LightFinder()
    /// Of the frames looked at after the one that was given last, and before them its own.
    var lights: [Light] = []
    var seen = 0
    var given = 0

    /// What a block has been doing.
    struct State {
        /// Frames since its reference began, this one not counted.
        var age: Int32 = 0
        /// Whether it stands still at the newest frame, and is held.
        var isStill = false
        /// The frame at which it last ceased to be held.
        var end: Int32 = -1
    }

    public init(width: Int, height: Int, team: ThreadTeam) {
        comparison = BlockComparison(width: width, height: height, team: team)
        let blocks = comparison.blocks.count
        held = .allocate(capacity: 3 * width * height)
        held.initialize(repeating: 0, count: 3 * width * height)
        anchor = .allocate(capacity: 3 * width * height)
        anchor.initialize(repeating: 0, count: 3 * width * height)
        isAnchored = .allocate(capacity: blocks)
        isAnchored.initialize(repeating: false)
        states = .allocate(capacity: blocks)
        states.initialize(repeating: State())
        judged = .allocate(capacity: blocks)
        judged.initialize(repeating: Judgement())
        moved = .allocate(capacity: blocks)
        moved.initialize(repeating: false)
        isHeld = .allocate(capacity: blocks)
        isHeld.initialize(repeating: false)
        weights = .allocate(capacity: blocks)
        weights.initialize(repeating: 0)
        lights.reserveCapacity(Self.lookahead + 2)
    }

    deinit {
        held.deallocate()
        anchor.deallocate()
        isAnchored.deallocate()
        states.deallocate()
        judged.deallocate()
        moved.deallocate()
        isHeld.deallocate()
        weights.deallocate()
    }

    /// Bytes that one for frames of a size takes.
    public static func bytes(width: Int, height: Int) -> Int {
        BlockComparison.bytes(width: width, height: height) + 2 * 6 * width * height
            + width * height / 16 * (MemoryLayout<State>.stride + MemoryLayout<Judgement>.stride + 7)
    }

    /// A stretch begins: forgets everything, but what the scene began with where the scene goes on.
    public func begin(_ noise: SourceNoise, ofScene: Bool) {
        self.noise = noise
        beginsScene = ofScene
        if ofScene { isAnchored.update(repeating: false) }
        (seen, given) = (0, 0)
        lights.removeAll(keepingCapacity: true)
        for block in states.indices { states[block] = State() }
    }

    /// The share of the blocks that the last frame given had held.
    public internal(set) var heldShare = 0.0

    // MARK: Looking

    /// Looks at the stretch's next frame.
    public func look(at frame: Frame) {
        defer { seen += 1 }
        isFine = frame.format == .rgb48
        guard seen > 0 else {
            anchorLight = beginsScene ? Light() : lightSinceBeginning(frame)
            comparison.reset(to: frame)
            return lights.append(Light())
        }
        comparison.compare(frame)
        let light = change()
        lights.append(light)
        if !light.isNone { scale(comparison.reference, by: light) }
        judge(light)
        learn(frame)
    }

    /// From the scene's anchor frame to that one.
    private func lightSinceBeginning(_ frame: Frame) -> Light {
        comparison.reference.update(from: anchor, count: 3 * comparison.width * comparison.height)
        var light = Light()
        // The finder sees 16 levels at a time.
        for _ in 0..<16 {
            comparison.compare(frame)
            let more = finder.change(in: comparison.blocks) { isAnchored[$0] }
            if more.isNone { break }
            light = light.then(more)
            scale(comparison.reference, by: more)
        }
        return light
    }

    /// What stands still tells the light, or all, where too little does.
    private func change() -> Light {
        let still = states.reduce(0) { $0 + ($1.isStill ? 1 : 0) }
        let all = 10 * still < states.count
        return finder.change(in: comparison.blocks) { all || states[$0].isStill }
    }

    func scale(_ values: UnsafeMutablePointer<Int16>, by light: Light) {
        let width = comparison.width
        comparison.forEachRow { row, _ in
            for y in comparison.lines(of: row) {
                BlockDifferences.scale(
                    values + 3 * width * y, 0..<width, factor: light.factor, offset: light.offset)
            }
        }
    }

    private func judge(_ light: Light) {
        let columns = comparison.columns
        comparison.forEachRow { row, _ in
            for block in row * columns..<(row + 1) * columns {
                let state = states[block]
                let frames = state.isStill ? Self.lookahead + 1 : Int(state.age) + 1
                judged[block] = Judgement(
                    light.corrected(comparison.blocks[block]), noise, meanOf: frames, isHeld: state.isStill)
            }
        }
    }

    /// What has moved begins anew, with a block around it; the others go on.
    private func learn(_ frame: Frame) {
        let (columns, rows) = (comparison.columns, comparison.rows)
        comparison.forEachRow { row, _ in
            for column in 0..<columns {
                let block = row * columns + column
                moved[block] = Judgement.hasMoved(judged, row, column, rows: rows, columns: columns)
            }
        }
        frame.withSamples { pixels in
            comparison.forEachRow { row, _ in
                let first = row * columns
                for column in 0..<columns {
                    weights[first + column] = follow(first + column, moved: isNearMoved(row, column))
                }
                for y in comparison.lines(of: row) {
                    BlockDifferences.learn(
                        pixels + y * frame.rowStride, width: comparison.width,
                        weights: weights.baseAddress! + first, into: comparison.line(y))
                }
            }
        }
    }

    private func isNearMoved(_ row: Int, _ column: Int) -> Bool {
        for y in max(row - 1, 0)...min(row + 1, comparison.rows - 1) {
            for x in max(column - 1, 0)...min(column + 1, comparison.columns - 1) {
                if moved[y * comparison.columns + x] { return true }
            }
        }
        return false
    }

    /// - Returns: the newest frame's weight in the block's reference.
    private func follow(_ block: Int, moved: Bool) -> Int32 {
        if moved {
            if states[block].isStill { states[block].end = Int32(seen) }
            (states[block].isStill, states[block].age) = (false, 0)
            return BlockDifferences.unit
        }
        if states[block].isStill { return 0 }
        states[block].age += 1
        return BlockDifferences.unit / (states[block].age + 1)
    }
}
