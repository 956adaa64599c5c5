import Kernels

/// Where a small picture's pixels lie in another, one node in the middle of each cell of 4 x 4 pixels.
// Sendable: filled by one stage at a time; workers of a team write disjoint rows.
final class FlowField: @unchecked Sendable {
    static let cell = 4

    let width: Int
    let height: Int
    let columns: Int
    let rows: Int
    /// (u, v, trust from 0 to 1, -), in the small picture's pixels, row by row.
    let nodes: UnsafeMutablePointer<SIMD4<Float>>

    /// - Parameters: the small picture's size.
    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        (columns, rows) = Self.cells(width: width, height: height)
        nodes = .allocate(capacity: columns * rows)
        nodes.initialize(repeating: SIMD4(0, 0, 1, 0), count: columns * rows)
    }

    deinit { nodes.deallocate() }

    static func cells(width: Int, height: Int) -> (columns: Int, rows: Int) {
        ((width + cell - 1) / cell, (height + cell - 1) / cell)
    }

    func row(_ y: Int) -> UnsafeMutablePointer<SIMD4<Float>> { nodes + y * columns }

    /// The middle of a cell, in pixels.
    static func centre(_ column: Int, _ row: Int) -> SIMD2<Float> {
        SIMD2(Float(cell * column), Float(cell * row)) + Float(cell - 1) / 2
    }

    /// Whether a cell's middle may have gone there: the last ones' own may lie a little outside.
    private func contains(_ place: SIMD2<Float>) -> Bool {
        let margin = Float(Self.cell) / 2
        let most = SIMD2(Float(width - 1), Float(height - 1)) + margin
        return place.x >= -margin && place.y >= -margin && place.x <= most.x && place.y <= most.y
    }

    /// Between the four nodes around a place; beyond the outermost as there.
    func at(_ place: SIMD2<Float>) -> SIMD4<Float> {
        let most = SIMD2(Float(columns - 1), Float(rows - 1))
        let node = pointwiseMin(pointwiseMax((place + 0.5) / Float(Self.cell) - 0.5, .zero), most)
        let (left, top) = (Int(node.x), Int(node.y))
        let (right, bottom) = (min(left + 1, columns - 1), min(top + 1, rows - 1))
        let (across, down) = (SIMD4(repeating: node.x - Float(left)), SIMD4(repeating: node.y - Float(top)))
        let upper = row(top)[left] + (row(top)[right] - row(top)[left]) * across
        let lower = row(bottom)[left] + (row(bottom)[right] - row(bottom)[left]) * across
        return upper + (lower - upper) * down
    }

    /// One motion after another, `first` to where `second` begins.
    func join(_ first: FlowField, _ second: FlowField) {
        for y in 0..<rows {
            for x in 0..<columns {
                let way = first.row(y)[x]
                let next = second.at(Self.centre(x, y) + way.lowHalf)
                row(y)[x] = SIMD4(way.x + next.x, way.y + next.y, way.z * next.z, 0)
            }
        }
    }

    /// Trusts each node as far as the way back leads to where it came from (Sundaram et al., "Dense Point Trajectories
    /// by GPU-Accelerated Large Displacement Optical Flow", ECCV 2010), fading out to twice their limit; and not at all
    /// where the motion leaves the picture.
    func trust(by back: FlowField) {
        for y in 0..<rows {
            for x in 0..<columns {
                let (place, way) = (Self.centre(x, y), row(y)[x].lowHalf)
                let apart = way + back.at(place + way).lowHalf
                let limit = Self.limit(way, apart - way)
                let fits = min(max(2 - (apart * apart).sum() / limit, 0), 1)
                row(y)[x].z = contains(place + way) ? fits : 0
            }
        }
    }

    /// What the square of the gap between two ways may be.
    static func limit(_ way: SIMD2<Float>, _ back: SIMD2<Float>) -> Float {
        0.01 * ((way * way).sum() + (back * back).sum()) + 0.5
    }
}
