/// Where a patch of one picture lies in another, by inverse search: the patch's own gradients are computed once, and
/// each step compares it with where it is thought to lie (Kroeger et al., "Fast Optical Flow using Dense Inverse
/// Search", ECCV 2016, section 2.1; Baker and Matthews' inverse compositional steps).
package struct PatchFlow {
    package static let side = 8
    /// A plane's border on all sides: a patch begins at most its side beyond the picture.
    package static let border = 2 * side
    /// What the plane's gradients are given beside their own: a patch without any stays where it was thought to be.
    private static let stiffness: Float = 2 * Float(side * side)

    /// Both planes' first pixels, behind their borders.
    package let reference: UnsafePointer<Float>
    package let target: UnsafePointer<Float>
    package let width: Int
    package let height: Int
    package let stride: Int

    package init(
        reference: UnsafePointer<Float>, target: UnsafePointer<Float>, width: Int, height: Int, stride: Int
    ) {
        (self.reference, self.target) = (reference, target)
        (self.width, self.height, self.stride) = (width, height, stride)
    }

    /// What is found of a patch: how far it has gone, and the squared differences there of its quarters (upper left,
    /// upper right, lower left, lower right).
    package struct Found {
        package var motion: SIMD2<Float>
        package var quarters: SIMD4<Float>
    }

    /// The patch whose upper left pixel is (x, y), sought from `start` on, or from rest where that fits no worse. A
    /// motion of less than a pixel at which the squared differences are not halved is none: noise, which half a pixel
    /// evens out, would move still things.
    package func follow(x: Int, y: Int, from start: SIMD2<Float>, steps: Int) -> Found {
        let atRest = difference(x, y, .zero)
        let rest = Found(motion: .zero, quarters: atRest)
        if atRest.sum() == 0 { return rest }
        var motion = start
        if start != .zero, atRest.sum() <= difference(x, y, start).sum() { motion = .zero }
        let first = motion
        let slopes = slopes(x, y)
        for _ in 0..<steps {
            let step = slopes.solve(pull(x, y, motion))
            motion -= step
            if (step * step).sum() < 1e-4 { break }
        }
        let way = motion - first
        if (way * way).sum() > Float(Self.side * Self.side) { motion = first }
        let found = difference(x, y, motion)
        let isSlow = (motion * motion).sum() < 1
        if isSlow, atRest.sum() <= 2 * found.sum() + Float(Self.side * Self.side) { return rest }
        return Found(motion: motion, quarters: found)
    }

    /// Sums over the patch of the products of its gradients, less those of their means.
    private struct Slopes {
        var xx: Float
        var xy: Float
        var yy: Float

        func solve(_ pull: SIMD2<Float>) -> SIMD2<Float> {
            let share = 1 / (xx * yy - xy * xy)
            return SIMD2(yy * pull.x - xy * pull.y, xx * pull.y - xy * pull.x) * share
        }
    }

    @inline(__always)
    private func gradients(_ row: UnsafePointer<Float>) -> (x: Lanes, y: Lanes) {
        (0.5 * (load(row + 1) - load(row - 1)), 0.5 * (load(row + stride) - load(row - stride)))
    }

    private func slopes(_ x: Int, _ y: Int) -> Slopes {
        var (xx, xy, yy, sumX, sumY) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        for row in 0..<Self.side {
            let g = gradients(reference + (y + row) * stride + x)
            xx.addProduct(g.x, g.x)
            xy.addProduct(g.x, g.y)
            yy.addProduct(g.y, g.y)
            sumX += g.x
            sumY += g.y
        }
        let (x, y, share) = (sumX.sum(), sumY.sum(), 1 / Float(Self.side * Self.side))
        return Slopes(
            xx: xx.sum() - x * x * share + Self.stiffness, xy: xy.sum() - x * y * share,
            yy: yy.sum() - y * y * share + Self.stiffness)
    }

    /// Sums of gradient times difference, means left out, so that a change of light does not pull.
    private func pull(_ x: Int, _ y: Int, _ motion: SIMD2<Float>) -> SIMD2<Float> {
        var (pullX, pullY, sum, sumX, sumY) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
        differences(x, y, motion) { row, difference in
            let g = gradients(reference + (y + row) * stride + x)
            pullX.addProduct(g.x, difference)
            pullY.addProduct(g.y, difference)
            sum += difference
            sumX += g.x
            sumY += g.y
        }
        let mean = sum.sum() / Float(Self.side * Self.side)
        return SIMD2(pullX.sum() - mean * sumX.sum(), pullY.sum() - mean * sumY.sum())
    }

    private func difference(_ x: Int, _ y: Int, _ motion: SIMD2<Float>) -> SIMD4<Float> {
        var (upper, lower) = (Lanes.zero, Lanes.zero)
        differences(x, y, motion) { row, difference in
            if row < Self.side / 2 {
                upper.addProduct(difference, difference)
            } else {
                lower.addProduct(difference, difference)
            }
        }
        return SIMD4(upper.lowHalf.sum(), upper.highHalf.sum(), lower.lowHalf.sum(), lower.highHalf.sum())
    }

    /// Row by row, the target where the patch is thought to lie, less the patch. Bilinear, with the same fractions for
    /// all its pixels.
    @inline(__always)
    private func differences(_ x: Int, _ y: Int, _ motion: SIMD2<Float>, _ body: (Int, Lanes) -> Void) {
        let side = Float(Self.side)
        let column = min(max(Float(x) + motion.x, -side), Float(width))
        let line = min(max(Float(y) + motion.y, -side), Float(height))
        let (left, top) = (column.rounded(.down), line.rounded(.down))
        let (across, down) = (Lanes(repeating: column - left), Lanes(repeating: line - top))
        var from = target + Int(top) * stride + Int(left)
        func row() -> Lanes {
            let pixels = load(from)
            return pixels.addingProduct(load(from + 1) - pixels, across)
        }
        var here = row()
        for n in 0..<Self.side {
            from += stride
            let next = row()
            body(n, here.addingProduct(next - here, down) - load(reference + (y + n) * stride + x))
            here = next
        }
    }
}
