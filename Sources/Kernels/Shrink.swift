/// Small pictures to look for motion in: floats from 0 to 255.
package enum Shrink {
    /// Floats of scratch that `row` takes.
    package static func scratchCount(width: Int) -> Int { 3 * width }

    /// One row of the means of `side` x `side` pixels of interleaved RGB: luma (Rec. 601), and (r, g, b, 0).
    /// - Parameter source: the first of the `side` rows.
    package static func row(
        _ source: Samples, rowStride: Int, side: Int, width: Int, scratch: UnsafeMutablePointer<Float>,
        luma: UnsafeMutablePointer<Float>, colours: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let count = 3 * side * width
        vectors(count) { i, n in
            var sum = Lanes.zero
            for y in 0..<side { sum += (source + y * rowStride).load(i, n) }
            store(sum, scratch + i, n)
        }
        let share = 1 / Float(side * side)
        for x in 0..<width {
            var sum = SIMD4<Float>.zero
            for i in 0..<side {
                let pixel = scratch + 3 * (x * side + i)
                sum += SIMD4(pixel[0], pixel[1], pixel[2], 0)
            }
            sum *= share
            luma[x] = (sum * SIMD4(0.299, 0.587, 0.114, 0)).sum()
            colours[x] = sum
        }
    }

    /// One row of half the size: means of 2 x 2, of which an odd side's last are fewer.
    package static func half(
        _ upper: UnsafePointer<Float>, _ lower: UnsafePointer<Float>, width: Int, into to: UnsafeMutablePointer<Float>
    ) {
        for x in 0..<(width + 1) / 2 {
            let (left, right) = (2 * x, min(2 * x + 1, width - 1))
            to[x] = 0.25 * (upper[left] + upper[right] + lower[left] + lower[right])
        }
    }
}
