/// Whether two small pictures agree along a motion.
package enum Agreement {
    /// One row of the mean squared differences of the channels, and of (u, v, trust, -), both for each pixel; the trust
    /// is 0 where the motion leaves the picture.
    /// - Parameters:
    ///   - target: (r, g, b, 0), `width` x `height` pixels, 2 x 2 at least.
    ///   - nodes: (u, v, trust, -) of this row, one more than there are.
    package static func row(
        _ reference: UnsafePointer<SIMD4<Float>>, _ target: UnsafePointer<SIMD4<Float>>, width: Int, height: Int,
        y: Int, nodes: UnsafePointer<SIMD4<Float>>, node: UnsafePointer<Int32>, fraction: UnsafePointer<Float>,
        errors: UnsafeMutablePointer<Float>, motion: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let most = SIMD2(Float(width - 1), Float(height - 1))
        for x in 0..<width {
            let first = nodes[Int(node[x])]
            var here = first.addingProduct(nodes[Int(node[x]) + 1] - first, SIMD4(repeating: fraction[x]))
            let wanted = SIMD2(Float(x), Float(y)) + here.lowHalf
            let place = pointwiseMin(pointwiseMax(wanted, .zero), most)
            if place != wanted { here.z = 0 }
            motion[x] = here
            let difference = between(target, width, height, at: place) - reference[x]
            errors[x] = (difference * difference).sum() / 3
        }
    }

    /// A picture's value at a place in it, bilinear.
    @inline(__always)
    private static func between(
        _ picture: UnsafePointer<SIMD4<Float>>, _ width: Int, _ height: Int, at place: SIMD2<Float>
    ) -> SIMD4<Float> {
        let (left, top) = (min(Int(place.x), width - 2), min(Int(place.y), height - 2))
        let corner = picture + top * width + left
        let (across, down) = (
            SIMD4(repeating: place.x - Float(left)), SIMD4(repeating: place.y - Float(top))
        )
        let upper = corner[0].addingProduct(corner[1] - corner[0], across)
        let lower = corner[width].addingProduct(corner[width + 1] - corner[width], across)
        return upper.addingProduct(lower - upper, down)
    }

    /// Turns a row's trust into a weight of `most` at most: 0 where the errors' mean over 5 x 5 pixels reaches `limit`.
    /// - Parameters:
    ///   - errors: of the whole picture; beyond its edges are those at the edges.
    ///   - scratch: `width` + 4 floats.
    ///   - scale: what the motion is multiplied by, in full pixels then.
    ///   - changed: of the row, where the limit is reached.
    package static func weigh(
        _ errors: UnsafePointer<Float>, width: Int, height: Int, y: Int, limit: Float, most: Float, scale: Float,
        scratch: UnsafeMutablePointer<Float>, motion: UnsafeMutablePointer<SIMD4<Float>>,
        changed: UnsafeMutablePointer<UInt8>
    ) {
        vectors(width) { x, n in
            var sum = Lanes.zero
            for row in -2...2 { sum += load(errors + min(max(y + row, 0), height - 1) * width + x, n) }
            store(sum, scratch + 2 + x, n)
        }
        for i in 0..<2 {
            scratch[i] = scratch[2]
            scratch[width + 2 + i] = scratch[width + 1]
        }
        for x in 0..<width {
            var sum: Float = 0
            for column in 0..<5 { sum += scratch[x + column] }
            motion[x] *= SIMD4(scale, scale, most * max(0, 1 - sum / (25 * limit)), 0)
            changed[x] = sum >= 25 * limit ? 1 : 0
        }
    }

    /// How far a row's layers are from another picture's, brought along the motion: the largest difference of a
    /// channel.
    /// - Parameters:
    ///   - reference: of this row: (r, g, b, -), and of `target` all rows, 2 x 2 pixels at least.
    ///   - motion: (u, v, -, -) of this row, `scale` times as many pixels as here.
    package static func layers(
        _ reference: UnsafePointer<SIMD4<Float>>, _ target: UnsafePointer<SIMD4<Float>>, width: Int, height: Int,
        y: Int, motion: UnsafePointer<SIMD4<Float>>, scale: Float, apart: UnsafeMutablePointer<Float>
    ) {
        let most = SIMD2(Float(width - 1), Float(height - 1))
        for x in 0..<width {
            let wanted = SIMD2(Float(x), Float(y)) + motion[x].lowHalf / scale
            let place = pointwiseMin(pointwiseMax(wanted, .zero), most)
            let difference = between(target, width, height, at: place) - reference[x]
            apart[x] = max(difference.max(), -difference.min())
        }
    }

    /// Takes weight from a row's motion: all of it where the layers of any of 3 x 3 pixels are `limit` apart.
    /// - Parameter apart: of the whole picture.
    package static func weigh(
        layers apart: UnsafePointer<Float>, width: Int, height: Int, y: Int, limit: Float,
        motion: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        for x in 0..<width {
            var most: Float = 0
            for row in max(y - 1, 0)...min(y + 1, height - 1) {
                for column in max(x - 1, 0)...min(x + 1, width - 1) { most = max(most, apart[row * width + column]) }
            }
            motion[x].z *= max(0, 1 - most / limit)
        }
    }
}
