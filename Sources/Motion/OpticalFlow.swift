import Kernels
import Machine

/// Optical flow between two small pictures, both ways: patches of 8 x 8, one every 4 pixels, sought from the coarsest
/// level to the finest (DIS, Kroeger et al., ECCV 2016). A cell takes the mean of the patches over it, those that fit
/// there counting more.
// Sendable: it belongs to one stage at a time; workers of a team write disjoint rows.
final class OpticalFlow: @unchecked Sendable {
    private static let steps = 4
    private let team: ThreadTeam
    /// Forwards and backwards, of each level.
    private let fields: [[FlowField]]
    /// Of the level that is being worked on, forwards and backwards.
    private let patches: [UnsafeMutablePointer<PatchFlow.Found>]

    /// - Parameters: the frames' size.
    init(width: Int, height: Int, team: ThreadTeam) {
        self.team = team
        let sizes = Pyramid.sizes(width: width, height: height)
        fields = (0..<2).map { _ in sizes.dropFirst().map { FlowField(width: $0.width, height: $0.height) } }
        let (columns, rows) = FlowField.cells(width: sizes[0].width, height: sizes[0].height)
        patches = (0..<2).map { _ in .allocate(capacity: columns * rows) }
    }

    deinit { for patches in patches { patches.deallocate() } }

    static func bytes(width: Int, height: Int) -> Int {
        let size = Pyramid.sizes(width: width, height: height)[0]
        let (columns, rows) = FlowField.cells(width: size.width, height: size.height)
        // The coarser levels' fields together are a third of the finest's, or little more.
        return 2 * columns * rows * (MemoryLayout<PatchFlow.Found>.stride + 8)
    }

    /// Fills the fields from `first` to `second` and back, with trust.
    func find(_ first: Pyramid, _ second: Pyramid, forwards: FlowField, backwards: FlowField) {
        let ends = [forwards, backwards]
        for level in first.levels.indices.reversed() {
            let planes = [first.levels[level], second.levels[level]]
            func field(_ way: Int, _ level: Int) -> FlowField { level == 0 ? ends[way] : fields[way][level - 1] }
            team.run(2 * (field(0, level).rows - 1)) { item, _ in
                let way = item % 2
                let coarser = level + 1 < first.levels.count ? field(way, level + 1) : nil
                seek(
                    planes[way], planes[1 - way], row: item / 2, from: coarser, columns: field(way, level).columns,
                    into: patches[way])
            }
            for way in 0..<2 { gather(patches[way], into: field(way, level)) }
        }
        forwards.trust(by: backwards)
        backwards.trust(by: forwards)
    }

    /// One row of patches.
    private func seek(
        _ reference: Plane, _ target: Plane, row: Int, from coarser: FlowField?, columns: Int,
        into patches: UnsafeMutablePointer<PatchFlow.Found>
    ) {
        let flow = PatchFlow(
            reference: reference.first, target: target.first, width: reference.width, height: reference.height,
            stride: reference.stride)
        let count = columns - 1
        for column in 0..<count {
            let corner = SIMD2(Float(FlowField.cell * column), Float(FlowField.cell * row))
            let middle = corner + Float(PatchFlow.side - 1) / 2
            let start = coarser.map { 2 * $0.at((middle - 0.5) / 2).lowHalf } ?? .zero
            patches[row * count + column] = flow.follow(
                x: FlowField.cell * column, y: FlowField.cell * row, from: start, steps: Self.steps)
        }
    }

    private func gather(_ patches: UnsafeMutablePointer<PatchFlow.Found>, into field: FlowField) {
        let (columns, rows) = (field.columns - 1, field.rows - 1)
        for y in 0..<field.rows {
            for x in 0..<field.columns {
                var (sum, weights) = (SIMD2<Float>.zero, Float(0))
                for quarter in 0..<4 {
                    let (column, row) = (x - quarter % 2, y - quarter / 2)
                    guard (0..<columns).contains(column), (0..<rows).contains(row) else { continue }
                    let found = patches[row * columns + column]
                    let weight = 1 / (found.quarters[quarter] + Float(FlowField.cell * FlowField.cell))
                    sum += found.motion * weight
                    weights += weight
                }
                let motion = sum / weights
                field.row(y)[x] = SIMD4(motion.x, motion.y, 1, 0)
            }
        }
    }
}
