public import Imaging
internal import Kernels
public import Machine

/// Holds what stands still: of a stretch of frames it gives each again, and where nothing has moved beyond the source's
/// noise, with the same bytes as before.
///
/// The picture is judged in blocks of 4 x 4 pixels. A block stands still while it keeps within the noise of what it
/// was, for `lookahead` frames at least; from the first of them it is their mean, rounded. Where it has moved, and one
/// block around that, the frame is the source. A change of light, which all that stands still has in common, is taken
/// along. A frame follows from the stretch up to `lookahead` frames after it, and from nothing else.
// Sendable: one caller at a time; a team's workers share no block.
public final class StillPicture: @unchecked Sendable {
    /// How many frames must agree: as many frames' mean has a third of their noise, and as many wait in memory.
    public static let lookahead = 8

    private let comparison: BlockComparison
    private var noise = SourceNoise.none
    /// What is given, [height, width, 3], as the frame that was given last has its light.
    private let held: UnsafeMutablePointer<Int16>
    private let states: UnsafeMutableBufferPointer<State>
    private let judged: UnsafeMutableBufferPointer<Judgement>
    private let isHeld: UnsafeMutableBufferPointer<Bool>
    private let weights: UnsafeMutableBufferPointer<Int32>
    private var finder = LightFinder()
    /// Of the frames looked at after the one that was given last, and before them its own.
    private var lights: [Light] = []
    private var seen = 0
    private var given = 0

    /// What a block has been doing.
    private struct State {
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
        states = .allocate(capacity: blocks)
        states.initialize(repeating: State())
        judged = .allocate(capacity: blocks)
        judged.initialize(repeating: Judgement())
        isHeld = .allocate(capacity: blocks)
        isHeld.initialize(repeating: false)
        weights = .allocate(capacity: blocks)
        weights.initialize(repeating: 0)
        lights.reserveCapacity(Self.lookahead + 2)
    }

    deinit {
        held.deallocate()
        states.deallocate()
        judged.deallocate()
        isHeld.deallocate()
        weights.deallocate()
    }

    /// Bytes that one for frames of a size takes.
    public static func bytes(width: Int, height: Int) -> Int {
        BlockComparison.bytes(width: width, height: height) + 6 * width * height
            + width * height / 16 * (MemoryLayout<State>.stride + MemoryLayout<Judgement>.stride + 5)
    }

    /// Forgets everything: a stretch begins.
    public func begin(_ noise: SourceNoise) {
        self.noise = noise
        (seen, given) = (0, 0)
        lights.removeAll(keepingCapacity: true)
        for block in states.indices { states[block] = State() }
    }

    /// The share of the blocks that the last frame given had held.
    public private(set) var heldShare = 0.0

    // MARK: Looking

    /// Looks at the stretch's next frame.
    public func look(at frame: Frame) {
        defer { seen += 1 }
        guard seen > 0 else {
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

    /// What stands still tells the light, or all, where too little does.
    private func change() -> Light {
        let still = states.reduce(0) { $0 + ($1.isStill ? 1 : 0) }
        let all = 10 * still < states.count
        finder.empty()
        for block in states.indices where all || states[block].isStill { finder.add(comparison.blocks[block]) }
        return finder.change()
    }

    private func scale(_ values: UnsafeMutablePointer<Int16>, by light: Light) {
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
                judged[block] = Judgement(light.corrected(comparison.blocks[block]), noise, meanOf: frames)
            }
        }
    }

    /// What has moved begins anew, with a block around it; the others go on.
    private func learn(_ frame: Frame) {
        let (columns, rows) = (comparison.columns, comparison.rows)
        comparison.forEachRow { row, _ in
            for column in 0..<columns {
                let block = row * columns + column
                isHeld[block] = Judgement.hasMoved(judged, row, column, rows: rows, columns: columns)
            }
        }
        frame.withBytes { bytes in
            comparison.forEachRow { row, _ in
                let first = row * columns
                for column in 0..<columns {
                    weights[first + column] = follow(first + column, moved: isNearMoved(row, column))
                }
                for y in comparison.lines(of: row) {
                    BlockDifferences.learn(
                        bytes.pixels + y * frame.rowStride, width: comparison.width,
                        weights: weights.baseAddress! + first, into: comparison.line(y))
                }
            }
        }
    }

    /// While a frame is looked at, `isHeld` says which blocks have moved.
    private func isNearMoved(_ row: Int, _ column: Int) -> Bool {
        for y in max(row - 1, 0)...min(row + 1, comparison.rows - 1) {
            for x in max(column - 1, 0)...min(column + 1, comparison.columns - 1) {
                if isHeld[y * comparison.columns + x] { return true }
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

    // MARK: Giving

    /// Gives the next frame: `frame` as it was looked at, `lookahead` frames ago or, at the stretch's end, fewer.
    /// - Parameter output: nil where nobody needs it.
    public func give(_ frame: Frame, into output: Frame?) {
        precondition(given < seen, "a frame that was not looked at")
        if !lights[0].isNone { scale(held, by: lights[0]) }
        let past = lights.dropFirst().reduce(Light()) { $0.then($1) }.inverse
        let ahead = seen - 1 - given
        let columns = comparison.columns
        comparison.forEachRow { row, _ in for column in 0..<columns { hold(row, column, ahead: ahead, past) } }
        if let output { write(frame, into: output) }
        heldShare = Double(isHeld.reduce(0) { $0 + ($1 ? 1 : 0) }) / Double(isHeld.count)
        lights.removeFirst()
        given += 1
    }

    private func write(_ frame: Frame, into output: Frame) {
        let (width, columns) = (comparison.width, comparison.columns)
        frame.withBytes { bytes in
            output.withMutableBytes { written in
                let to = written.baseAddress!.assumingMemoryBound(to: UInt8.self)
                comparison.forEachRow { row, _ in
                    for y in comparison.lines(of: row) {
                        BlockDifferences.write(
                            bytes.pixels + y * frame.rowStride, held + 3 * width * y, width: width,
                            isHeld: isHeld.baseAddress! + row * columns, into: to + y * output.rowStride)
                    }
                }
            }
        }
    }

    /// A block that has stood still from this frame to the newest is held from here on.
    private func hold(_ row: Int, _ column: Int, ahead: Int, _ past: Light) {
        let block = row * comparison.columns + column
        if !states[block].isStill, states[block].age >= max(ahead, 1) {
            states[block].isStill = true
            let first = BlockDifferences.side * column
            let range = first..<min(first + BlockDifferences.side, comparison.width)
            for y in comparison.lines(of: row) {
                let to = held + 3 * comparison.width * y
                (to + 3 * range.lowerBound).update(
                    from: comparison.line(y) + 3 * range.lowerBound, count: 3 * range.count)
                BlockDifferences.scale(to, range, factor: past.factor, offset: past.offset, toWholeLevels: true)
            }
        }
        isHeld[block] = states[block].isStill || Int(states[block].end) > given
    }
}
