import Imaging
import Machine
import StyleKernel
import Tensors

/// A `Focus` as a picture: the content with its place marked, and beside it the style picture once for each head, dark
/// where the head does not look. What it keeps glows warm, what its gate drops is a cool blue. Heads go row by row.
struct FocusPicture {
    /// The longer side of each style picture at most, in pixels.
    private static let tileSide = 320
    /// Pixels between the parts.
    private static let gap = 8
    private static let ground = SIMD3<Float>(repeating: 24)
    private static let warm = SIMD3<Float>(255, 176, 48)
    private static let cool = SIMD3<Float>(40, 96, 255)

    let focus: Focus
    let team: ThreadTeam

    /// - Parameters:
    ///   - content: what was asked of, `rgb24`; its pixel.
    ///   - style: the prepared style picture, `rgb24`.
    func drawn(content: Frame, pixel: (x: Int, y: Int), style: Frame) -> Frame {
        precondition(content.format == .rgb24 && style.format == .rgb24)
        let (rows, columns) = Self.grid(focus.heads.count)
        let share = min(1, Double(Self.tileSide) / Double(max(style.width, style.height)))
        let tile = resized(style, by: share)
        let grid = (
            width: columns * (tile.width + Self.gap) - Self.gap, height: rows * (tile.height + Self.gap) - Self.gap
        )
        // As high as the grid, and no wider than twice that.
        let scale = min(
            Double(grid.height) / Double(content.height), Double(2 * grid.height) / Double(content.width))
        let left = resized(content, by: scale)
        mark(pixel, of: content, in: left)

        let picture = Frame(
            width: left.width + grid.width + 3 * Self.gap, height: max(left.height, grid.height) + 2 * Self.gap)
        picture.fill(with: Self.ground)
        picture.place(left, x: Self.gap, y: (picture.height - left.height) / 2)
        for (number, head) in focus.heads.enumerated() {
            picture.place(
                lit(tile, by: head, of: style),
                x: left.width + 2 * Self.gap + number % columns * (tile.width + Self.gap),
                y: (picture.height - grid.height) / 2 + number / columns * (tile.height + Self.gap))
        }
        return picture
    }

    /// Two rows, of more heads than two.
    static func grid(_ heads: Int) -> (rows: Int, columns: Int) {
        let rows = heads > 2 ? 2 : 1
        return (rows, (heads + rows - 1) / rows)
    }

    private func resized(_ frame: Frame, by scale: Double) -> Frame {
        func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
        let (width, height) = (scaled(frame.width), scaled(frame.height))
        let result = Frame(width: width, height: height)
        let resampler = Resampler(
            filter: .lanczos3, sourceWidth: frame.width, sourceHeight: frame.height, width: width, height: height)
        resampler(frame, into: result, team: team)
        return result
    }

    /// The tile as a head sees it. Its light is the square root of a position's attention beside that of the fiftieth
    /// part that has most, for most have little; brought up bilinearly between the positions' centres.
    private func lit(_ tile: Frame, by head: Focus.Head, of style: Frame) -> Frame {
        let most = head.attention.sorted(by: >)[head.attention.count / 50]
        let kept = head.attention.indices.map { position -> SIMD2<Float> in
            let light = Float(min(1, head.attention[position] / most).squareRoot())
            return head.keeps(position) ? SIMD2(light, 0) : SIMD2(0, light)
        }
        let result = Frame(width: tile.width, height: tile.height)
        func between(_ pixel: Int, _ pixels: Int, _ side: Int, _ positions: Int) -> (Int, Int, Float) {
            let place = (Float(pixel) + 0.5) * Float(side) / Float(pixels) / Float(focus.stride) - 0.5
            let bounded = min(max(place, 0), Float(positions - 1))
            return (Int(bounded), min(Int(bounded) + 1, positions - 1), bounded - Float(Int(bounded)))
        }
        tile.withPixels { from in
            result.changePixels { x, y, _ in
                let (left, right, u) = between(x, tile.width, style.width, focus.columns)
                let (upper, lower, v) = between(y, tile.height, style.height, focus.rows)
                func row(_ row: Int) -> SIMD2<Float> {
                    let first = kept[row * focus.columns + left]
                    return first + (kept[row * focus.columns + right] - first) * u
                }
                let light = row(upper) + (row(lower) - row(upper)) * v
                let own = from(x, y)
                let bright = own * (0.2 + 0.8 * light.x)
                let glowing = bright + (Self.warm - bright) * (0.55 * light.x)
                return glowing + (Self.cool - glowing) * (0.45 * light.y)
            }
        }
        return result
    }

    /// The position's square, and a ring around it that is seen on any ground.
    private func mark(_ pixel: (x: Int, y: Int), of content: Frame, in frame: Frame) {
        let scale = Float(frame.width) / Float(content.width)
        let side = Float(focus.stride) * scale
        let corner = SIMD2(Float(focus.column), Float(focus.row)) * side
        let centre = SIMD2(Float(pixel.x) + 0.5, Float(pixel.y) + 0.5) * scale
        let radius = max(1.2 * side, 12)
        frame.changePixels { x, y, own in
            let place = SIMD2(Float(x) + 0.5, Float(y) + 0.5)
            let inside = place - corner
            let edge = min(inside.x, inside.y, side - inside.x, side - inside.y)
            let fromCentre = place - centre
            let ring = abs((fromCentre * fromCentre).sum().squareRoot() - radius)
            if ring < 1.5 || (edge >= 0 && edge < 1.5) { return SIMD3(repeating: 255) }
            return ring < 3 || (edge > -1.5 && edge < 0) ? .zero : own
        }
    }
}

extension Frame {
    /// Hands over what reads a pixel of an `rgb24` frame, in levels.
    fileprivate func withPixels(_ body: ((_ x: Int, _ y: Int) -> SIMD3<Float>) -> Void) {
        withBytes { bytes in
            body { x, y in
                let place = y * rowStride + 3 * x
                return SIMD3(Float(bytes[place]), Float(bytes[place + 1]), Float(bytes[place + 2]))
            }
        }
    }

    /// Makes each pixel what a function makes of it.
    fileprivate func changePixels(_ body: (_ x: Int, _ y: Int, _ own: SIMD3<Float>) -> SIMD3<Float>) {
        withMutableBytes { bytes in
            for y in 0..<height {
                for x in 0..<width {
                    let place = y * rowStride + 3 * x
                    let own = SIMD3(Float(bytes[place]), Float(bytes[place + 1]), Float(bytes[place + 2]))
                    let made = body(x, y, own)
                    for c in 0..<3 { bytes[place + c] = UInt8(min(max(made[c], 0), 255).rounded()) }
                }
            }
        }
    }

    fileprivate func fill(with colour: SIMD3<Float>) { changePixels { _, _, _ in colour } }
}
