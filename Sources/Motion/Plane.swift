import Kernels
import Machine

/// Floats of a picture behind a border that repeats its edges, as patches are sought in it.
// Sendable: filled by one stage at a time; workers of a team write disjoint rows.
final class Plane: @unchecked Sendable {
    let width: Int
    let height: Int
    let stride: Int
    /// Its upper left pixel.
    let first: UnsafeMutablePointer<Float>
    private let memory: UnsafeMutablePointer<Float>

    init(width: Int, height: Int) {
        let border = PatchFlow.border
        (self.width, self.height, stride) = (width, height, width + 2 * border)
        memory = AlignedMemory.allocate(Self.count(width: width, height: height))
        first = memory + border * stride + border
    }

    deinit { AlignedMemory.free(memory) }

    static func count(width: Int, height: Int) -> Int {
        (width + 2 * PatchFlow.border) * (height + 2 * PatchFlow.border)
    }

    func row(_ y: Int) -> UnsafeMutablePointer<Float> { first + y * stride }

    /// Fills the border.
    func extend() {
        let border = PatchFlow.border
        for y in 0..<height {
            (row(y) - border).update(repeating: row(y)[0], count: border)
            (row(y) + width).update(repeating: row(y)[width - 1], count: border)
        }
        for y in 1...border {
            (row(-y) - border).update(from: row(0) - border, count: stride)
            (row(height - 1 + y) - border).update(from: row(height - 1) - border, count: stride)
        }
    }
}
